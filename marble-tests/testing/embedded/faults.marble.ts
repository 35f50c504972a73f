import {
  catchError,
  EMPTY,
  finalize,
  ignoreElements,
  map,
  merge,
  mergeMap,
  of,
  repeat,
  retry,
  take,
  takeUntil,
  timer,
} from 'rxjs'
import { it } from 'vitest'
import { type Broker, broker } from '../../../src/index.js'
import { Metadata } from '../../../src/protocol/index.js'
import type { EmbeddedBroker } from '../../../src/testing/index.js'
import { marbles } from '../../marbles.js'
import { after, fetch, inCluster, link, linkTo, produce } from './in-cluster.js'

const topics = { orders: 1 }
const metadata = (kafka: Broker, version = 12) =>
  kafka.request(Metadata, { topics: [] }, { version }).pipe(map(({ throttleTimeMs }) => `m${throttleTimeMs}`))

it('a delayed request is handled later, and what is behind it on its connection waits', () => {
  marbles(({ expectObservable }) => {
    const seen = inCluster({ topics }, cluster => {
      cluster.fault({ api: 'Produce', delay: 15 })
      return merge(
        link(cluster, kafka => merge(produce(kafka, 'a'), metadata(kafka))),
        link(cluster, kafka =>
          merge(
            metadata(kafka),
            fetch(kafka, { maxWaitMs: 0 }),
            after(14, () => fetch(kafka, { maxWaitMs: 0 })),
          ),
        ),
      )
    })
    expectObservable(seen).toBe('(me) 10ms e(pm|)', { m: 'm0', e: '[]', p: 'at 0' })
  })
})

it('a delayed request has its effect after its client has gone, but not if its broker has gone down', () => {
  marbles(({ expectObservable }) => {
    const produced = (end: (cluster: EmbeddedBroker) => void) =>
      inCluster({ topics }, cluster => {
        cluster.fault({ api: 'Produce', delay: 15 })
        const written = () => [`${cluster.partitions[0]?.highWatermark}`]
        return merge(
          link(cluster, kafka => produce(kafka, 'a')).pipe(
            takeUntil(timer(9)),
            catchError(() => EMPTY),
          ),
          after(5, () => EMPTY.pipe(finalize(() => end(cluster)))),
          after(14, written),
          after(16, written),
        )
      })
    expectObservable(produced(() => {})).toBe('14ms a-(b|)', { a: '0', b: '1' })
    expectObservable(produced(cluster => cluster.stop(1))).toBe('14ms a-(a|)', { a: '0' })
    expectObservable(produced(cluster => cluster.disconnect())).toBe('14ms a-(a|)', { a: '0' })
  })
})

it('an answer that is late has had its effect at once, and what is behind waits', () => {
  marbles(({ expectObservable }) => {
    const seen = inCluster({ topics }, cluster => {
      cluster.fault({ api: 'Produce', late: 15 })
      return merge(
        link(cluster, kafka => merge(produce(kafka, 'a'), metadata(kafka))),
        link(cluster, kafka => after(1, () => fetch(kafka, { maxWaitMs: 0 }))),
      )
    })
    expectObservable(seen).toBe('-e 13ms (pm|)', { e: '[a]', p: 'at 0', m: 'm0' })
  })
})

it('a broker may hang up late, after the effect', () => {
  marbles(({ expectObservable }) => {
    const seen = inCluster({ topics }, cluster => {
      cluster.fault({ api: 'Produce', late: 15, cut: 'after' })
      return merge(
        link(cluster, kafka => produce(kafka, 'a')).pipe(catchError(({ name, outcome }) => of(`${name} ${outcome}`))),
        link(cluster, kafka => after(1, () => fetch(kafka, { maxWaitMs: 0 }))),
      )
    })
    expectObservable(seen).toBe('-e 13ms (c|)', { e: '[a]', c: 'ConnectionError unknown' })
  })
})

it('delays of several faults add up', () => {
  marbles(({ expectObservable }) => {
    const seen = inCluster({ topics }, cluster => {
      cluster.fault({ api: 'Produce', delay: 15 })
      cluster.fault({ topic: 'orders', delay: 3 })
      return link(cluster, kafka => produce(kafka, 'a'))
    })
    expectObservable(seen).toBe('18ms (p|)', { p: 'at 0' })
  })
})

it('a request that times out while a fault holds it is answered late, and the connection lives', () => {
  marbles(({ expectObservable }) => {
    const seen = inCluster({ topics }, cluster => {
      cluster.fault({ api: 'Produce', delay: 30 })
      const options = { ...linkTo(cluster), requestTimeout: 50 }
      return broker(options, kafka =>
        merge(
          fetch(kafka, { maxWaitMs: 10 }),
          produce(kafka, 'a').pipe(catchError(error => of(`${error.name} ${error.outcome}`))),
          after(45, () => metadata(kafka)),
        ),
      )
    })
    // Behind the fetch, 10 ms, it is held for another 30.
    expectObservable(seen).toBe('10ms e 29ms p----(m|)', { e: '[]', p: 'at 0', m: 'm0' })
  })
})

it('a throttled client is silent for as long as it is asked to', () => {
  marbles(({ expectObservable }) => {
    const seen = inCluster({ topics }, cluster => {
      cluster.fault({ api: 'Metadata', throttle: 10 })
      return link(cluster, kafka => metadata(kafka).pipe(mergeMap(first => merge(of(first), metadata(kafka)))))
    })
    expectObservable(seen).toBe('a 9ms (b|)', { a: 'm10', b: 'm0' })
  })
})

it('a client that does not know that it should be silent is not read from', () => {
  marbles(({ expectObservable }) => {
    const seen = inCluster({ topics }, cluster => {
      cluster.fault({ api: 'Metadata', throttle: 10 })
      // Before version 6 the broker held the answer back itself, so the client does not wait.
      return link(cluster, kafka => metadata(kafka, 5).pipe(mergeMap(first => merge(of(first), produce(kafka, 'a')))))
    })
    expectObservable(seen).toBe('a 9ms (b|)', { a: 'm10', b: 'at 0' })
  })
})

it('a lost response leaves the request to its deadline', () => {
  marbles(({ expectObservable }) => {
    const seen = inCluster({ topics }, cluster => {
      cluster.fault({ api: 'Produce', lose: true })
      return broker({ ...linkTo(cluster), requestTimeout: 25 }, kafka => produce(kafka, 'a')).pipe(
        catchError(({ name, outcome }) => of(`${name} ${outcome} ${cluster.partitions[0]?.highWatermark}`)),
      )
    })
    // The broker itself may take the second that the request gives it.
    expectObservable(seen).toBe('1025ms (x|)', { x: 'RequestTimeoutError unknown 1' })
  })
})

it('a lost request has no effect, and is left to its deadline as well', () => {
  marbles(({ expectObservable }) => {
    const seen = inCluster({ topics }, cluster => {
      cluster.fault({ api: 'Produce', delay: Number.POSITIVE_INFINITY })
      return broker({ ...linkTo(cluster), requestTimeout: 25 }, kafka => produce(kafka, 'a')).pipe(
        catchError(({ name, outcome }) => of(`${name} ${outcome} ${cluster.partitions[0]?.highWatermark}`)),
      )
    })
    expectObservable(seen).toBe('1025ms (x|)', { x: 'RequestTimeoutError unknown 0' })
  })
})

it('a broker that goes down is found again when it is up', () => {
  marbles(({ expectObservable }) => {
    const seen = inCluster({ topics }, cluster =>
      merge(
        broker(linkTo(cluster)).pipe(
          mergeMap(kafka => produce(kafka, 'a')),
          retry({ delay: 5 }),
          repeat({ delay: 5 }),
          take(2),
        ),
        after(10, () => [cluster.stop(1)]).pipe(ignoreElements()),
        after(22, () => [cluster.start(1)]).pipe(ignoreElements()),
      ),
    )
    expectObservable(seen).toBe('a 24ms (b|)', { a: 'at 0', b: 'at 1' })
  })
})
