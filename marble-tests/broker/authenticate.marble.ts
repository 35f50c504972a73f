import { catchError, EMPTY, map, mergeMap, type ObservableInput, of, throwError, timer } from 'rxjs'
import { describe, it } from 'vitest'
import { type BrokerOptions, broker, type SaslOptions } from '../../src/index.js'
import { marbles } from '../marbles.js'
import { host } from './ask.js'
import { accepted, refused, sasl, welcoming } from './sasl-listener.js'
import { type Answers, type Asked, respond, scriptedBroker, writes } from './scripted-broker.js'

const open = (answers: Answers, options: Partial<BrokerOptions> = {}) =>
  broker({ host, transport: scriptedBroker(answers), sasl, ...options }).pipe(
    map(() => 'b'),
    catchError(error => of(`${error.name}: ${error.message}`)),
  )

const refusing = (errorCode: number) => (asked: Asked) =>
  respond(asked, asked.api === 'SaslHandshake' ? { errorCode, mechanisms: [] } : { ...refused, errorCode })

describe('opening with SASL', () => {
  it('authenticates before it emits the broker', () => {
    marbles(({ expectObservable }) => {
      const transport = scriptedBroker(welcoming(0, 2))
      expectObservable(broker({ host, transport, sasl }).pipe(map(() => 'b'))).toBe('----b')
      expectObservable(writes(transport)).toBe('h-a', { h: 'SaslHandshake', a: 'SaslAuthenticate' })
    })
  })

  it.each([
    [
      'the password is wrong',
      { ...welcoming(0), SaslAuthenticate: (asked: Asked) => respond(asked, refused, 1) },
      '--(e|)',
      'the broker says "Authentication failed: Invalid username or password"; check username and password (each mechanism of SCRAM has credentials of its own), or what the token was issued for',
    ],
    [
      'the listener does not offer the mechanism',
      {
        SaslHandshake: (asked: Asked) =>
          respond(asked, { errorCode: 33, mechanisms: ['SCRAM-SHA-512', 'OAUTHBEARER'] }, 1),
      },
      '-(e|)',
      'the listener does not offer it; set sasl.mechanism to one of SCRAM-SHA-512, OAUTHBEARER',
    ],
    [
      'the listener does not ask for SASL',
      { SaslHandshake: (asked: Asked) => respond(asked, { errorCode: 34, mechanisms: [] }, 1) },
      '-(e|)',
      'the listener does not ask for SASL: leave out `sasl`, or connect to the port of one that does',
    ],
  ])('says what to change when %s', (_what, answers, expected, message) => {
    marbles(({ expectObservable }) => {
      expectObservable(open(answers)).toBe(expected, {
        e: `AuthenticationError: cannot authenticate to broker:9092 by PLAIN: ${message}`,
      })
    })
  })

  it('keeps what the broker says to itself when it repeats the password', () => {
    marbles(({ expectObservable }) => {
      const echo = { ...refused, errorMessage: 'no user has alice-secret' }
      const answers = { ...welcoming(0), SaslAuthenticate: (asked: Asked) => respond(asked, echo) }
      expectObservable(open(answers).pipe(map(message => message.includes('alice-secret')))).toBe('-(f|)', { f: false })
    })
  })

  it('is given up after `timeout` in all, and says in what it was stuck', () => {
    marbles(({ expectObservable }) => {
      const answers = { ...welcoming(0, 4), SaslAuthenticate: () => EMPTY }
      expectObservable(open(answers, { timeout: 10 })).toBe('----------(e|)', {
        e: 'ConnectError: cannot connect to broker:9092: connected, but not open within 10 ms: authentication by PLAIN did not come to its end',
      })
    })
  })

  const noToken: SaslOptions = { mechanism: 'OAUTHBEARER', token: () => throwError(() => new Error('no such realm')) }

  it.each([
    ['wrong credentials are', false, sasl, { SaslAuthenticate: (asked: Asked) => respond(asked, refused) }],
    ['a mechanism that is not offered is', false, sasl, { SaslHandshake: refusing(33) }],
    ['a failure of the token provider is', true, noToken, {}],
    ['what the broker calls temporary is', true, sasl, { SaslHandshake: refusing(15) }],
    ['what the broker calls temporary is, later on too,', true, sasl, { SaslAuthenticate: refusing(15) }],
  ])('%s retriable: %s', (_what, retriable, sasl, answers) => {
    marbles(({ expectObservable }) => {
      const transport = scriptedBroker({ ...welcoming(0, 0), ...answers })
      const opened = broker({ host, transport, sasl }).pipe(catchError(error => of([error.name, error.retriable])))
      expectObservable(opened).toBe('(e|)', { e: ['AuthenticationError', retriable] })
    })
  })

  describe('by a token', () => {
    const withToken = (token: () => ObservableInput<string>): SaslOptions => ({ mechanism: 'OAUTHBEARER', token })

    it('asks for it once in each attempt, and sends it', () => {
      marbles(({ expectObservable }) => {
        const said: string[] = []
        const SaslAuthenticate = (asked: Asked) => {
          said.push(String(asked.body['authBytes']))
          return respond(asked, accepted(0))
        }
        const token = () => timer(3).pipe(map(() => 'ey.J0'))
        const opened = open({ ...welcoming(0), SaslAuthenticate }, { sasl: withToken(token) })
        expectObservable(opened.pipe(map(() => said))).toBe('----s', { s: ['n,,\x01auth=Bearer ey.J0\x01\x01'] })
      })
    })

    it.each([
      [
        'fails',
        () =>
          timer(2).pipe(
            map((): string => {
              throw new Error('no such realm')
            }),
          ),
        'the token provider failed: no such realm',
      ],
      [
        'gives none',
        () => timer(2).pipe(mergeMap(() => EMPTY)),
        'the token provider failed: it completed without a token',
      ],
      [
        'gives what is none',
        () => timer(2).pipe(map(() => 'to ken')),
        'what the token provider gave is no bearer token, which is letters, digits and -._~+/ with = at its end',
      ],
    ])('says so when the provider %s', (_what, token, message) => {
      marbles(({ expectObservable }) => {
        expectObservable(open(welcoming(0), { sasl: withToken(token) })).toBe('--(e|)', {
          e: `AuthenticationError: cannot authenticate to broker:9092 by OAUTHBEARER: ${message}`,
        })
      })
    })

    it('takes a string for the token that it is, not for a sequence of letters', () => {
      marbles(({ expectObservable }) => {
        const said: string[] = []
        const SaslAuthenticate = (asked: Asked) => {
          said.push(String(asked.body['authBytes']))
          return respond(asked, accepted(0))
        }
        const opened = open({ ...welcoming(0), SaslAuthenticate }, { sasl: withToken(() => 'ey.J0') })
        expectObservable(opened.pipe(map(() => said))).toBe('-s', { s: ['n,,\x01auth=Bearer ey.J0\x01\x01'] })
      })
    })

    it('gives up a broker that answers with one refusal after another and with no error', () => {
      marbles(({ expectObservable }) => {
        const challenge = { ...accepted(0), authBytes: Buffer.from('{"status":"invalid_token"}') }
        const SaslAuthenticate = (asked: Asked) => respond(asked, challenge)
        const opened = open({ ...welcoming(0), SaslAuthenticate }, { sasl: withToken(() => of('t0')) })
        expectObservable(opened).toBe('-(e|)', {
          e: 'AuthenticationError: cannot authenticate to broker:9092 by OAUTHBEARER: the broker refused the token, and then did not say with which error',
        })
      })
    })

    it('asks for the error when the broker answers with a refusal in JSON', () => {
      marbles(({ expectObservable }) => {
        const said: string[] = []
        const SaslAuthenticate = (asked: Asked) => {
          said.push(String(asked.body['authBytes']))
          const challenge = { ...accepted(0), authBytes: Buffer.from('{"status":"invalid_token"}') }
          const error = { ...refused, errorMessage: '{"status":"invalid_token"}' }
          return respond(asked, said.length === 1 ? challenge : error)
        }
        const opened = open({ ...welcoming(0), SaslAuthenticate }, { sasl: withToken(() => of('t0')) })
        expectObservable(opened.pipe(map(message => [message.includes('invalid_token'), said[1]]))).toBe('-(e|)', {
          e: [true, '\x01'],
        })
      })
    })
  })
})
