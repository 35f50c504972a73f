import { type BrokerOptions, broker, type KafkaError } from 'kafka-rx'
import {
  catchError,
  concatMap,
  count,
  defer,
  EMPTY,
  filter,
  firstValueFrom,
  lastValueFrom,
  map,
  mergeMap,
  of,
  range,
  retry,
  Subject,
  take,
  tap,
  timer,
  toArray,
} from 'rxjs'
import { describe, expect, test } from 'vitest'
import { cluster, echo, failure, host } from './asking.js'
import { useKafka } from './harness/use-kafka.js'

describe('a broker that is', () => {
  const kafka = useKafka()
  const options = (more: Partial<BrokerOptions> = {}): BrokerOptions => ({
    host,
    port: kafka().nodes[0].port('PLAINTEXT'),
    ...more,
  })

  test('frozen: what was asked times out, the connection is given up; frozen it cannot be opened', async () => {
    const [node] = kafka().nodes
    const errors: KafkaError[] = []
    const opened = broker(options({ requestTimeout: 500 })).pipe(
      concatMap(async it => {
        await node.freeze()
        return it
      }),
      mergeMap(it =>
        range(0, 3).pipe(
          mergeMap(() =>
            cluster(it).pipe(
              catchError(error => {
                errors.push(error)
                return EMPTY
              }),
            ),
          ),
        ),
      ),
    )
    const error = await failure(opened)
    expect(error).toMatchObject({ name: 'RequestTimeoutError', retriable: true })
    expect(error.message).toContain('the connection is taken for dead')
    expect(errors.map(({ name, outcome }) => [name, outcome])).toEqual(
      new Array(3).fill(['RequestTimeoutError', 'unknown']),
    )
    const again = await failure(broker(options({ timeout: 500 })))
    expect(again).toMatchObject({ name: 'ConnectError', retriable: true })
    expect(again.message).toContain('ApiVersions was not answered')
    await node.thaw()
    expect((await lastValueFrom(broker(options({ timeout: 10_000 }), it => cluster(it)))).brokers).toHaveLength(1)
  })

  test('killed and restarted: pending requests fail with their outcome, and retry goes on', async () => {
    const [node] = kafka().nodes
    const outcomes: (string | undefined)[] = []
    const answered = new Subject<number>()
    let index = 0
    const endless = broker(options({ maxInFlight: 5 }), it =>
      range(0, 1_000_000).pipe(
        mergeMap(
          () =>
            defer(() => echo(it, `k-${index++}`)).pipe(
              tap(() => answered.next(index)),
              catchError(error => {
                outcomes.push(error.outcome)
                throw error
              }),
            ),
          10,
        ),
      ),
    ).pipe(retry({ delay: 100 }))
    const running = endless.subscribe()
    await firstValueFrom(answered.pipe(filter(count => count > 1_000)))
    await node.kill()
    await node.start()
    await firstValueFrom(answered.pipe(take(1_000), count()))
    running.unsubscribe()
    // The first error ends the others of its attempt; what is pending is told before anybody can look away.
    expect(outcomes).toContain('unknown')
  })

  test('killed: every pending request says whether it was sent', async () => {
    const [node] = kafka().nodes
    const outcomes = lastValueFrom(
      broker(options({ maxInFlight: 2 })).pipe(
        mergeMap(async it => {
          await node.freeze()
          return it
        }),
        mergeMap(it =>
          range(0, 5).pipe(
            mergeMap(() =>
              cluster(it).pipe(
                map(() => 'answered'),
                catchError(error => of(error.outcome)),
              ),
            ),
          ),
        ),
        catchError(() => EMPTY),
        toArray(),
      ),
    )
    await expect.poll(async () => node.pid).toBeDefined()
    await firstValueFrom(timer(500))
    await node.kill()
    expect(await outcomes).toEqual(['unknown', 'unknown', 'unsent', 'unsent', 'unsent'])
    await node.start()
  })
})
