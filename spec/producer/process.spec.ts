import { concatMap, firstValueFrom, from, map } from 'rxjs'
import { expect, it } from 'vitest'
import { type EmbeddedBroker, embeddedBroker } from '../../src/testing/index.js'
import { compiled } from '../connection/program.js'

const run = compiled()

/** How a program went that has `kafka`, and what it left in the log. */
function live(trouble: (cluster: EmbeddedBroker) => void, program: string) {
  return firstValueFrom(
    embeddedBroker({ topics: { a: 1 } }, cluster => {
      trouble(cluster)
      const source = `
        import { Kafka } from 'kafka-rx'
        const kafka = new Kafka({ bootstrap: process.env.BOOTSTRAP })
        ${program}`
      return from(run(source, { env: { BOOTSTRAP: cluster.bootstrap[0] } })).pipe(
        concatMap(({ code, stdout, stderr }) => [{ code, stdout, stderr }]),
        map(ended => ({ ...ended, log: cluster.records('a', 0).length })),
      )
    }),
  )
}

it('keeps the process until the last delivery, and no longer', async () => {
  const ended = await live(
    ({ fault }) => fault({ api: 'Produce', error: 'NOT_ENOUGH_REPLICAS', times: 2 }),
    "kafka.producer().send({ topic: 'a', value: 'x' }).subscribe(({ offset }) => console.log('delivered', String(offset)))",
  )
  expect(ended).toEqual({ code: 0, stdout: 'delivered 0\n', stderr: '', log: 1 })
})

it('and until what was unsubscribed when a connection had it is resolved', async () => {
  const ended = await live(
    ({ fault }) => fault({ api: 'Produce', error: 'NOT_ENOUGH_REPLICAS', times: 3 }),
    `const sent = kafka.producer().send({ topic: 'a', value: 'x' }).subscribe(() => console.log('delivered'))
     kafka.events.subscribe(({ type }) => type === 'retrying' && sent.unsubscribe())`,
  )
  expect(ended).toEqual({ code: 0, stdout: '', stderr: '', log: 1 })
})
