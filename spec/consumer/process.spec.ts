import { concatMap, firstValueFrom, from, map } from 'rxjs'
import { expect, it } from 'vitest'
import { type EmbeddedBroker, embeddedBroker } from '../../src/testing/index.js'
import { compiled } from '../connection/program.js'

const run = compiled()

/** How a program went that has `kafka` and ten records in a-0, and what its group had committed and who was in it then. */
function live(program: string, trouble: (cluster: EmbeddedBroker) => unknown = () => undefined) {
  return firstValueFrom(
    embeddedBroker({ topics: { a: 1 } }, cluster => {
      trouble(cluster)
      const source = `
        import { Kafka } from 'kafka-rx'
        import { concat, ignoreElements, of, take, tap } from 'rxjs'
        const kafka = new Kafka({ bootstrap: process.env.BOOTSTRAP })
        const values = Array.from({ length: 10 }, (_, n) => ({ topic: 'a', value: String(n) }))
        const written = kafka.producer().send(values).pipe(ignoreElements())
        ${program}`
      return from(run(source, { env: { BOOTSTRAP: cluster.bootstrap[0] } })).pipe(
        concatMap(({ code, stdout, stderr }) => [{ code, stdout, stderr }]),
        map(ended => {
          const group = cluster.groups.find(({ groupId }) => groupId === 'g')
          return { ...ended, committed: group?.offsets[0]?.offset, members: group?.members.length }
        }),
      )
    }),
  )
}

it.each(['classic', 'consumer'])('exits when all is handled, committed and left, and no sooner: %s', async protocol => {
  const ended = await live(
    `concat(written, kafka.consume({ group: 'g', topics: 'a', protocol: '${protocol}' }, ({ value }) => of(value)).pipe(take(10)))
       .subscribe({ complete: () => console.log('unsubscribed') })`,
    ({ fault }) => fault({ api: 'OffsetCommit', error: 'COORDINATOR_LOAD_IN_PROGRESS', times: 3 }),
  )
  // Cut short in the middle of the last one's handler, which counts as not handled.
  expect(ended).toEqual({ code: 0, stdout: 'unsubscribed\n', stderr: '', committed: 9n, members: 0 })
})

it('exits with an error of its handler when that is told, and what was handled is committed', async () => {
  const ended = await live(
    `concat(written, kafka.consume({ group: 'g', topics: 'a' }, ({ offset }) => {
       if (offset === 5n) throw new Error('boom')
       return []
     })).subscribe({ error: ({ name, cause }) => console.log(name, cause.message) })`,
  )
  expect(ended).toEqual({ code: 0, stdout: 'HandlerError boom\n', stderr: '', committed: 5n, members: 0 })
})

it('exits when a consumer without a group has read up to its end', async () => {
  const ended = await live(
    `concat(written, kafka.consumer({ topics: 'a', to: 'latest' }, all => all))
       .subscribe({ next: ({ offset }) => offset === 9n && console.log('all'), complete: () => console.log('end') })`,
  )
  expect(ended).toMatchObject({ code: 0, stdout: 'all\nend\n', stderr: '' })
})

it('stays while a consumer waits for more', async () => {
  const ended = await live(
    `const reading = kafka.consumer({ group: 'g', topics: 'a' }, all => all.pipe(tap(all.acknowledge))).subscribe()
     // Nothing else keeps the process.
     setTimeout(() => { console.log('still here'); reading.unsubscribe() }, 300).unref()`,
  )
  expect(ended).toMatchObject({ code: 0, stdout: 'still here\n', stderr: '', members: 0 })
})
