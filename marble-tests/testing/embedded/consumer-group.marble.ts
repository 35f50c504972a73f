import {
  concatMap,
  EMPTY,
  expand,
  filter,
  ignoreElements,
  map,
  merge,
  mergeMap,
  type Observable,
  take,
  timer,
} from 'rxjs'
import { it } from 'vitest'
import type { Broker } from '../../../src/index.js'
import {
  ConsumerGroupHeartbeat,
  type ConsumerGroupHeartbeatRequestInput,
  type ConsumerGroupHeartbeatResponse,
} from '../../../src/protocol/index.js'
import { marbles } from '../../marbles.js'
import { after, inCluster, link, nameOf } from './in-cluster.js'

const topics = { orders: 4 }
const config = { 'group.consumer.session.timeout.ms': 50 }

function beat(
  kafka: Broker,
  memberId: string,
  memberEpoch: number,
  rest: Partial<ConsumerGroupHeartbeatRequestInput> = {},
) {
  return kafka.request(ConsumerGroupHeartbeat, {
    groupId: 'billing',
    memberId,
    memberEpoch,
    instanceId: null,
    rackId: null,
    rebalanceTimeoutMs: -1,
    subscribedTopicNames: null,
    serverAssignor: null,
    topicPartitions: null,
    ...rest,
  })
}

const join = (kafka: Broker, memberId: string, rebalanceTimeoutMs = 1000) =>
  beat(kafka, memberId, 0, { rebalanceTimeoutMs, subscribedTopicNames: ['orders'], topicPartitions: [] })

const told = ({ errorCode, memberEpoch, assignment }: ConsumerGroupHeartbeatResponse) => {
  const partitions = assignment?.topicPartitions.flatMap(topic => topic.partitions)
  return `${nameOf(errorCode)} ${memberEpoch} ${partitions?.join('') ?? 'same'}`
}

/** Joins and is alive each 10 ms, owning what it was given last, so often; what it is told when that is news. */
function member(kafka: Broker, memberId: string, beats: number): Observable<string> {
  let owned: ConsumerGroupHeartbeatRequestInput['topicPartitions'] = []
  return join(kafka, memberId).pipe(
    expand(({ memberEpoch, assignment }, index) => {
      owned = assignment?.topicPartitions ?? owned
      if (index >= beats) return EMPTY
      return timer(10).pipe(mergeMap(() => beat(kafka, memberId, memberEpoch, { topicPartitions: owned })))
    }),
    map(told),
    filter(answer => !answer.endsWith('same')),
  )
}

it('what a member had is given to others when its session ends', () => {
  marbles(({ expectObservable }) => {
    const seen = inCluster({ topics, config }, cluster =>
      merge(
        // It owns what it is given, and is never heard of again.
        link(cluster, kafka => join(kafka, 'silent')).pipe(ignoreElements()),
        after(1, () => link(cluster, kafka => member(kafka, 'alive', 7))),
      ),
    )
    expectObservable(seen).toBe('-a 49ms b 19ms |', { a: 'NONE 2 ', b: 'NONE 3 0123' })
  })
})

it('a member that gives nothing up within its rebalance timeout is out', () => {
  marbles(({ expectObservable }) => {
    const longer = { 'group.consumer.session.timeout.ms': 1000 }
    const seen = inCluster({ topics, config: longer }, cluster =>
      merge(
        link(cluster, kafka =>
          join(kafka, 'slow', 25).pipe(
            concatMap(({ assignment }) => {
              const owned = { topicPartitions: assignment?.topicPartitions ?? [] }
              // Told at 12 to give two up, it goes on with all four.
              return merge(...[12, 30, 40].map(ms => after(ms, () => beat(kafka, 'slow', 1, owned).pipe(map(told)))))
            }),
          ),
        ),
        after(1, () => link(cluster, kafka => member(kafka, 'other', 5))),
      ),
    )
    const values = { a: 'NONE 2 ', s: 'NONE 1 23', t: 'NONE 1 same', u: 'UNKNOWN_MEMBER_ID 0 same', b: 'NONE 3 0123' }
    expectObservable(seen).toBe('-a 10ms s 17ms t 9ms ub 9ms |', values)
  })
})

it('a heartbeat begins the session anew', () => {
  marbles(({ expectObservable }) => {
    const seen = inCluster({ topics, config }, cluster =>
      link(cluster, kafka =>
        join(kafka, 'a').pipe(
          mergeMap(() => merge(...[49, 98, 148].map(ms => after(ms, () => beat(kafka, 'a', 1).pipe(map(told)))))),
          take(3),
        ),
      ),
    )
    const values = { a: 'NONE 1 same', u: 'UNKNOWN_MEMBER_ID 0 same', g: 'GROUP_ID_NOT_FOUND 0 same' }
    expectObservable(seen).toBe('49ms a 48ms a 49ms (u|)', values)
  })
})
