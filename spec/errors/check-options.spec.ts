import { describe, expect, it } from 'vitest'
import { checkOptions, describe as show } from '../../src/errors/check-options.js'
import { ArgumentError } from '../../src/errors.js'

describe('checkOptions', () => {
  const names = { host: true, tls: true, timeout: true, noDelay: true, maxMessageBytes: true } as const
  const check = (options: unknown) => checkOptions(options as { host: string }, names, 'connect()')

  it('takes the names that there are, and leaves out what is undefined', () => {
    expect(() => check({})).not.toThrow()
    expect(() => check({ host: 'a', tls: undefined, ssl: undefined })).not.toThrow()
  })

  it.each([
    ['ssl', 'did you mean tls?'],
    ['timeuot', 'did you mean timeout?'],
    ['TIMEOUT', 'did you mean timeout?'],
    ['connectTimeout', 'did you mean timeout?'],
    ['nodelay', 'did you mean noDelay?'],
    ['messageBytes', 'did you mean maxMessageBytes?'],
    ['brokers', 'it takes one broker, by `host` and `port`'],
    ['bootstrap.servers', 'it takes one broker, by `host` and `port`'],
    ['colour', '; there are host, tls, timeout, noDelay, maxMessageBytes'],
    ['toString', '; there are host, tls, timeout, noDelay, maxMessageBytes'],
  ])('refuses %s and says what was meant', (name, instead) => {
    expect(() => check({ [name]: 1 })).toThrow(ArgumentError)
    expect(() => check({ [name]: 1 })).toThrow(`connect() has no option "${name}"`)
    expect(() => check({ [name]: 1 })).toThrow(instead)
  })

  it('refuses what is no object', () => {
    for (const options of [null, undefined, 'localhost', 9092]) expect(() => check(options)).toThrow(ArgumentError)
    expect(() => check(null)).toThrow('the options of connect() must be an object; got null')
  })
})

describe('describe', () => {
  it('says what a value is, in short, and shows no more of a string than its beginning', () => {
    expect([undefined, null, 5, Number.NaN, true].map(show)).toEqual(['undefined', 'null', '5', 'NaN', 'true'])
    expect(show('secret'.repeat(9))).toBe('the string "secretsecretsecretse…"')
    expect([[], {}, new Date(0), Object.create(null)].map(show)).toEqual([
      'an instance of Array',
      'an instance of Object',
      'an instance of Date',
      'an instance of Object',
    ])
  })
})
