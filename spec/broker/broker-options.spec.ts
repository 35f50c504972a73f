import { EMPTY } from 'rxjs'
import { expect, it } from 'vitest'
import { ArgumentError, type BrokerOptions, broker } from '../../src/index.js'

const refusals: readonly (readonly [options: object, message: string])[] = [
  [{ host: '' }, 'host must be a name or an address'],
  [{ timeout: 0 }, 'timeout must be a positive number of ms, or Infinity for none; got 0'],
  [{ requestTimeout: -1 }, 'requestTimeout must be a positive number of ms, or Infinity for none; got -1'],
  [{ requestTimeout: Number.NaN }, 'requestTimeout must be a positive number of ms'],
  [{ maxInFlight: 0 }, 'maxInFlight must be an integer from 1 to'],
  [{ maxInFlight: 1.5 }, 'maxInFlight must be an integer from 1 to'],
  [{ clientId: 7 }, 'clientId must be a string of at most 32767 bytes; got 7'],
  [{ clientId: 'é'.repeat(16_384) }, 'clientId must be a string of at most 32767 bytes'],
  [{ ssl: true }, 'broker() has no option "ssl": did you mean tls?'],
  [{ clientID: 'a' }, 'broker() has no option "clientID": did you mean clientId?'],
  [{ brokers: ['a:9092'] }, 'broker() has no option "brokers": it takes one broker, by `host` and `port`'],
  [{ sasl: { mechanism: 'PLAIN', user: 'a', password: 'b' } }, 'no option "user": did you mean username?'],
  [{ random: 7 }, 'random must be a function; got 7'],
  [{ known: {} }, 'known must be a Broker, or have its versions and features; got'],
  [{ sasl: { mechanism: 'OAUTHBEARER', tokenProvider: () => EMPTY } }, '"tokenProvider": did you mean token?'],
  [{ sasl: { mechanism: 'PLAIN', username: 'a', pasword: 'half-secret' } }, '"pasword": did you mean password?'],
  [{ sasl: null }, 'sasl must be an object with a mechanism; got null'],
  [{ sasl: 'half-secret' }, 'sasl must be an object with a mechanism; got string'],
  [{ sasl: { mechanism: 'OAUTHBEARER', token: () => EMPTY, extensions: null } }, 'sasl.extensions must be an object'],
  [{ sasl: { mechanism: 'GSSAPI' } }, 'sasl.mechanism must be one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER'],
  [{ sasl: { mechanism: 'PLAIN', username: '', password: 'x' } }, 'sasl.username must be a string that is not empty'],
  [{ sasl: { mechanism: 'PLAIN', username: 'a' } }, 'sasl.password must be a string that is not empty; got undefined'],
  [{ sasl: { mechanism: 'PLAIN', username: 'a', password: 'b\0c' } }, 'sasl.password has a NUL in it'],
  [
    { sasl: { mechanism: 'OAUTHBEARER', token: 'secret' } },
    'sasl.token must be a function that gives the token; got string',
  ],
  [
    { sasl: { mechanism: 'OAUTHBEARER', token: () => EMPTY, extensions: { auth: 'x' } } },
    'names are letters alone, and not auth',
  ],
  [{ sasl: { mechanism: 'OAUTHBEARER', token: () => EMPTY, extensions: { 'a b': 'x' } } }, 'names are letters alone'],
  [
    { sasl: { mechanism: 'OAUTHBEARER', token: () => EMPTY, extensions: { a: '\x01' } } },
    'sasl.extensions.a must be printable',
  ],
]

it.each(refusals)('refuses %o at the call', (options, message) => {
  const call = () => broker({ host: 'broker', ...options } as BrokerOptions)
  expect(call).toThrow(ArgumentError)
  expect(call).toThrow(message)
})

it.each([undefined, null, 'localhost'])('refuses %o in place of options at the call', options => {
  expect(() => broker(options as never)).toThrow(
    new ArgumentError(
      `the options of broker() must be an object; got ${typeof options === 'string' ? 'the string "localhost"' : options}`,
    ),
  )
})

it.each([null, 'use', EMPTY])('refuses %o in place of a function of the broker at the call', use => {
  const call = () => broker({ host: 'broker' }, use as never)
  expect(call).toThrow(ArgumentError)
  expect(call).toThrow('use must be a function')
})

it('refuses a password without repeating any of it', () => {
  const sasl = { mechanism: 'PLAIN', username: 'alice', password: 'half\0secret' } as const
  expect(() => broker({ host: 'broker', sasl })).toThrow(/^(?!.*(half|secret))/)
})
