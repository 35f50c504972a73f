import { catchError, count, ignoreElements, merge, mergeMap, of, repeat } from 'rxjs'
import { it } from 'vitest'
import { marbles } from '../../marbles.js'
import { after, fetch, inCluster, link, produce } from './in-cluster.js'

const options = { brokers: 2, topics: { orders: 1 } }

it('a fetch is answered empty when it has waited as long as it may', () => {
  marbles(({ expectObservable }) => {
    const fetched = inCluster(options, cluster => link(cluster, kafka => fetch(kafka)))
    expectObservable(fetched).toBe('20ms (x|)', { x: '[]' })
  })
})

it('a fetch is answered at once when it does not want to wait, or there is something', () => {
  marbles(({ expectObservable }) => {
    const one = inCluster(options, cluster => link(cluster, kafka => fetch(kafka, { maxWaitMs: 0 })))
    expectObservable(one).toBe('(x|)', { x: '[]' })
    const other = inCluster(options, cluster => link(cluster, kafka => merge(produce(kafka, 'a'), fetch(kafka))))
    expectObservable(other).toBe('(px|)', { p: 'at 0', x: '[a]' })
  })
})

it('a fetch that waits is answered when bytes come', () => {
  marbles(({ expectObservable }) => {
    const fetched = inCluster(options, cluster =>
      merge(
        link(cluster, kafka => fetch(kafka)),
        link(cluster, kafka => after(7, () => produce(kafka, 'a'))),
      ),
    )
    expectObservable(fetched).toBe('-------(px|)', { p: 'at 0', x: '[a]' })
  })
})

it('a fetch that was answered early is not answered again when its time is up', () => {
  marbles(({ expectObservable }) => {
    const fetched = inCluster(options, cluster =>
      merge(
        link(cluster, kafka =>
          fetch(kafka).pipe(mergeMap(first => merge(of(first), fetch(kafka, { minBytes: 1000, maxWaitMs: 40 })))),
        ),
        link(cluster, kafka => after(7, () => produce(kafka, 'a'))),
      ),
    )
    expectObservable(fetched).toBe('-------(px) 36ms (x|)', { p: 'at 0', x: '[a]' })
  })
})

it('a fetch waits for as many bytes as it wants', () => {
  marbles(({ expectObservable }) => {
    const fetched = inCluster(options, cluster =>
      merge(
        link(cluster, kafka => fetch(kafka, { minBytes: 100 })),
        link(cluster, kafka =>
          merge(
            after(3, () => produce(kafka, 'a')),
            after(9, () => produce(kafka, 'b')),
          ),
        ),
      ),
    )
    expectObservable(fetched).toBe('---p-----(qx|)', { p: 'at 0', q: 'at 1', x: '[a b]' })
  })
})

it('what is asked behind a fetch on its connection waits for it, as with Kafka', () => {
  marbles(({ expectObservable }) => {
    const fetched = inCluster(options, cluster => link(cluster, kafka => merge(fetch(kafka), produce(kafka, 'a'))))
    expectObservable(fetched).toBe('20ms (xp|)', { p: 'at 0', x: '[]' })
  })
})

it('a fetch that waits is told at once that the leader has moved', () => {
  marbles(({ expectObservable }) => {
    const fetched = inCluster(options, cluster =>
      merge(
        link(cluster, kafka => fetch(kafka)),
        after(5, () => [cluster.moveLeader('orders', 0, 2)]).pipe(ignoreElements()),
      ),
    )
    expectObservable(fetched).toBe('-----(x|)', { x: 'FENCED_LEADER_EPOCH' })
  })
})

it('a fetch that waits ends with its connection', () => {
  marbles(({ expectObservable }) => {
    const fetched = inCluster(options, cluster =>
      merge(
        link(cluster, kafka => fetch(kafka)).pipe(catchError(({ name, outcome }) => of(`${name} ${outcome}`))),
        after(2, () => [cluster.disconnect({ connection: 1 })]).pipe(ignoreElements()),
      ),
    )
    expectObservable(fetched).toBe('--(x|)', { x: 'ConnectionError unknown' })
  })
})

it('any number of requests takes no time', () => {
  marbles(({ expectObservable }) => {
    const fetched = inCluster(options, cluster =>
      link(cluster, kafka => fetch(kafka, { maxWaitMs: 0 }).pipe(repeat(2000), count())),
    )
    expectObservable(fetched).toBe('(n|)', { n: 2000 })
  })
})
