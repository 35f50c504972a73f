import { concatMap, EMPTY, lastValueFrom, of } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { brokerSettings } from '../../../src/broker/broker-options.js'
import { renewSession } from '../../../src/broker/sasl/renew-session.js'
import { broker, type SaslOptions } from '../../../src/index.js'
import { Metadata } from '../../../src/protocol/index.js'
import { at, running } from '../../testing/embedded/running.js'

describe('a session that has an end', () => {
  it('does not keep the process alive until it is renewed', () => {
    const timers = () => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length
    const before = timers()
    const session = { lifetime: 3_600_000, ends: Number.POSITIVE_INFINITY }
    const renewing = renewSession(session, brokerSettings({ host: 'broker' }), () => EMPTY).subscribe()
    expect(timers()).toBe(before)
    renewing.unsubscribe()
  })

  it.each<SaslOptions>([
    { mechanism: 'PLAIN', username: 'alice', password: 'alice-secret' },
    { mechanism: 'SCRAM-SHA-512', username: 'alice', password: 'alice-secret' },
  ])('is renewed before the next request when the event loop slept over its end: $mechanism', async sasl => {
    const listener = { users: { alice: 'alice-secret' }, sessionLifetime: 200 }
    const { cluster } = await running({ listen: true, sasl: listener })
    const asked = broker({ ...at(cluster, 1, true), sasl, timeout: 10_000 }, kafka =>
      of(1, 2).pipe(
        concatMap(() => {
          sleep(300)
          return kafka.request(Metadata, { topics: [] })
        }),
      ),
    )
    expect((await lastValueFrom(asked)).brokers.length).toBe(1)
  })
})

/** As a long computation does, blocks the event loop. */
function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
