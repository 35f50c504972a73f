import {
  asyncScheduler,
  catchError,
  defer,
  EMPTY,
  exhaustMap,
  ignoreElements,
  map,
  merge,
  mergeMap,
  NEVER,
  type Observable,
  of,
  take,
  throwError,
  timer,
} from 'rxjs'
import { describe, it } from 'vitest'
import { broker, type SaslOptions } from '../../src/index.js'
import { Metadata } from '../../src/protocol/index.js'
import { marbles } from '../marbles.js'
import { ask, host } from './ask.js'
import { accepted, random, refused, sasl, welcoming } from './sasl-listener.js'
import { type Asked, cluster, lettersEvery, respond, scriptedBroker, writes } from './scripted-broker.js'

describe('a renewal that fails', () => {
  const tokens = (give: (count: number) => Observable<string>): SaslOptions => {
    let count = 0
    return { mechanism: 'OAUTHBEARER', token: () => (count++ === 0 ? of('first') : defer(() => give(count - 1))) }
  }
  const noRealm = () => throwError(() => new Error('no such realm'))
  /** Asks every 500 ms for as long as there is a broker; says how that ends. */
  const asking = (sasl: SaslOptions, answers: ReturnType<typeof welcoming>, more = {}) =>
    broker({ host, transport: scriptedBroker({ ...answers, Metadata: lettersEvery(0) }), sasl, random, ...more }).pipe(
      mergeMap(kafka =>
        timer(0, 500).pipe(
          exhaustMap(() => ask(kafka).pipe(catchError(() => EMPTY))),
          ignoreElements(),
        ),
      ),
      catchError(error => of(`${error.name} ${error.retriable}: ${error.message}`)),
    )
  const cannot = 'cannot authenticate to broker:9092 by OAUTHBEARER'

  it('for the want of a token is tried again after 1, 2, 4 s and so on, while requests go on', () => {
    marbles(({ expectObservable }) => {
      const asked: number[] = []
      const sasl = tokens(count => {
        asked.push(asyncScheduler.now())
        return count < 5 ? noRealm() : of('again')
      })
      const transport = scriptedBroker({ ...welcoming(200_000), Metadata: lettersEvery(0) })
      const letters = broker({ host, transport, sasl, random }, kafka =>
        timer(171_000, 10_000).pipe(
          take(3),
          mergeMap(() => ask(kafka)),
        ),
      )
      expectObservable(letters).toBe('171002ms a 9999ms b 9999ms (c|)')
      expectObservable(timer(195_000).pipe(map(() => asked))).toBe('195s (s|)', {
        s: [170_002, 171_002, 173_002, 177_002, 185_002],
      })
    })
  })

  it('is tried again with chance in it, so that not all clients do so at once', () => {
    marbles(({ expectObservable }) => {
      const asked: number[] = []
      const sasl = tokens(count => {
        asked.push(asyncScheduler.now())
        return count < 2 ? noRealm() : of('again')
      })
      const random = () => Uint8Array.of(128)
      const opened = broker({ host, transport: scriptedBroker(welcoming(100_000)), sasl, random }).pipe(map(() => 'b'))
      expectObservable(opened, '^ 95s !').toBe('--b')
      expectObservable(timer(95_000).pipe(map(() => asked))).toBe('95s (s|)', { s: [90_002, 91_127] })
    })
  })

  it('fails the connection when the session ends, and not before', () => {
    marbles(({ expectObservable }) => {
      // Due at 8502. The session ends at 9801: tried again after half of what is left, at least 100 ms, until 9839.
      expectObservable(asking(tokens(noRealm), welcoming(10_000))).toBe('9839ms (e|)', {
        e: `AuthenticationError true: ${cannot}: the token provider failed: no such realm`,
      })
    })
  })

  it('for a token that never comes ends at the deadline, and is tried again', () => {
    marbles(({ expectObservable }) => {
      const sasl = tokens(count => (count === 1 ? NEVER : of('again')))
      const transport = scriptedBroker(welcoming(100_000))
      const opened = broker({ host, transport, sasl, random, requestTimeout: 5000 }).pipe(map(() => 'b'))
      expectObservable(opened, '^ 100s !').toBe('--b')
      // At 85002 no token, at 90002 no longer waited for, and asked for anew at 91002.
      expectObservable(writes(transport)).toBe('ha 91s ha', { h: 'SaslHandshake', a: 'SaslAuthenticate' })
    })
  })

  it('for a token that never comes says so when the session has ended', () => {
    marbles(({ expectObservable }) => {
      const sasl = tokens(() => NEVER)
      expectObservable(asking(sasl, welcoming(10_000), { requestTimeout: 2000 })).toBe('10502ms (e|)', {
        e: `AuthenticationError true: ${cannot}: the token provider failed: it did not give one in time`,
      })
    })
  })

  it('for what the broker calls temporary is tried again', () => {
    marbles(({ expectObservable }) => {
      const errorCodes = [0, 15, 0]
      const SaslAuthenticate = (asked: Asked) =>
        respond(asked, { ...accepted(100_000), errorCode: errorCodes.shift() ?? 0 }, 1)
      const transport = scriptedBroker({ ...welcoming(100_000), SaslAuthenticate })
      expectObservable(broker({ host, transport, sasl, random }).pipe(map(() => 'b')), '^ 95s !').toBe('--b')
      expectObservable(writes(transport)).toBe('ha 85s ha 1s ha', { h: 'SaslHandshake', a: 'SaslAuthenticate' })
    })
  })

  it('for coming within a second of the one before, as Kafka has it, is tried again after one, and requests wait', () => {
    marbles(({ expectObservable }) => {
      const errorCodes = [0, 0, 34, 0]
      const lifetimes = [100_000, 500, 100_000]
      const transport = scriptedBroker({
        SaslHandshake: asked => respond(asked, { errorCode: errorCodes.shift() ?? 34, mechanisms: [] }, 1),
        SaslAuthenticate: asked => respond(asked, accepted(lifetimes.shift() ?? 0), 1),
        Metadata: lettersEvery(1),
      })
      // Renewed at 85002 for 500 ms; tried at 85429, which is refused at 85430; and again at 86430.
      const letters = broker({ host, transport, sasl, random }, kafka => timer(85_600).pipe(mergeMap(() => ask(kafka))))
      expectObservable(letters).toBe('86433ms (a|)')
    })
  })

  it('for wrong credentials fails the connection at once: they do not become right', () => {
    marbles(({ expectObservable }) => {
      let count = 0
      const SaslAuthenticate = (asked: Asked) => respond(asked, count++ === 0 ? accepted(100_000) : refused, 1)
      const failed = asking(sasl, { ...welcoming(100_000), SaslAuthenticate }).pipe(map(it => it.slice(0, 25)))
      expectObservable(failed).toBe('85004ms (e|)', { e: 'AuthenticationError false' })
    })
  })

  it('for a broker that always has more to say fails the connection', () => {
    marbles(({ expectObservable }) => {
      let count = 0
      const more = { ...accepted(0), authBytes: Buffer.from('{"status":"invalid_token"}') }
      const SaslAuthenticate = (asked: Asked) => respond(asked, count++ === 0 ? accepted(10_000) : more)
      const failed = asking(
        tokens(() => of('again')),
        { ...welcoming(10_000), SaslAuthenticate },
      )
      expectObservable(failed).toBe('8502ms (e|)', {
        e: `AuthenticationError false: ${cannot}: the broker refused the token, and then did not say with which error`,
      })
    })
  })

  it('for want of time has one deadline over all that is asked', () => {
    marbles(({ expectObservable }) => {
      let count = 0
      const slowly = (asked: Asked, body: object) => respond(asked, body, count++ < 2 ? 1 : 700)
      const failed = asking(
        sasl,
        {
          SaslHandshake: asked => slowly(asked, { errorCode: 0, mechanisms: ['PLAIN'] }),
          SaslAuthenticate: asked => slowly(asked, accepted(10_000)),
        },
        { requestTimeout: 1000 },
      )
      expectObservable(failed.pipe(map(it => it.slice(0, 24)))).toBe('9502ms (e|)', { e: 'RequestTimeoutError true' })
    })
  })

  it('has its own time behind requests that were sent before and take theirs', () => {
    marbles(({ expectObservable }) => {
      let count = 0
      const SaslHandshake = (asked: Asked) =>
        respond(asked, { errorCode: 0, mechanisms: ['PLAIN'] }, count++ === 0 ? 1 : 990)
      const SaslAuthenticate = (asked: Asked) => respond(asked, accepted(10_000), 900)
      const transport = scriptedBroker({
        SaslHandshake,
        SaslAuthenticate,
        Metadata: asked => respond(asked, cluster('a'), 2000),
      })
      // The poll is sent at 8001 and answered at 10001; the renewal begins at 9401, is answered at 10391 and at 11291.
      const polled = broker({ host, transport, sasl, random, requestTimeout: 1000 }, kafka =>
        merge(
          timer(7_100).pipe(mergeMap(() => kafka.request(Metadata, { topics: [] }, { timeout: 60_000 }))),
          timer(10_500).pipe(mergeMap(() => kafka.request(Metadata, { topics: [] }, { timeout: 60_000 }))),
        ).pipe(
          map(() => 'a'),
          take(2),
        ),
      )
      expectObservable(polled).toBe('10001ms a 3399ms (a|)')
    })
  })
})
