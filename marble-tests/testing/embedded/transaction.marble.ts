import { distinctUntilChanged, interval, map, merge, mergeMap, of, take } from 'rxjs'
import { it } from 'vitest'
import type { Broker } from '../../../src/index.js'
import { InitProducerId } from '../../../src/protocol/index.js'
import type { EmbeddedBroker } from '../../../src/testing/index.js'
import { marbles } from '../../marbles.js'
import { fetch, inCluster, link, produce } from './in-cluster.js'

const topics = { orders: 1 }

/** Begins a transaction that may take so long, and produces a record in it. */
function begin(kafka: Broker, transactionTimeoutMs: number) {
  const body = { transactionalId: 'mover', transactionTimeoutMs, producerId: -1n, producerEpoch: -1 }
  return kafka
    .request(InitProducerId, body)
    .pipe(
      mergeMap(({ producerId, producerEpoch }) =>
        produce(kafka, 'a', { producerId, producerEpoch, baseSequence: 0, isTransactional: true }, 'mover'),
      ),
    )
}

/** Looked at each ms: what happens in one is seen in the next. */
function states(cluster: EmbeddedBroker, ms: number) {
  return interval(1).pipe(
    take(ms),
    map(() => `${cluster.transactions[0]?.state} ${cluster.partitions[0]?.lastStableOffset}`),
    distinctUntilChanged(),
  )
}

it('a transaction that takes too long is aborted, to the millisecond', () => {
  marbles(({ expectObservable }) => {
    const seen = inCluster({ topics }, cluster =>
      merge(
        link(cluster, kafka => begin(kafka, 40)),
        states(cluster, 45),
      ),
    )
    expectObservable(seen).toBe('pa 39ms b---|', { p: 'at 0', a: 'Ongoing 0', b: 'CompleteAbort 2' })
  })
})

it('who reads committed records only waits until the transaction has ended', () => {
  marbles(({ expectObservable }) => {
    const seen = inCluster({ topics }, cluster =>
      link(cluster, kafka => begin(kafka, 40)).pipe(
        mergeMap(produced =>
          merge(
            of(produced),
            link(cluster, kafka => fetch(kafka, { isolationLevel: 0, maxWaitMs: 100 })),
            link(cluster, kafka => fetch(kafka, { isolationLevel: 1, maxWaitMs: 100 })),
          ),
        ),
      ),
    )
    expectObservable(seen).toBe('(pa) 36ms (b|)', { p: 'at 0', a: '[a]', b: '[a] aborted' })
  })
})
