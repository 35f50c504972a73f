import {
  asapScheduler as asapTurns,
  asyncScheduler,
  catchError,
  concatMap,
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
  type SchedulerAction,
  type SchedulerLike,
  take,
  throwError,
  timer,
} from 'rxjs'
import { describe, expect, it } from 'vitest'
import { type Broker, broker, type SaslOptions } from '../../src/index.js'
import { Metadata } from '../../src/protocol/index.js'
import { byteMarbles, embeddedBroker } from '../../src/testing/index.js'
import { accepted, refused, welcoming } from './sasl-listener.js'
import { type Asked, cluster, lettersEvery, respond, scriptedBroker, writes } from './scripted-broker.js'

const marbles = byteMarbles((actual, expected) => expect(actual).toEqual(expected))
const host = 'broker'
const sasl: SaslOptions = { mechanism: 'PLAIN', username: 'alice', password: 'alice-secret' }
/** Chance that says: after 85 % of the lifetime. */
const random = (length: number) => new Uint8Array(length)

const ask = (kafka: Broker) => kafka.request(Metadata, { topics: [] }).pipe(map(({ clusterId }) => clusterId))

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

  it('ends with the token that opened it, for the embedded broker as for Kafka', () => {
    marbles(({ expectObservable }) => {
      let count = 0
      const given: SaslOptions = { mechanism: 'OAUTHBEARER', token: () => of(`t${count++}`) }
      const token = (_: string, now: number) => ({ principal: 'alice', expires: now + 100 })
      const names = embeddedBroker({ listen: false, sasl: { token } }, ({ transport }) =>
        broker({ host: '127.0.0.1', transport, sasl: given, random }, kafka =>
          timer(0, 50).pipe(
            take(10),
            mergeMap(() => ask(kafka)),
            ignoreElements(),
          ),
        ),
      )
      // Renewed each 85 ms.
      const tokens = defer(() => timer(451).pipe(map(() => count)))
      expectObservable(merge(names, tokens)).toBe('451ms (n|)', { n: 6 })
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

describe('a session that ended while the event loop was blocked', () => {
  /** Does what falls into that time at the end of it. */
  function blocked(from: number, to: number): SchedulerLike {
    const late = (delay: number) => {
      const now = asyncScheduler.now()
      return now + delay > from && now + delay < to ? to - now : delay
    }
    return {
      now: () => asyncScheduler.now(),
      schedule: <T>(work: (this: SchedulerAction<T>, state?: T) => void, delay: number, state?: T) =>
        asyncScheduler.schedule(work, late(delay ?? 0), state),
    }
  }

  it('is renewed before the next request is sent', () => {
    marbles(({ expectObservable }) => {
      const transport = scriptedBroker({ ...welcoming(100), Metadata: lettersEvery(1) })
      const options = { host, transport, sasl, random, scheduler: blocked(80, 120), turns: asapTurns }
      // Asked at 112 and at 120: the session ended at 101, and its renewal, due at 87, comes at 120.
      const letters = broker(options, kafka =>
        timer(110, 8).pipe(
          take(2),
          mergeMap(() => ask(kafka)),
        ),
      )
      expectObservable(letters).toBe('123ms a(b|)')
      expectObservable(writes(transport)).toBe('ha 118ms ha (m)', {
        h: 'SaslHandshake',
        a: 'SaslAuthenticate',
        m: 'Metadata Metadata',
      })
    })
  })

  it('is over for the embedded broker, which hangs up as Kafka does on all but a renewal', () => {
    marbles(({ expectObservable }) => {
      const listener = { users: { alice: 'alice-secret' }, sessionLifetime: 100 }
      const letters = embeddedBroker({ listen: false, sasl: listener }, ({ transport }) =>
        broker({ host: '127.0.0.1', transport, sasl, random, scheduler: blocked(80, 120), turns: asapTurns }, kafka =>
          timer(110).pipe(
            mergeMap(() => ask(kafka)),
            map(() => 'a'),
          ),
        ),
      )
      expectObservable(letters).toBe('120ms (a|)')
    })
  })
})
