import { asyncScheduler } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { type KafkaOptions, kafkaSettings } from '../../src/cluster/kafka-options.js'

const refusal = (options: object) => {
  try {
    kafkaSettings(options as KafkaOptions)
    return 'it was taken'
  } catch (error) {
    return String(error)
  }
}

describe('the options of Kafka', () => {
  it('have the defaults that are documented', () => {
    expect(kafkaSettings({ bootstrap: 'a' })).toMatchObject({
      broker: { timeout: 10_000 },
      metadataMaxAge: 300_000,
      retryBackoff: { initial: 100, max: 1000 },
      idleTimeout: 60_000,
      requestTimeout: 30_000,
    })
  })

  it('that are undefined are left out', () => {
    const options = {
      bootstrap: 'a',
      timeout: undefined,
      retryBackoff: undefined,
      idleTimeout: undefined,
      nonsense: undefined,
    }
    expect(kafkaSettings(options)).toMatchObject({ idleTimeout: 60_000, broker: { timeout: 10_000 } })
  })

  it('take a scheduler for all that waits', () => {
    expect(kafkaSettings({ bootstrap: 'a', scheduler: asyncScheduler }).idleScheduler).toBe(asyncScheduler)
  })

  it.each([
    [{ bootstrap: 'a', ssl: true }, /"ssl": did you mean tls\?/],
    [{ bootstrap: 'a', idleTimout: 1 }, /did you mean idleTimeout\?/],
    [{ brokers: ['a'] }, /"brokers": did you mean bootstrap\?/],
    [{ bootstrapServers: 'a' }, /did you mean bootstrap\?/],
    [{ host: 'a' }, /"host": did you mean bootstrap\?/],
    [{ bootstrap: 'a', port: 1 }, /"port": did you mean bootstrap\?/],
    [{ bootstrap: 'a', meant: {} }, /no option "meant"/],
    [{}, /needs `bootstrap`/],
    [{ bootstrap: 'a', metadataMaxAge: 0 }, /metadataMaxAge/],
    [{ bootstrap: 'a', idleTimeout: -1 }, /idleTimeout/],
    [{ bootstrap: 'a', timeout: Number.NaN }, /timeout/],
    [{ bootstrap: 'a', retryBackoff: 100 }, /retryBackoff must be \{ initial, max \}; got 100/],
    [{ bootstrap: 'a', retryBackoff: { min: 1 } }, /"min"/],
    [{ bootstrap: 'a', retryBackoff: { initial: 200, max: 100 } }, /retryBackoff.max/],
    [undefined, /must be an object; got undefined/],
  ])('%o is refused', (options, reason) => {
    expect(refusal(options as object)).toMatch(/^ArgumentError/)
    expect(refusal(options as object)).toMatch(reason)
  })
})
