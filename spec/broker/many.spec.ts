import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import {
  concatMap,
  count,
  defer,
  EMPTY,
  expand,
  lastValueFrom,
  map,
  mergeMap,
  Observable,
  of,
  range,
  repeat,
  type Subscriber,
  take,
} from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  type Asked,
  cluster,
  everyVersion,
  readRequests,
  responseFrame,
} from '../../marble-tests/broker/scripted-broker.js'
import { type Broker, broker, type Transport } from '../../src/index.js'
import { Metadata } from '../../src/protocol/index.js'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

const hundredThousand = 100_000

describe('many requests neither overflow the stack nor leave anything on the heap', () => {
  it('100,000 in a row, each asked for when the one before is answered', async () => {
    await expectNoGrowth(kafka => ask(kafka).pipe(repeat(hundredThousand)), hundredThousand)
  })

  it('100,000 in a row, each asked for from inside the response before', async () => {
    const inside = (kafka: Broker) =>
      of('').pipe(
        expand(() => ask(kafka)),
        take(hundredThousand),
      )
    await expectNoGrowth(inside, hundredThousand)
  })

  it.each([100, Number.POSITIVE_INFINITY])('10,000 at once, %s of them in flight', async maxInFlight => {
    const atOnce = (kafka: Broker) => range(0, 10_000).pipe(mergeMap(() => ask(kafka)))
    await expectNoGrowth(atOnce, 10_000, maxInFlight)
  })

  it('100,000 that nobody waits for any more, and one that somebody does', async () => {
    const dropped = (kafka: Broker) =>
      range(0, hundredThousand).pipe(
        map(() => ask(kafka).subscribe().unsubscribe()),
        count(),
        concatMap(() => ask(kafka)),
      )
    await expectNoGrowth(dropped, 1)
  })
})

const ask = (kafka: Broker): Observable<string> =>
  kafka.request(Metadata, { topics: [] }).pipe(map(({ clusterId }) => clusterId ?? ''))

/** The broker that asks stays open; what its requests leave behind would show. */
async function expectNoGrowth(
  requests: (kafka: Broker) => Observable<unknown>,
  expected: number,
  maxInFlight = 100,
): Promise<void> {
  const all = broker({ host: 'broker', transport: prompt(), maxInFlight }, kafka =>
    requests(kafka).pipe(
      count(),
      concatMap(first => {
        gc()
        const before = process.memoryUsage().heapUsed
        return requests(kafka).pipe(
          count(),
          map(second => {
            gc()
            return { first, second, grown: process.memoryUsage().heapUsed - before }
          }),
        )
      }),
    ),
  )
  const { first, second, grown } = await lastValueFrom(all)
  expect([first, second]).toEqual([expected, expected])
  // One request alone is some 500 bytes: a thousandth of them, left behind, would be more than this.
  expect(grown).toBeLessThan(500_000)
}

/** Answers each write at once, all its requests together; unlike `scripted`, keeps nothing of it. */
function prompt(): Transport {
  return () =>
    new Observable(transport => {
      let reader: Subscriber<Buffer> | undefined
      const answer = (asked: Asked) => responseFrame(asked, asked.api === 'ApiVersions' ? everyVersion : cluster('a'))
      transport.next({
        incoming: new Observable(subscriber => {
          reader = subscriber
        }),
        write: buffers =>
          defer(() => {
            reader?.next(Buffer.concat(readRequests(Buffer.concat(buffers)).map(answer)))
            return EMPTY
          }),
        end: () => {},
        ioTurn: EMPTY,
        remoteAddress: 'here',
        remotePort: 1,
        localAddress: 'here',
        localPort: 2,
      })
    })
}
