import { catchError, concatMap, ignoreElements, merge, mergeMap, NEVER, of, range, takeUntil, timer } from 'rxjs'
import { describe, it } from 'vitest'
import { type EmbeddedBroker, embeddedBroker } from '../../src/testing/index.js'
import { marbles } from '../marbles.js'
import { askLeaderOf, clientOf, requestsOf } from './client.js'

/** Metadata is answered 10 ms after it came. */
const slow = ({ fault }: EmbeddedBroker) => fault({ api: 'Metadata', late: 10, times: Number.POSITIVE_INFINITY })

describe('metadata', () => {
  it('is asked for once by all who come at once', () => {
    marbles(({ expectObservable }) => {
      const seen = embeddedBroker({ listen: false, topics: { a: 1 } }, cluster => {
        const asked = requestsOf(cluster, 'Metadata', 'm')
        const kafka = clientOf(cluster)
        slow(cluster)
        return merge(asked, range(0, 3).pipe(mergeMap(() => askLeaderOf(kafka, 'a'))))
      })
      expectObservable(seen, '^ 1s !').toBe('m---------(aaa)')
    })
  })

  it('is asked for again behind the question under way, by who wants something else', () => {
    marbles(({ expectObservable }) => {
      const seen = embeddedBroker({ listen: false, topics: { a: 1, b: 1 } }, cluster => {
        const asked = requestsOf(cluster, 'Metadata', 'm')
        const kafka = clientOf(cluster)
        slow(cluster)
        const later = timer(3, 1).pipe(
          takeUntil(timer(6)),
          mergeMap(() => askLeaderOf(kafka, 'b')),
        )
        return merge(asked, askLeaderOf(kafka, 'a'), later)
      })
      expectObservable(seen, '^ 1s !').toBe('m---------(am)------(bbb)')
    })
  })

  it('comes to those who stay, when others have left', () => {
    marbles(({ expectObservable }) => {
      const seen = embeddedBroker({ listen: false, topics: { a: 1 } }, cluster => {
        const asked = requestsOf(cluster, 'Metadata', 'm')
        const kafka = clientOf(cluster)
        slow(cluster)
        return merge(asked, askLeaderOf(kafka, 'a').pipe(takeUntil(timer(5))), askLeaderOf(kafka, 'a'))
      })
      expectObservable(seen, '^ 1s !').toBe('m---------a')
    })
  })

  it('is not asked for any more when all have left before a connection was open', () => {
    marbles(({ expectObservable }) => {
      const seen = embeddedBroker({ listen: false, topics: { a: 1 } }, cluster => {
        const asked = requestsOf(cluster, 'Metadata', 'm')
        const kafka = clientOf(cluster, {
          transport: endpoint => timer(50).pipe(mergeMap(() => cluster.transport(endpoint))),
        })
        return merge(asked, askLeaderOf(kafka, 'a').pipe(takeUntil(timer(20))))
      })
      expectObservable(seen, '^ 1s !').toBe('')
    })
  })
})

describe('a topic that is not there', () => {
  const missing = (leavingAt?: number) =>
    embeddedBroker({ listen: false }, cluster => {
      const asked = requestsOf(cluster, 'Metadata', 'm')
      const kafka = clientOf(cluster)
      const end = askLeaderOf(kafka, 'a').pipe(catchError(({ outcome }) => of(outcome)))
      return merge(asked, end.pipe(takeUntil(leavingAt === undefined ? NEVER : timer(leavingAt))))
    })

  it('is asked for again for 10 s, then an error, unsent', () => {
    marbles(({ expectObservable }) => {
      // With the backoff of other failures: 100, 200, 400, 800 ms, then each second.
      const asked = `m 99ms m 199ms m 399ms m 799ms m${' 999ms m'.repeat(8)} 999ms (mu)`
      expectObservable(missing(), '^ 20s !').toBe(asked, { m: 'm', u: 'unsent' })
    })
  })

  it('is not asked for any more when nobody wants it', () => {
    marbles(({ expectObservable }) => {
      expectObservable(missing(250), '^ 20s !').toBe('m 99ms m')
    })
  })

  it('is found when it is made meanwhile', () => {
    marbles(({ expectObservable }) => {
      const seen = embeddedBroker({ listen: false }, cluster => {
        const kafka = clientOf(cluster)
        const another = clientOf(cluster)
        const made = timer(150).pipe(
          concatMap(() => another.createTopics({ name: 'a' })),
          ignoreElements(),
        )
        return merge(askLeaderOf(kafka, 'a'), made)
      })
      expectObservable(seen, '^ 1s !').toBe('300ms (a|)')
    })
  })
})
