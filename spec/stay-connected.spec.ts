import {
  concatMap,
  lastValueFrom,
  map,
  type Observable,
  repeat,
  retry,
  scan,
  takeWhile,
  tap,
  throwError,
  timer,
} from 'rxjs'
import { describe, expect, it } from 'vitest'
import { type BrokerOptions, broker, type KafkaError } from '../src/index.js'
import { Metadata } from '../src/protocol/index.js'
import { type EmbeddedBroker, embeddedBroker } from '../src/testing/index.js'

// What the README says of staying connected, as newcomers write it.

/** Asks all the time, over one connection after another; emits how often each connection was answered. */
const asking = (options: BrokerOptions, onEnd: (error: KafkaError) => void): Observable<readonly number[]> =>
  broker(options, kafka =>
    kafka.request(Metadata, { topics: null }).pipe(
      map(() => kafka),
      repeat({ delay: 1 }),
    ),
  ).pipe(
    retry({
      delay: (error: KafkaError) => {
        onEnd(error)
        return error.retriable ? timer(5) : throwError(() => error)
      },
    }),
    scan((answers, kafka) => answers.set(kafka, (answers.get(kafka) ?? 0) + 1), new Map<object, number>()),
    map(answers => [...answers.values()]),
  )

/** Runs it until the second connection was answered, and makes trouble once the first was. */
const through = async (trouble: (cluster: EmbeddedBroker) => void): Promise<readonly string[]> => {
  const ends: string[] = []
  let isCalm = true
  const answered = embeddedBroker({}, cluster => {
    const [{ host, port }] = cluster.brokers
    return asking({ host, port }, error => ends.push(error.code)).pipe(
      tap(([first = 0]) => {
        if (first < 3 || !isCalm) return
        isCalm = false
        trouble(cluster)
      }),
      takeWhile(answers => answers.length < 2 || (answers[1] ?? 0) < 3),
    )
  })
  await lastValueFrom(answered)
  return ends
}

describe('retry({ delay }) around broker(…) alone', () => {
  it('connects anew when the broker hangs up between requests', async () => {
    expect(await through(cluster => cluster.disconnect())).toEqual(['CONNECTION'])
  })

  it('goes on trying while the broker is down', async () => {
    const [first, ...refused] = await through(cluster => {
      cluster.stop(1)
      timer(100).subscribe(() => cluster.start(1))
    })
    expect(first).toBe('CONNECTION')
    expect(refused.length).toBeGreaterThan(0)
    expect(refused).toEqual(refused.map(() => 'CONNECT'))
  })

  it('tries anew when the broker hangs up in its midst', async () => {
    expect(await through(cluster => cluster.fault({ api: 'Metadata', cut: 'after' }))).toEqual(['CONNECTION'])
  })

  it('is told of an idle connection that the broker gives up, though nothing was asked', async () => {
    const ends: string[] = []
    const idle = embeddedBroker({}, cluster => {
      const [{ host, port }] = cluster.brokers
      return broker({ host, port }).pipe(
        tap({ error: (error: KafkaError) => ends.push(error.code) }),
        retry({ count: 1, delay: 5 }),
        tap(() => ends.length === 0 && timer(20).subscribe(() => cluster.disconnect())),
        takeWhile(() => ends.length === 0),
      )
    })
    await lastValueFrom(idle)
    expect(ends).toEqual(['CONNECTION'])
  })

  it('gives up what somebody has to correct, where the delay asks for it', async () => {
    const refused = embeddedBroker({ sasl: { users: { alice: 'alice-secret' } } }, ({ brokers: [{ host, port }] }) => {
      const sasl = { mechanism: 'PLAIN', username: 'alice', password: 'a typo' } as const
      return asking({ host, port, sasl }, () => {}).pipe(concatMap(() => throwError(() => new Error('it was let in'))))
    })
    await expect(lastValueFrom(refused)).rejects.toMatchObject({ code: 'AUTHENTICATION', retriable: false })
  })
})
