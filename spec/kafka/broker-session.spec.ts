import { broker } from 'kafka-rx'
import {
  asyncScheduler,
  concatMap,
  interval,
  lastValueFrom,
  mergeMap,
  of,
  type SchedulerLike,
  Subscription,
  take,
  timer,
  toArray,
} from 'rxjs'
import { describe, expect, test } from 'vitest'
import { cluster, credentials, echo, failure, host, mechanisms } from './asking.js'
import { useKafka } from './harness/use-kafka.js'

describe('a session that ends', () => {
  const kafka = useKafka({ listeners: ['SASL_PLAINTEXT'], config: { 'connections.max.reauth.ms': 1_500 } })

  test.each(mechanisms)('is renewed by %s: requests go on beyond its end, and none fails', async mechanism => {
    const options = { host, port: kafka().nodes[0].port('SASL_PLAINTEXT'), timeout: 10_000 }
    const names = broker({ ...options, sasl: credentials(mechanism) }, it =>
      interval(5).pipe(
        take(800),
        mergeMap(index => echo(it, `t-${index}`)),
        toArray(),
      ),
    )
    expect(await lastValueFrom(names)).toEqual(Array.from({ length: 800 }, (_, index) => `t-${index}`))
  })

  test.each(mechanisms)(
    'is renewed by %s before the next request when the event loop slept over its end',
    async mechanism => {
      const options = { host, port: kafka().nodes[0].port('SASL_PLAINTEXT'), timeout: 10_000 }
      const names = broker({ ...options, sasl: credentials(mechanism) }, it =>
        of('first', 'second').pipe(
          concatMap(name => {
            sleep(1_700)
            return echo(it, name)
          }),
          toArray(),
        ),
      )
      expect(await lastValueFrom(names)).toEqual(['first', 'second'])
    },
  )

  test('the broker hangs up on who does not renew it', async () => {
    // What the specs above would see if nothing were renewed: a client for which no time passes.
    const port = kafka().nodes[0].port('SASL_PLAINTEXT')
    const options = { host, port, timeout: Number.POSITIVE_INFINITY, requestTimeout: Number.POSITIVE_INFINITY }
    const opened = broker({ ...options, sasl: credentials('PLAIN'), scheduler: timeless }, it =>
      timer(2_500).pipe(concatMap(() => cluster(it))),
    )
    expect(await failure(opened)).toMatchObject({ name: 'ConnectionError', outcome: 'unknown' })
  })
})

/** As a long computation does, blocks the event loop. */
function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

/** Does nothing that lies more than a second ahead, and has the same time always. */
const timeless = Object.assign(Object.create(asyncScheduler), {
  now: () => 0,
  schedule: (...args: Parameters<SchedulerLike['schedule']>) =>
    (args[1] ?? 0) > 1_000 ? Subscription.EMPTY : asyncScheduler.schedule(...args),
}) as SchedulerLike
