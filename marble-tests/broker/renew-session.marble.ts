import {
  asapScheduler as asapTurns,
  asyncScheduler,
  catchError,
  concatMap,
  defer,
  EMPTY,
  ignoreElements,
  map,
  merge,
  mergeMap,
  of,
  type SchedulerAction,
  type SchedulerLike,
  take,
  timer,
} from 'rxjs'
import { describe, it } from 'vitest'
import { broker, type SaslOptions } from '../../src/index.js'
import { embeddedBroker } from '../../src/testing/index.js'
import { marbles } from '../marbles.js'
import { ask, host } from './ask.js'
import { accepted, random, refused, sasl, welcoming } from './sasl-listener.js'
import { type Asked, cluster, lettersEvery, respond, scriptedBroker, writes } from './scripted-broker.js'

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
