import {
  catchError,
  concat,
  ignoreElements,
  map,
  merge,
  mergeMap,
  NEVER,
  of,
  ReplaySubject,
  repeat,
  take,
  takeUntil,
  timer,
} from 'rxjs'
import { describe, expect, it } from 'vitest'
import { type Broker, broker } from '../../src/index.js'
import { Fetch, Metadata, Produce } from '../../src/protocol/index.js'
import { marbles } from '../marbles.js'
import { ask, host, nameOf, outcome, use } from './ask.js'
import {
  type Answers,
  cluster,
  frame,
  lettersEvery,
  respond,
  responseFrame,
  scriptedBroker,
  writes,
} from './scripted-broker.js'

describe('request()', () => {
  it('emits the response and completes', () => {
    marbles(({ expectObservable }) => {
      expectObservable(use({ Metadata: lettersEvery(3) }, ask)).toBe('---(a|)')
    })
  })

  it('does nothing before it is subscribed, and asks again for each subscription', () => {
    marbles(({ expectObservable }) => {
      const transport = scriptedBroker({ Metadata: lettersEvery(1) })
      const twice = broker({ host, transport }, kafka => {
        const request = ask(kafka)
        return timer(5).pipe(mergeMap(() => request.pipe(repeat(2))))
      })
      expectObservable(twice).toBe('------a(b|)')
      expectObservable(writes(transport)).toBe('-----xx', { x: 'Metadata' })
    })
  })

  it('sends what is asked in one turn in one write, and answers in order', () => {
    marbles(({ expectObservable }) => {
      const transport = scriptedBroker({ Metadata: lettersEvery(2) })
      expectObservable(broker({ host, transport }, kafka => merge(ask(kafka), ask(kafka), ask(kafka)))).toBe(
        '--a-b-(c|)',
      )
      expectObservable(writes(transport)).toBe('x', { x: 'Metadata Metadata Metadata' })
    })
  })

  it('has no more than maxInFlight on the wire; the rest wait in order', () => {
    marbles(({ expectObservable }) => {
      const transport = scriptedBroker({ Metadata: lettersEvery(2) })
      const four = broker({ host, transport, maxInFlight: 2 }, kafka =>
        merge(ask(kafka), ask(kafka), ask(kafka), ask(kafka)),
      )
      expectObservable(four).toBe('--a-b-c-(d|)')
      expectObservable(writes(transport)).toBe('x-y-y', { x: 'Metadata Metadata', y: 'Metadata' })
    })
  })

  it('gathers what is asked while a write is under way for the next', () => {
    marbles(({ expectObservable }) => {
      const transport = scriptedBroker({ Metadata: lettersEvery(1) }, { write: '---|' })
      const requests = broker({ host, transport }, kafka =>
        merge(ask(kafka), timer(1).pipe(mergeMap(() => ask(kafka))), timer(4).pipe(mergeMap(() => ask(kafka)))),
      )
      // The handshake is answered at once, but its write takes 3 ms as well.
      expectObservable(requests).toBe('----ab-(c|)')
      expectObservable(writes(transport)).toBe('---x--y', { x: 'Metadata Metadata', y: 'Metadata' })
    })
  })

  describe('unsubscribed', () => {
    it('while it waits it is never sent, and the next one is', () => {
      marbles(({ expectObservable }) => {
        const transport = scriptedBroker({ Metadata: lettersEvery(5) })
        const requests = broker({ host, transport, maxInFlight: 1 }, kafka =>
          merge(ask(kafka), ask(kafka).pipe(takeUntil(timer(2))), ask(kafka)),
        )
        expectObservable(requests).toBe('-----a----(b|)')
        expectObservable(writes(transport)).toBe('x----x', { x: 'Metadata' })
      })
    })

    it('in the turn in which it was asked it is never sent', () => {
      marbles(({ expectObservable }) => {
        const transport = scriptedBroker({ Metadata: lettersEvery(1) })
        const request = broker({ host, transport }, kafka => {
          ask(kafka).subscribe().unsubscribe()
          return ask(kafka)
        })
        expectObservable(request).toBe('-(a|)')
        expectObservable(writes(transport)).toBe('x', { x: 'Metadata' })
      })
    })

    it('after it was sent its response is consumed, and the next one is right', () => {
      marbles(({ expectObservable }) => {
        const requests = (kafka: Broker) => merge(ask(kafka).pipe(takeUntil(timer(2))), ask(kafka))
        expectObservable(use({ Metadata: lettersEvery(5) }, requests)).toBe('----------(b|)')
      })
    })

    it('after it was sent it still counts against maxInFlight until it is answered', () => {
      marbles(({ expectObservable }) => {
        const transport = scriptedBroker({ Metadata: lettersEvery(5) })
        const requests = broker({ host, transport, maxInFlight: 1 }, kafka =>
          merge(ask(kafka).pipe(takeUntil(timer(2))), ask(kafka)),
        )
        expectObservable(requests).toBe('----------(b|)')
        expectObservable(writes(transport)).toBe('x----x', { x: 'Metadata' })
      })
    })
  })

  describe('not answered in time', () => {
    it('with nothing read since, the connection is dead: everything on it fails', () => {
      marbles(({ expectObservable }) => {
        const transport = scriptedBroker({})
        const requests = broker({ host, transport, requestTimeout: 10 }).pipe(
          mergeMap(kafka =>
            merge(
              outcome(ask(kafka)),
              outcome(ask(kafka, { timeout: 50 })),
              timer(11).pipe(mergeMap(() => outcome(ask(kafka)))),
            ),
          ),
          catchError(error => of(`broker(): ${nameOf(error)}`)),
        )
        expectObservable(requests).toBe('----------(abc|)', {
          a: 'RequestTimeoutError unknown',
          b: 'ConnectionError unknown',
          c: 'broker(): RequestTimeoutError unknown',
        })
      })
    })

    it('says what was waited for, how long and from whom', () => {
      marbles(({ expectObservable }) => {
        const message = broker({ host, transport: scriptedBroker({}) }, kafka => ask(kafka, { timeout: 10 })).pipe(
          catchError(error => of(error.message)),
        )
        expectObservable(message).toBe('----------(m|)', {
          m: 'broker:9092: Metadata was not answered within 10 ms, nor was anything else read since: the connection is taken for dead',
        })
      })
    })

    it('behind a long poll it fails alone', () => {
      marbles(({ expectObservable }) => {
        // In reality the answer to the second comes after that to the first.
        const answers: Answers = {
          Fetch: asked => respond(asked, emptyFetch, 40),
          Metadata: asked => respond(asked, cluster('z'), 41),
        }
        const requests = (kafka: Broker) =>
          merge(
            kafka.request(Fetch, fetch, { timeout: 50 }).pipe(map(() => 'fetched')),
            outcome(ask(kafka, { timeout: 10 })),
          )
        expectObservable(use(answers, requests)).toBe('10ms a 29ms (f|)', {
          a: 'RequestTimeoutError unknown',
          f: 'fetched',
        })
      })
    })

    it('while others are answered it fails alone, and its late response is consumed', () => {
      marbles(({ expectObservable }) => {
        let count = 0
        // The first at once, the second late, the third as it is asked.
        const Metadata: Answers[string] = asked => respond(asked, cluster('abc'[count] ?? ''), [5, 15, 10][count++])
        const requests = (kafka: Broker) =>
          merge(
            ask(kafka),
            outcome(ask(kafka, { timeout: 10 })),
            timer(12).pipe(mergeMap(() => ask(kafka, { timeout: 12 }))),
          )
        expectObservable(use({ Metadata }, requests)).toBe('-----a----t-----------(c|)', {
          a: 'a',
          c: 'c',
          t: 'RequestTimeoutError unknown',
        })
      })
    })

    it('while it waits it was not sent, and the connection lives', () => {
      marbles(({ expectObservable }) => {
        const transport = scriptedBroker({ Metadata: lettersEvery(20) })
        const requests = broker({ host, transport, maxInFlight: 1 }, kafka =>
          merge(ask(kafka), outcome(ask(kafka, { timeout: 10 }))),
        )
        expectObservable(requests).toBe('----------t---------(a|)', { t: 'RequestTimeoutError unsent', a: 'a' })
        expectObservable(writes(transport)).toBe('x', { x: 'Metadata' })
      })
    })

    it('its time runs from its subscribe, not from when it is sent', () => {
      marbles(({ expectObservable }) => {
        const requests = (kafka: Broker) => merge(ask(kafka), outcome(ask(kafka, { timeout: 15 })))
        // Sent at 10, when the first is answered, and nothing read from then on.
        expectObservable(use({ Metadata: lettersEvery(10) }, requests, { maxInFlight: 1 })).toBe(
          '----------a----(t|)',
          { a: 'a', t: 'RequestTimeoutError unknown' },
        )
      })
    })

    it('waits for ever when it is told to', () => {
      marbles(({ expectObservable }) => {
        const requestTimeout = Number.POSITIVE_INFINITY
        expectObservable(use({ Metadata: lettersEvery(86_400_000) }, ask, { requestTimeout })).toBe('1440m (a|)')
      })
    })

    it('and without a deadline of its own, it waits until the connection has been silent for requestTimeout', () => {
      marbles(({ expectObservable }) => {
        const requests = (kafka: Broker) =>
          merge(
            ask(kafka),
            outcome(ask(kafka, { timeout: Number.POSITIVE_INFINITY })),
            timer(15).pipe(mergeMap(() => outcome(ask(kafka)))),
          )
        let count = 0
        const Metadata: Answers[string] = asked => (count++ === 0 ? respond(asked, cluster('a'), 5) : NEVER)
        // Something was last read at 5.
        expectObservable(use({ Metadata }, requests, { requestTimeout: 20 })).toBe('-----a 19ms (bc|)', {
          a: 'a',
          b: 'ConnectionError unknown',
          c: 'ConnectionError unknown',
        })
      })
    })

    it('waits for requestTimeout, 30 s, unless it is told otherwise', () => {
      marbles(({ expectObservable }) => {
        const stuck = use({}, ask).pipe(
          ignoreElements(),
          catchError(() => of('t')),
        )
        expectObservable(stuck).toBe('30s (t|)')
      })
    })
  })

  describe('that the broker answers with', () => {
    it('an unknown correlation id: the connection fails and says so', () => {
      marbles(({ expectObservable }) => {
        const Metadata: Answers[string] = asked => respond({ ...asked, correlationId: 77 }, cluster('a'), 3)
        const message = broker({ host, transport: scriptedBroker({ Metadata }) }).pipe(
          mergeMap(kafka => outcome(ask(kafka))),
          catchError(error => of(`${error.name}: ${error.message}`)),
        )
        expectObservable(message).toBe('---(ab|)', {
          a: 'ConnectionError unknown',
          b: 'ProtocolError: broker:9092 answered correlation id 77 where 1 (Metadata) was due: its answers cannot be told apart',
        })
      })
    })

    it('something that nobody asked for: the connection fails and says so', () => {
      marbles(({ expectObservable }) => {
        const transport = scriptedBroker({}, { incoming: '---a', bytes: { a: frame(Buffer.alloc(8)) } })
        const message = broker({ host, transport }).pipe(
          ignoreElements(),
          catchError(error => of(`${error.name}: ${error.message}`)),
        )
        expectObservable(message).toBe('---(e|)', {
          e: 'ProtocolError: broker:9092 answered correlation id 0 where none was due: its answers cannot be told apart',
        })
      })
    })

    it.each([
      ['less than a correlation id', Buffer.alloc(3), 'a response is 3 bytes long, shorter than its header'],
      [
        'less than its header',
        Buffer.from([0, 0, 0, 1]),
        'a response to Metadata is 4 bytes long and has no whole header',
      ],
    ])('%s: the connection fails and says so', (_what, bytes, message) => {
      marbles(({ expectObservable }) => {
        const transport = scriptedBroker({ Metadata: () => of(frame(bytes)) })
        const failure = broker({ host, transport }).pipe(
          mergeMap(kafka => outcome(ask(kafka))),
          catchError(error => of(`${error.name}: ${error.message}`)),
        )
        expectObservable(failure).toBe('(ab|)', { a: 'ConnectionError unknown', b: `ProtocolError: ${message}` })
      })
    })

    it('a body that does not decode: that request alone fails', () => {
      marbles(({ expectObservable }) => {
        let count = 0
        const Metadata: Answers[string] = asked =>
          count++ === 0
            ? of(frame(responseFrame(asked, cluster('a')).subarray(4, -1)))
            : respond(asked, cluster('b'), 2)
        const requests = (kafka: Broker) => merge(outcome(ask(kafka)), ask(kafka))
        expectObservable(use({ Metadata }, requests)).toBe('p-(b|)', { p: 'ProtocolError unknown', b: 'b' })
      })
    })
  })

  it('that cannot be encoded fails alone, and nothing is sent', () => {
    marbles(({ expectObservable }) => {
      const transport = scriptedBroker({ Metadata: lettersEvery(1) })
      const requests = broker({ host, transport }, kafka =>
        concat(outcome(kafka.request(Metadata, { topics: 7 } as never)), ask(kafka)),
      )
      expectObservable(requests).toBe('p(a|)', { p: 'ProtocolError unsent', a: 'a' })
      expectObservable(writes(transport)).toBe('x', { x: 'Metadata' })
    })
  })

  describe('Produce with acks=0', () => {
    const produce = { acks: 0, timeoutMs: 1, transactionalId: null, topicData: [] }

    it('completes without a value once it is written', () => {
      marbles(({ expectObservable }) => {
        const transport = scriptedBroker({}, { write: '---|' })
        // Three for the handshake.
        expectObservable(broker({ host, transport }, kafka => kafka.request(Produce, produce))).toBe('------|')
      })
    })

    it('does not count against maxInFlight, and leaves no answer due', () => {
      marbles(({ expectObservable }) => {
        const transport = scriptedBroker({ Metadata: lettersEvery(2) })
        const requests = broker({ host, transport, maxInFlight: 1 }, kafka =>
          merge(ask(kafka), kafka.request(Produce, produce), kafka.request(Produce, produce), ask(kafka)),
        )
        expectObservable(requests).toBe('--a-(b|)')
        expectObservable(writes(transport)).toBe('x-y', { x: 'Metadata Produce Produce', y: 'Metadata' })
      })
    })
  })

  describe('when the connection ends', () => {
    it.each([
      ['fails', '-----#', 'ConnectionError'],
      ['is closed by the broker', '-----|', 'ConnectionError'],
      ['is closed by the broker in the middle of a response', '-----(x|)', 'EndOfStreamError'],
    ])('that it %s: every request says whether it was sent, then broker() errors', (_how, incoming, name) => {
      marbles(({ expectObservable }) => {
        const transport = scriptedBroker({}, { incoming, bytes: { x: Buffer.from([0, 0]) } })
        const requests = broker({ host, transport, maxInFlight: 1 }).pipe(
          mergeMap(kafka => merge(outcome(ask(kafka)), outcome(ask(kafka)))),
          catchError(error => of(`broker(): ${error.name}`)),
        )
        const [a, b, c] = ['ConnectionError unknown', 'ConnectionError unsent', `broker(): ${name}`]
        expectObservable(requests).toBe('-----(abc|)', { a, b, c })
      })
    })

    it('that it is closed here: every request says whether it was sent', () => {
      marbles(({ expectObservable }) => {
        const results = new ReplaySubject<string | null>()
        const transport = scriptedBroker({})
        const opened = broker({ host, transport, maxInFlight: 1 }).subscribe(kafka => {
          merge(outcome(ask(kafka)), outcome(ask(kafka))).subscribe(results)
        })
        timer(5).subscribe(() => opened.unsubscribe())
        expectObservable(results).toBe('-----(ab|)', { a: 'ClosedError unknown', b: 'ClosedError unsent' })
      })
    })

    it.each([
      ['by the broker', 'ConnectionError', 'broker:9092 has closed the connection', true],
      ['here', 'ClosedError', 'the connection to broker:9092 was closed here', false],
    ])('%s, later requests are refused, unsent', (_by, name, why, retriable) => {
      marbles(({ expectObservable }) => {
        const transport = scriptedBroker({ Metadata: lettersEvery(1) }, { incoming: retriable ? '-----|' : '-' })
        const brokers = new ReplaySubject<Broker>()
        const kafka = broker({ host, transport }).subscribe({ next: it => brokers.next(it), error: () => {} })
        if (!retriable) timer(5).subscribe(() => kafka.unsubscribe())
        const closed = brokers.pipe(mergeMap(kafka => timer(4, 2).pipe(map(() => String(kafka.closed)))))
        expectObservable(closed.pipe(take(2))).toBe('----f-(t|)', { f: 'false', t: 'true' })
        const refused = brokers.pipe(
          mergeMap(kafka => timer(6).pipe(mergeMap(() => ask(kafka)))),
          take(1),
          catchError(error => {
            expect([error.retriable, error.message]).toEqual([
              retriable,
              expect.stringContaining(`Metadata cannot be asked of broker:9092: ${why}`),
            ])
            return of(nameOf(error))
          }),
        )
        expectObservable(refused).toBe('------(r|)', { r: `${name} unsent` })
      })
    })

    it('a hang-up on the very first request asks about SASL', () => {
      marbles(({ expectObservable }) => {
        const transport = scriptedBroker({}, { incoming: '-----|' })
        const message = broker({ host, transport }, ask).pipe(catchError(error => of(error.message)))
        expectObservable(message).toBe('-----(m|)', {
          m: 'Metadata was not answered: broker:9092 has closed the connection on the first request; does the listener ask for SASL? Then give `sasl`',
        })
      })
    })
  })
})

const fetch = { maxWaitMs: 40, minBytes: 1, maxBytes: 1, isolationLevel: 0, topics: [] }
const emptyFetch = { throttleTimeMs: 0, errorCode: 0, sessionId: 0, responses: [] }
