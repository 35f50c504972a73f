import {
  asyncScheduler,
  catchError,
  concat,
  defer,
  map,
  merge,
  mergeMap,
  type Observable,
  of,
  range,
  retry,
  takeUntil,
  tap,
  throwError,
  timer,
} from 'rxjs'
import { describe, expect, it } from 'vitest'
import { BacklogError, type Broker, broker } from '../../src/index.js'
import { Fetch, Metadata, Produce } from '../../src/protocol/index.js'
import { marbles } from '../marbles.js'
import { ask, host, outcome, use } from './ask.js'
import { type Answers, lettersEvery, respond, scriptedBroker, writes } from './scripted-broker.js'

const nobody = { topics: [] }

describe('a body that is a function', () => {
  it('is asked for when its turn has come, and once', () => {
    marbles(({ expectObservable }) => {
      const asked: number[] = []
      const requests = (kafka: Broker) =>
        merge(
          ask(kafka),
          kafka.request(Metadata, () => {
            asked.push(asyncScheduler.now())
            return nobody
          }),
        ).pipe(map(() => asked.join()))
      expectObservable(use({ Metadata: lettersEvery(5) }, requests, { maxInFlight: 1 })).toBe('-----a----(b|)', {
        a: '',
        b: '5',
      })
    })
  })

  it('can gather until then what is to be asked', () => {
    marbles(({ expectObservable }) => {
      const topics: { name: string }[] = []
      const Metadata_: Answers[string] = asked => respond(asked, named((asked.body['topics'] as unknown[]).length), 5)
      const requests = (kafka: Broker) =>
        merge(
          ask(kafka),
          kafka.request(Metadata, () => ({ topics })).pipe(map(({ clusterId }) => clusterId)),
          timer(1, 1).pipe(
            takeUntil(timer(9)),
            tap(() => topics.push({ name: 'another' })),
            mergeMap(() => []),
          ),
        )
      expectObservable(use({ Metadata: Metadata_ }, requests, { maxInFlight: 1 })).toBe('-----a----(b|)', {
        a: '0',
        b: '5',
      })
    })
  })

  it.each([
    ['unsubscribed', (request: Observable<unknown>) => request.pipe(takeUntil(timer(2))), '-----(abx|)', undefined],
    ['overdue', (request: Observable<unknown>) => outcome(request), '--t--(abx|)', 'RequestTimeoutError unsent'],
  ])('is never asked for when the request is %s before its turn', (_how, before, marble, t) => {
    marbles(({ expectObservable }) => {
      let asked = 0
      const never = () => {
        asked++
        return nobody
      }
      const requests = (kafka: Broker) =>
        concat(
          merge(ask(kafka), before(kafka.request(Metadata, never, { timeout: 2 }))),
          of('b').pipe(tap(() => expect(asked).toBe(0))),
          of('x'),
        )
      expectObservable(use({ Metadata: lettersEvery(5) }, requests, { maxInFlight: 1 })).toBe(marble, {
        a: 'a',
        b: 'b',
        x: 'x',
        t,
      })
    })
  })

  it('is never asked for once the connection has ended, and the request was not sent', () => {
    marbles(({ expectObservable }) => {
      let asked = 0
      const transport = scriptedBroker({}, { incoming: '---|' })
      const requests = broker({ host, transport, maxInFlight: 1 }).pipe(
        mergeMap(kafka =>
          merge(
            outcome(ask(kafka)),
            outcome(
              kafka.request(Metadata, () => {
                asked++
                return nobody
              }),
            ),
          ),
        ),
        catchError(() => of(asked)),
      )
      expectObservable(requests).toBe('---(abn|)', {
        a: 'ConnectionError unknown',
        b: 'ConnectionError unsent',
        n: 0,
      })
    })
  })

  it('that throws fails its request alone, with what it threw', () => {
    marbles(({ expectObservable }) => {
      const oops = new Error('oops')
      const requests = (kafka: Broker) =>
        merge(
          kafka
            .request(Metadata, () => {
              throw oops
            })
            .pipe(catchError(error => of(error === oops))),
          ask(kafka),
        )
      expectObservable(use({ Metadata: lettersEvery(3) }, requests)).toBe('o--(a|)', { o: true, a: 'a' })
    })
  })

  it('may ask for more, withdraw its own request or close the connection from inside', () => {
    marbles(({ expectObservable }) => {
      const transport = scriptedBroker({ Metadata: lettersEvery(1) })
      const results: unknown[] = []
      const opened = broker({ host, transport }).subscribe(kafka => {
        const withdrawn = kafka
          .request(Metadata, () => {
            ask(kafka).subscribe(letter => results.push(letter))
            withdrawn.unsubscribe()
            return nobody
          })
          .subscribe(() => results.push('never'))
        timer(5)
          .pipe(
            mergeMap(() =>
              outcome(
                kafka.request(Metadata, () => {
                  opened.unsubscribe()
                  return nobody
                }),
              ),
            ),
          )
          .subscribe(error => results.push(error))
      })
      expectObservable(timer(10).pipe(map(() => results.join()))).toBe('10ms (r|)', { r: 'a,ClosedError unsent' })
      expectObservable(writes(transport)).toBe('x', { x: 'Metadata' })
    })
  })

  it('says what it will be: acks=0 is not waited for', () => {
    marbles(({ expectObservable }) => {
      const produce = () => ({ transactionalId: null, acks: 0, timeoutMs: 1, topicData: [] })
      expectObservable(use({}, kafka => kafka.request(Produce, produce))).toBe('|')
    })
  })
})

describe('onWritten', () => {
  it('is called once the kernel has taken the request, before its answer', () => {
    marbles(({ expectObservable }) => {
      let written = -1
      const transport = scriptedBroker({ Metadata: lettersEvery(5) }, { write: '--|' })
      const onWritten = () => {
        written = asyncScheduler.now()
      }
      const request = broker({ host, transport }, kafka => kafka.request(Metadata, nobody, { onWritten }))
      // Two for the handshake.
      expectObservable(request.pipe(map(() => written))).toBe('-------(w|)', { w: 4 })
    })
  })

  it('is not called for what was withdrawn before, and its throw fails the request alone', () => {
    marbles(({ expectObservable }) => {
      const told: string[] = []
      const requests = (kafka: Broker) =>
        concat(
          merge(
            kafka.request(Metadata, nobody, { onWritten: () => told.push('withdrawn') }).pipe(takeUntil(of(0))),
            kafka
              .request(Metadata, nobody, {
                onWritten: () => {
                  throw new Error('oops')
                },
              })
              .pipe(catchError(error => of(error.message))),
            ask(kafka),
          ),
          of(told.length),
        )
      expectObservable(use({ Metadata: lettersEvery(1) }, requests)).toBe('o-(bn|)', { o: 'oops', b: 'b', n: 0 })
    })
  })
})

describe('what waits', () => {
  const records = Buffer.alloc(1000)
  const topicData = [{ name: 't', partitionData: [{ index: 0, records }] }]
  const produce = { transactionalId: null, acks: 1, timeoutMs: 1, topicData }
  const Produce_: Answers[string] = asked => respond(asked, { responses: [], throttleTimeMs: 0 }, 5)
  const write = (kafka: Broker) => kafka.request(Produce, produce, { version: 12 }).pipe(map(() => 'p'))

  it('is bounded by maxQueuedBytes: what does not fit fails alone, unsent', () => {
    marbles(({ expectObservable }) => {
      const requests = (kafka: Broker) => merge(write(kafka), write(kafka), outcome(write(kafka)))
      const options = { maxInFlight: 1, maxQueuedBytes: 2500 }
      expectObservable(use({ Produce: Produce_ }, requests, options)).toBe('b----p----(p|)', {
        b: 'BacklogError unsent',
        p: 'p',
      })
    })
  })

  it('counts until the kernel has taken it, not until it is answered', () => {
    marbles(({ expectObservable }) => {
      const requests = (kafka: Broker) => range(0, 4).pipe(mergeMap(n => timer(n).pipe(mergeMap(() => write(kafka)))))
      expectObservable(use({ Produce: Produce_ }, requests, { maxQueuedBytes: 1500 })).toBe('-----ppp(p|)')
    })
  })

  it('has room again when `drained` emits, which retry can wait for', () => {
    marbles(({ expectObservable }) => {
      const patient = (kafka: Broker) =>
        write(kafka).pipe(
          retry({ delay: error => (error instanceof BacklogError ? kafka.drained : throwError(() => error)) }),
        )
      const requests = (kafka: Broker) => range(0, 4).pipe(mergeMap(() => patient(kafka)))
      const options = { maxInFlight: 1, maxQueuedBytes: 1500 }
      expectObservable(use({ Produce: Produce_ }, requests, options)).toBe('-----p----p----p----(p|)')
    })
  })

  it('`drained` emits at once where nothing waits, and ends with the connection', () => {
    marbles(({ expectObservable }) => {
      const at = (kafka: Broker) => kafka.drained.pipe(map(() => kafka.queuedBytes))
      expectObservable(use({}, at)).toBe('(z|)', { z: 0 })
      const transport = scriptedBroker({}, { write: '---|', incoming: '-----|' })
      const stuck = broker({ host, transport }).pipe(
        mergeMap(kafka =>
          merge(
            outcome(write(kafka)),
            defer(() => outcome(kafka.drained)),
          ),
        ),
        catchError(() => of('end')),
      )
      expectObservable(stuck).toBe('-----(pde|)', {
        p: 'ConnectionError unknown',
        d: 'ConnectionError undefined',
        e: 'end',
      })
    })
  })

  it('is told from what nothing will ever take', () => {
    marbles(({ expectObservable }) => {
      const requests = (kafka: Broker) =>
        write(kafka).pipe(catchError(error => of(error.message.replace(/of \d+ bytes/, 'of … bytes'))))
      expectObservable(use({}, requests, { maxQueuedBytes: 900 })).toBe('(m|)', {
        m: 'Produce of … bytes is longer than maxQueuedBytes (900)',
      })
    })
  })
})

describe('an answer that nobody waits for', () => {
  it('is told as long as it may hold back the rest', () => {
    marbles(({ expectObservable }) => {
      const fetch = { maxWaitMs: 40, minBytes: 1, maxBytes: 1, isolationLevel: 0, topics: [] }
      const empty = { throttleTimeMs: 0, errorCode: 0, sessionId: 0, responses: [] }
      const Fetch_: Answers[string] = asked => respond(asked, empty, 30)
      const requests = (kafka: Broker) =>
        merge(
          kafka.request(Fetch, fetch).pipe(
            takeUntil(timer(2)),
            map(() => -1),
          ),
          timer(1, 10).pipe(
            takeUntil(timer(32)),
            map(() => kafka.busyFor),
          ),
        )
      expectObservable(use({ Fetch: Fetch_ }, requests)).toBe('-a 9ms b 9ms c 9ms a|', { a: 0, b: 29, c: 19 })
    })
  })
})

const named = (count: number) => ({
  throttleTimeMs: 0,
  brokers: [],
  clusterId: String(count),
  controllerId: 1,
  topics: [],
  errorCode: 0,
})
