import {
  concat,
  defer,
  EMPTY,
  ignoreElements,
  map,
  merge,
  mergeMap,
  type Observable,
  type ObservableInput,
  of,
  takeUntil,
  timer,
  toArray,
} from 'rxjs'
import { it } from 'vitest'
import { type Broker, broker } from '../../../src/index.js'
import {
  CreateTopics,
  DeleteTopics,
  DescribeCluster,
  Fetch,
  FindCoordinator,
  Metadata,
  Produce,
  RecordBatchWriter,
} from '../../../src/protocol/index.js'
import { type EmbeddedBroker, type EmbeddedBrokerOptions, embeddedBroker } from '../../../src/testing/index.js'
import { marbles } from '../../marbles.js'
import { heartbeat, inCluster, join, link, linkTo, nameOf } from './in-cluster.js'

/** What is seen of a cluster, step by step, and when it is over. */
function expectSteps(
  options: EmbeddedBrokerOptions,
  steps: (kafka: Broker, cluster: EmbeddedBroker) => readonly ObservableInput<string>[],
  marble: string,
  expected: readonly string[],
): void {
  marbles(({ expectObservable }) => {
    const seen = inCluster(options, cluster => link(cluster, kafka => concat(...steps(kafka, cluster))))
    expectObservable(seen.pipe(toArray())).toBe(marble, { x: expected })
  })
}

/** What metadata has of a topic: its error, and of each partition the error, leader, epoch, and who is in sync. */
function topic(kafka: Broker, name = 'orders', allowAutoTopicCreation = false): Observable<string> {
  return kafka.request(Metadata, { topics: [{ name }], allowAutoTopicCreation }).pipe(
    map(({ topics: [found] }) => {
      const partitions = (found?.partitions ?? []).map(
        ({ errorCode, leaderId, leaderEpoch, isrNodes }) =>
          `${nameOf(errorCode)} ${leaderId} ${leaderEpoch} ${isrNodes.join('+')}`,
      )
      return [nameOf(found?.errorCode), ...partitions].join(', ')
    }),
  )
}

/** Produces one record to partition 0 of `orders`, by its name or an id; emits its offset, or the error. */
function append(kafka: Broker, { topicId, acks = -1 }: { topicId?: string; acks?: number } = {}): Observable<string> {
  return appended(kafka, topicId, acks).pipe(
    mergeMap(({ responses }) => responses[0]?.partitionResponses ?? []),
    map(({ errorCode, baseOffset }) => (errorCode === 0 ? `at ${baseOffset}` : nameOf(errorCode))),
  )
}

function appended(kafka: Broker, topicId?: string, acks = -1) {
  const writer = new RecordBatchWriter()
  writer.append({ value: Buffer.from('a'), timestamp: 0n })
  const partitionData = [{ index: 0, records: writer.close() }]
  const topicData = [topicId === undefined ? { name: 'orders', partitionData } : { topicId, partitionData }]
  const body = { transactionalId: null, acks, timeoutMs: 1000, topicData }
  return kafka.request(Produce, body, { version: topicId === undefined ? 12 : 13 })
}

/** Does something, and emits nothing. */
function act(run: () => void): Observable<never> {
  return defer(() => {
    run()
    return EMPTY
  })
}

function pause(ms: number): Observable<never> {
  return timer(ms).pipe(ignoreElements())
}

it('a new topic has no leaders until the cluster has settled', () => {
  expectSteps(
    { brokers: 2, settling: 20, topics: { known: 1 } },
    kafka => [
      topic(kafka, 'known'),
      topic(kafka, 'orders', true),
      append(kafka),
      pause(19),
      topic(kafka),
      pause(1),
      topic(kafka),
      append(kafka),
    ],
    '20ms (x|)',
    [
      'NONE, NONE 1 0 1+2',
      'NONE, LEADER_NOT_AVAILABLE -1 -1 1+2',
      'NOT_LEADER_OR_FOLLOWER',
      'NONE, LEADER_NOT_AVAILABLE -1 -1 1+2',
      'NONE, NONE 1 0 1+2',
      'at 0',
    ],
  )
})

it('a coordinator is not there until the cluster has settled, and loads when it has moved', () => {
  const find = (kafka: Broker) =>
    kafka
      .request(FindCoordinator, { keyType: 0, coordinatorKeys: ['billing'] })
      .pipe(map(({ coordinators: [found] }) => `${nameOf(found?.errorCode)} ${found?.nodeId}`))
  const beat = (kafka: Broker) => heartbeat(kafka, { memberId: 'a', generationId: 1 })
  const joined = (kafka: Broker) => join(kafka).pipe(map(({ errorCode }) => nameOf(errorCode)))
  marbles(({ expectObservable }) => {
    const seen = inCluster({ brokers: 2, settling: 20, config: { 'group.min.session.timeout.ms': 100 } }, cluster =>
      link(cluster, one =>
        link(
          cluster,
          other =>
            concat(
              find(one),
              pause(20),
              act(() => cluster.moveCoordinator('group', 'billing', 1)),
              pause(20),
              find(one),
              beat(one),
              joined(other),
              act(() => cluster.moveCoordinator('group', 'billing', 2)),
              find(one),
              joined(one),
              // It cannot know better yet.
              beat(other),
              joined(other),
              pause(20),
              joined(other),
              beat(other),
            ),
          2,
        ),
      ),
    )
    expectObservable(seen.pipe(toArray())).toBe('60ms (x|)', {
      x: [
        'COORDINATOR_NOT_AVAILABLE -1',
        'NONE 1',
        'UNKNOWN_MEMBER_ID',
        'NOT_COORDINATOR',
        'NONE 2',
        'NOT_COORDINATOR',
        'NONE',
        'COORDINATOR_LOAD_IN_PROGRESS',
        'NONE',
        'UNKNOWN_MEMBER_ID',
      ],
    })
  })
})

it('replicas whose brokers are down are not in sync: too few of them refuse acks=all, and only that', () => {
  expectSteps(
    { brokers: 3, topics: { orders: 1 }, config: { 'min.insync.replicas': 2 } },
    (kafka, cluster) => [
      topic(kafka),
      act(() => cluster.stop(2)),
      topic(kafka),
      append(kafka),
      act(() => cluster.stop(3)),
      topic(kafka),
      append(kafka),
      append(kafka, { acks: 1 }),
      act(() => cluster.fault({ api: 'Produce', errorAfter: 'NOT_ENOUGH_REPLICAS_AFTER_APPEND' })),
      append(kafka, { acks: 1 }),
      act(() => cluster.start(3)),
      append(kafka),
    ],
    '(x|)',
    [
      'NONE, NONE 1 0 1+2+3',
      'NONE, NONE 1 0 1+3',
      'at 0',
      'NONE, NONE 1 0 1',
      'NOT_ENOUGH_REPLICAS',
      'at 1',
      'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
      'at 3',
    ],
  )
})

it('a partition whose replicas are all down has no leader', () => {
  expectSteps(
    { brokers: 2, topics: { orders: { replicationFactor: 1 } } },
    (kafka, cluster) => [
      act(() => cluster.moveLeader('orders', 0, 2)),
      topic(kafka),
      act(() => cluster.stop(2)),
      topic(kafka),
      append(kafka),
      act(() => cluster.start(2)),
      topic(kafka),
    ],
    '(x|)',
    ['NONE, NONE 2 1 2', 'NONE, LEADER_NOT_AVAILABLE -1 2 2', 'NOT_LEADER_OR_FOLLOWER', 'NONE, NONE 2 3 2'],
  )
})

it('who asks the wrong broker is told the leader and where it is (KIP-951)', () => {
  marbles(({ expectObservable }) => {
    const seen = inCluster({ brokers: 2, racks: ['a', 'b'], topics: { orders: { replicationFactor: 1 } } }, cluster =>
      link(cluster, kafka =>
        concat(
          act(() => cluster.moveLeader('orders', 0, 2)),
          appended(kafka),
          fetched(kafka, cluster),
        ).pipe(map(({ responses: [first], nodeEndpoints }) => [leaderIn(first), nodeEndpoints])),
      ),
    )
    const host = '127.0.0.1'
    const told = [{ leaderId: 2, leaderEpoch: 1 }, [{ nodeId: 2, host, port: 9093, rack: 'b' }]]
    expectObservable(seen).toBe('(xx|)', { x: told })
  })
})

function leaderIn(first: object | undefined): unknown {
  const [partition] = Object.values(first ?? {}).find(Array.isArray) ?? []
  return partition?.currentLeader
}

function fetched(kafka: Broker, cluster: EmbeddedBroker, rackId = '') {
  const topicId = cluster.partitions[0]?.topicId ?? ''
  const partitions = [{ partition: 0, fetchOffset: 0n, currentLeaderEpoch: -1, partitionMaxBytes: 10_000 }]
  const body = { maxWaitMs: 50, minBytes: 1, maxBytes: 10_000, isolationLevel: 0, rackId }
  return kafka.request(Fetch, { ...body, topics: [{ topicId, partitions }] })
}

it('brokers are in racks, in turn', () => {
  marbles(({ expectObservable }) => {
    const seen = inCluster({ brokers: 3, racks: ['a', 'b'] }, cluster =>
      link(cluster, kafka =>
        merge(
          kafka.request(Metadata, { topics: [] }).pipe(map(({ brokers }) => brokers.map(({ rack }) => rack))),
          kafka
            .request(DescribeCluster, { includeClusterAuthorizedOperations: false })
            .pipe(map(({ brokers }) => brokers.map(({ rack }) => rack))),
        ),
      ),
    )
    expectObservable(seen).toBe('(xx|)', { x: ['a', 'b', 'a'] })
  })
})

it('a consumer is sent to the replica in its rack, at once, as long as that is in sync (KIP-392)', () => {
  marbles(({ expectObservable }) => {
    const told = (kafka: Broker, cluster: EmbeddedBroker, rackId?: string) =>
      fetched(kafka, cluster, rackId).pipe(
        map(({ responses }) => {
          const [found] = responses[0]?.partitions ?? []
          return `${found?.preferredReadReplica} ${found?.records?.length} ${found?.highWatermark}`
        }),
      )
    const seen = inCluster({ brokers: 3, racks: ['a', 'b', 'c'], topics: { orders: 1 } }, cluster =>
      link(cluster, leader =>
        link(
          cluster,
          follower =>
            concat(
              append(leader).pipe(ignoreElements()),
              told(leader, cluster, 'b'),
              told(follower, cluster, 'b'),
              told(leader, cluster, 'a'),
              told(leader, cluster, 'd'),
              told(leader, cluster),
              act(() => cluster.stop(3)),
              told(leader, cluster, 'c'),
            ),
          2,
        ),
      ),
    )
    const here = '-1 69 1'
    expectObservable(seen.pipe(toArray())).toBe('(x|)', { x: ['2 0 1', here, here, here, here, here] })
  })
})

it('a topic that is made anew has another id: by the old one it is unknown, by its name it is the new one', () => {
  marbles(({ expectObservable }) => {
    const seen = inCluster({ topics: { orders: 1 } }, cluster =>
      link(cluster, kafka => {
        const topicId = cluster.partitions[0]?.topicId ?? ''
        const anew = { name: 'orders', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }
        return concat(
          append(kafka, { topicId }),
          kafka.request(DeleteTopics, { topics: [{ name: null, topicId }], timeoutMs: 1 }).pipe(ignoreElements()),
          append(kafka, { topicId }),
          append(kafka),
          kafka.request(CreateTopics, { topics: [anew], timeoutMs: 1, validateOnly: false }).pipe(ignoreElements()),
          append(kafka, { topicId }),
          append(kafka),
        )
      }),
    )
    const unknown = ['UNKNOWN_TOPIC_ID', 'UNKNOWN_TOPIC_OR_PARTITION', 'UNKNOWN_TOPIC_ID']
    expectObservable(seen.pipe(toArray())).toBe('(x|)', { x: ['at 0', ...unknown, 'at 0'] })
  })
})

it('another cluster can be found behind an address: what was known there is not', () => {
  marbles(({ expectObservable }) => {
    const start = (seed: number) => embeddedBroker({ listen: false, seed, topics: { orders: 1 } })
    const clusterId = (cluster: EmbeddedBroker) =>
      broker(linkTo(cluster), kafka =>
        kafka.request(DescribeCluster, { includeClusterAuthorizedOperations: false }),
      ).pipe(map(found => `${found.clusterId === cluster.clusterId} ${found.clusterId.length}`))
    const ids: string[] = []
    const seen = concat(
      start(1).pipe(
        mergeMap(cluster => {
          ids.push(cluster.clusterId)
          return clusterId(cluster)
        }),
        takeUntil(timer(5)),
      ),
      start(2).pipe(
        mergeMap(cluster => {
          ids.push(cluster.clusterId)
          return concat(clusterId(cluster), of(`${ids[0] === ids[1]}`))
        }),
        takeUntil(timer(5)),
      ),
    )
    expectObservable(seen).toBe('a----(ab)-|', { a: 'true 22', b: 'false' })
  })
})

it('a client can be told to bootstrap again (KIP-1102)', () => {
  marbles(({ expectObservable }) => {
    const seen = inCluster({ topics: { orders: 1 } }, cluster =>
      link(cluster, kafka => {
        cluster.fault({ api: 'Metadata', error: 'REBOOTSTRAP_REQUIRED' })
        const ask = kafka
          .request(Metadata, { topics: null })
          .pipe(map(({ errorCode, topics }) => `${nameOf(errorCode)} ${topics.length}`))
        return concat(ask, ask)
      }),
    )
    expectObservable(seen).toBe('(ab|)', { a: 'REBOOTSTRAP_REQUIRED 0', b: 'NONE 1' })
  })
})
