import { catchError, count, groupBy, map, merge, mergeMap, NEVER, of, range, timer } from 'rxjs'
import { describe, it } from 'vitest'
import { type Broker, broker } from '../../src/index.js'
import { Fetch, JoinGroup, Metadata } from '../../src/protocol/index.js'
import { marbles } from '../marbles.js'
import { ask, host, outcome, use } from './ask.js'
import {
  type Answers,
  cluster,
  frame,
  lettersEvery,
  respond,
  responseFrame,
  scriptedBroker,
} from './scripted-broker.js'

describe('a broker that answers every 5 ms is not taken for dead', () => {
  it('by 400 requests that wait in line for longer than they have: late ones fail alone, overdue ones are not sent', () => {
    marbles(({ expectObservable }) => {
      const many = (kafka: Broker) =>
        merge(
          range(0, 400).pipe(
            mergeMap(() => outcome(ask(kafka, { timeout: 500 }))),
            map(it => (it === 'RequestTimeoutError unsent' || it === 'RequestTimeoutError unknown' ? it : 'answered')),
            groupBy(it => it),
            mergeMap(group =>
              group.pipe(
                count(),
                map(n => `${n} ${group.key}`),
              ),
            ),
          ),
          timer(600).pipe(mergeMap(() => ask(kafka, { timeout: 500 }).pipe(map(() => 'and lives')))),
        )
      expectObservable(use({ Metadata: lettersEvery(5) }, many, { maxInFlight: 5 })).toBe('500ms (abc) 100ms (l|)', {
        a: '99 answered',
        b: '296 RequestTimeoutError unsent',
        c: '5 RequestTimeoutError unknown',
        l: 'and lives',
      })
    })
  })

  it('by a request that was held back by throttling until nearly its deadline', () => {
    marbles(({ expectObservable }) => {
      const delays = [1, 60, 5]
      const Metadata: Answers[string] = asked =>
        respond(asked, cluster('a', delays.length === 3 ? { throttleTimeMs: 450 } : {}), delays.shift())
      const requests = (kafka: Broker) =>
        merge(
          ask(kafka, { timeout: 500 }),
          timer(2).pipe(mergeMap(() => outcome(ask(kafka, { timeout: 500 })))),
          timer(700).pipe(mergeMap(() => ask(kafka, { timeout: 500 }))),
        )
      // Sent at 451, and answered at 511: 10 ms late.
      expectObservable(use({ Metadata }, requests)).toBe('-a 500ms t 202ms (a|)', {
        a: 'a',
        t: 'RequestTimeoutError unknown',
      })
    })
  })
})

describe('what a broker may take by design', () => {
  const empty = { throttleTimeMs: 0, errorCode: 0, sessionId: 0, responses: [] }
  const fetch = (kafka: Broker, maxWaitMs: number, timeout?: number) =>
    kafka
      .request(Fetch, { maxWaitMs, minBytes: 1, maxBytes: 1, isolationLevel: 0, topics: [] }, { timeout })
      .pipe(map(() => 'fetched'))

  it('comes on top of requestTimeout: a Fetch that waits for longer than that is answered', () => {
    marbles(({ expectObservable }) => {
      const Fetch: Answers[string] = asked => respond(asked, empty, 40_000)
      expectObservable(use({ Fetch }, kafka => fetch(kafka, 40_000))).toBe('40s (f|)', { f: 'fetched' })
    })
  })

  it('nor does a rebalance that takes its time make the connection look dead to who is behind it', () => {
    marbles(({ expectObservable }) => {
      const joined = {
        throttleTimeMs: 0,
        errorCode: 0,
        generationId: 1,
        protocolName: '',
        leader: '',
        memberId: '',
        members: [],
      }
      const answers: Answers = {
        JoinGroup: asked => respond(asked, joined, 200_000),
        Metadata: asked => respond(asked, cluster('a'), 200_000),
      }
      const join = {
        groupId: 'g',
        sessionTimeoutMs: 45_000,
        rebalanceTimeoutMs: 300_000,
        memberId: '',
        protocolType: 'consumer',
        protocols: [],
      }
      const requests = (kafka: Broker) =>
        merge(kafka.request(JoinGroup, join).pipe(map(() => 'joined')), outcome(ask(kafka)))
      expectObservable(use(answers, requests)).toBe('30s t 169999ms (j|)', {
        t: 'RequestTimeoutError unknown',
        j: 'joined',
      })
    })
  })

  it('does not change a deadline that was named, and the connection is given that time on top', () => {
    marbles(({ expectObservable }) => {
      const requests = broker({ host, transport: scriptedBroker({}) }).pipe(
        mergeMap(kafka => outcome(fetch(kafka, 40, 50))),
        catchError(error => of(error.message)),
      )
      expectObservable(requests).toBe('50ms a 39ms (d|)', {
        a: 'RequestTimeoutError unknown',
        d: 'broker:9092: nothing was read for 90 ms while Fetch was owed its answer: the connection is taken for dead',
      })
    })
  })

  it('is part of a silence that was named', () => {
    marbles(({ expectObservable }) => {
      const body = { maxWaitMs: 40, minBytes: 1, maxBytes: 1, isolationLevel: 0, topics: [] }
      const requests = broker({ host, transport: scriptedBroker({}) }).pipe(
        mergeMap(kafka => kafka.request(Fetch, body, { timeout: Number.POSITIVE_INFINITY, silence: 50 })),
        catchError(error => of(error.message)),
      )
      expectObservable(requests).toBe('50ms (d|)', {
        d: 'Fetch was not answered: broker:9092: nothing was read for 50 ms while Fetch was owed its answer: the connection is taken for dead',
      })
    })
  })
})

describe('a large answer on a slow line', () => {
  it('is no failure while something comes, however long it takes', () => {
    marbles(({ expectObservable }) => {
      const slowly: Answers[string] = asked => {
        const bytes = responseFrame(asked, cluster('a'.repeat(100)))
        return range(0, bytes.length).pipe(mergeMap(at => timer(at * 9).pipe(map(() => bytes.subarray(at, at + 1)))))
      }
      const requests = (kafka: Broker) =>
        kafka
          .request(Metadata, { topics: [] }, { timeout: Number.POSITIVE_INFINITY })
          .pipe(map(({ clusterId }) => clusterId?.length))
      const length = responseFrame(asked, cluster('a'.repeat(100))).length
      expectObservable(use({ Metadata: slowly }, requests, { requestTimeout: 10 })).toBe(`${(length - 1) * 9}ms (n|)`, {
        n: 100,
      })
    })
  })

  it('is one when it stops in the middle, for as long as a request may take', () => {
    marbles(({ expectObservable }) => {
      const stuck: Answers[string] = asked => merge(of(responseFrame(asked, cluster('a')).subarray(0, 7)), NEVER)
      const requests = broker({ host, transport: scriptedBroker({ Metadata: stuck }), requestTimeout: 10 }).pipe(
        mergeMap(kafka => outcome(ask(kafka))),
        catchError(error => of(error.name)),
      )
      expectObservable(requests).toBe('10ms (tb|)', { t: 'RequestTimeoutError unknown', b: 'RequestTimeoutError' })
    })
  })

  it("is waited for before bytes that nobody asked for are anybody's affair", () => {
    marbles(({ expectObservable }) => {
      const transport = scriptedBroker(
        {},
        { incoming: '-x-y', bytes: { x: Buffer.from([0, 0]), y: frame(Buffer.alloc(8)).subarray(2) } },
      )
      const opened = broker({ host, transport }).pipe(
        mergeMap(() => []),
        catchError(error => of(error.name)),
      )
      expectObservable(opened).toBe('---(p|)', { p: 'ProtocolError' })
    })
  })
})

const asked = { api: 'Metadata', version: 13, correlationId: 1, clientId: null, body: {} }
