import { catchError, concatMap, defer, EMPTY, map, merge, mergeMap, type Observable, of, take, timer } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { type Broker, type BrokerOptions, broker, type SaslOptions } from '../../src/index.js'
import { Metadata } from '../../src/protocol/index.js'
import { byteMarbles } from '../../src/testing/index.js'
import { type Answers, type Asked, cluster, lettersEvery, respond, scriptedBroker, writes } from './scripted-broker.js'

const marbles = byteMarbles((actual, expected) => expect(actual).toEqual(expected))
const host = 'broker'
const sasl: SaslOptions = { mechanism: 'PLAIN', username: 'alice', password: 'alice-secret' }
/** Chance that says: after 85 % of the lifetime. */
const random = (length: number) => new Uint8Array(length)

/** A listener that takes anybody, each message after `delay` ms, for sessions of `lifetime` ms. */
const welcoming = (lifetime: number, delay = 1): Answers => ({
  SaslHandshake: asked => respond(asked, { errorCode: 0, mechanisms: ['PLAIN'] }, delay),
  SaslAuthenticate: asked => respond(asked, accepted(lifetime), delay),
})
const accepted = (lifetime: number) => ({
  errorCode: 0,
  errorMessage: null,
  authBytes: Buffer.alloc(0),
  sessionLifetimeMs: BigInt(lifetime),
})
const refused = { ...accepted(0), errorCode: 58, errorMessage: 'Authentication failed: Invalid username or password' }

const ask = (kafka: Broker) => kafka.request(Metadata, { topics: [] }).pipe(map(({ clusterId }) => clusterId))
const open = (answers: Answers, options: Partial<BrokerOptions> = {}) =>
  broker({ host, transport: scriptedBroker(answers), sasl, random, ...options }).pipe(
    map(() => 'b'),
    catchError(error => of(`${error.name}: ${error.message}`)),
  )

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

  describe('by a token', () => {
    const withToken = (token: () => Observable<string>): SaslOptions => ({ mechanism: 'OAUTHBEARER', token })

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

describe('a session that ends', () => {
  it('is renewed after 85 to 95 % of its lifetime, again and again', () => {
    marbles(({ expectObservable }) => {
      const transport = scriptedBroker(welcoming(1000))
      const chances = [0, 128, 255]
      const random = () => Uint8Array.of(chances.shift() ?? 0)
      const opened = broker({ host, transport, sasl, random }).pipe(map(() => 'b'))
      expectObservable(opened, '^ 2800ms !').toBe('--b')
      // 2 ms for the first; then 850, 900 and 949 ms from the end of the one before, each taking 2 ms.
      expectObservable(writes(transport)).toBe('ha 850ms ha 900ms ha 949ms ha', {
        h: 'SaslHandshake',
        a: 'SaslAuthenticate',
      })
    })
  })

  it('is not renewed when it has no end', () => {
    marbles(({ expectObservable }) => {
      const transport = scriptedBroker(welcoming(0))
      expectObservable(broker({ host, transport, sasl, random }).pipe(map(() => 'b')), '^ 60m !').toBe('--b')
      expectObservable(writes(transport)).toBe('ha', { h: 'SaslHandshake', a: 'SaslAuthenticate' })
    })
  })

  it('is renewed behind what was sent, while later requests wait, and none fails', () => {
    marbles(({ expectObservable }) => {
      // Renewed at 102, for as long as it takes.
      const answers = { ...welcoming(100, 1), Metadata: lettersEvery(10) }
      let renewals = 0
      const SaslHandshake = (asked: Asked) =>
        // The second handshake comes behind a request that is answered at 90 + 10.
        respond(asked, { errorCode: 0, mechanisms: ['PLAIN'] }, renewals++ === 0 ? 1 : 14)
      const transport = scriptedBroker({ ...answers, SaslHandshake })
      const requests = broker({ host, transport, sasl, random }, kafka =>
        merge(
          // Sent at 82, answered at 92.
          timer(80).pipe(mergeMap(() => ask(kafka))),
          // Asked at 90, while the renewal that began at 87 is under way: sent at 102.
          timer(88).pipe(mergeMap(() => ask(kafka))),
        ),
      )
      expectObservable(requests).toBe('92ms a 19ms (b|)')
      expectObservable(writes(transport)).toBe('ha 80ms m----h 13ms am', {
        h: 'SaslHandshake',
        a: 'SaslAuthenticate',
        m: 'Metadata',
      })
    })
  })

  it('takes its token before anything has to wait', () => {
    marbles(({ expectObservable }) => {
      let tokens = 0
      const token = () => (tokens++ === 0 ? of('first') : timer(20).pipe(map(() => 'second')))
      const transport = scriptedBroker({ ...welcoming(100), Metadata: lettersEvery(1) })
      const requests = broker(
        { host, transport, sasl: { mechanism: 'OAUTHBEARER', token }, random },
        // At 92, while the second token is awaited from 87 to 107.
        kafka => timer(90).pipe(mergeMap(() => ask(kafka))),
      )
      expectObservable(requests).toBe('93ms (a|)')
    })
  })

  it('that cannot be renewed fails the connection, and with it what waits', () => {
    marbles(({ expectObservable }) => {
      let count = 0
      const SaslAuthenticate = (asked: Asked) => respond(asked, count++ === 0 ? accepted(100) : refused, 5)
      const transport = scriptedBroker({ ...welcoming(100), SaslAuthenticate })
      const requests = broker({ host, transport, sasl, random }).pipe(
        mergeMap(kafka =>
          timer(87).pipe(
            mergeMap(() => ask(kafka)),
            catchError(error => of(`${error.name} ${error.outcome}`)),
          ),
        ),
        catchError(error => of(`broker(): ${error.name}`)),
      )
      expectObservable(requests).toBe('97ms (ab|)', {
        a: 'ConnectionError unsent',
        b: 'broker(): AuthenticationError',
      })
    })
  })

  it('ends with the connection: no timer is left', () => {
    marbles(({ expectObservable }) => {
      const transport = scriptedBroker(welcoming(1000), { incoming: '10ms |' })
      const opened = broker({ host, transport, sasl, random }).pipe(
        map(() => 'b'),
        catchError(() => of('e')),
      )
      expectObservable(opened).toBe('--b-------(e|)')
    })
  })

  it('goes on for as many requests as come', () => {
    marbles(({ expectObservable }) => {
      const transport = scriptedBroker({ ...welcoming(20), Metadata: asked => respond(asked, cluster('a')) })
      const every5 = broker({ host, transport, sasl, random }, kafka =>
        timer(0, 5).pipe(
          take(20),
          concatMap(() => defer(() => ask(kafka))),
        ),
      )
      expectObservable(
        every5.pipe(
          take(20),
          map(() => 'a'),
          mergeMap(() => EMPTY),
        ),
      ).toBe('97ms |')
    })
  })
})
