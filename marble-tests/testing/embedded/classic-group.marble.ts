import {
  concatMap,
  distinctUntilChanged,
  ignoreElements,
  interval,
  map,
  merge,
  mergeMap,
  type Observable,
  take,
} from 'rxjs'
import { it } from 'vitest'
import type { Broker } from '../../../src/index.js'
import { type JoinGroupResponse, SyncGroup } from '../../../src/protocol/index.js'
import type { EmbeddedBroker } from '../../../src/testing/index.js'
import { marbles } from '../../marbles.js'
import { after, heartbeat, inCluster, join, link, nameOf } from './in-cluster.js'

const config = { 'group.min.session.timeout.ms': 1 }

/** The state and size of the group, looked at each ms: what happens in one is seen in the next. */
function states(cluster: EmbeddedBroker, ms: number): Observable<string> {
  return interval(1).pipe(
    take(ms),
    map(() => `${cluster.groups[0]?.state} ${cluster.groups[0]?.members.length}`),
    distinctUntilChanged(),
  )
}

const told = ({ errorCode, members }: JoinGroupResponse) => `${nameOf(errorCode)} ${members.length}`

function sync(kafka: Broker, { memberId, generationId }: JoinGroupResponse) {
  const body = { groupId: 'billing', memberId, generationId, assignments: [{ memberId, assignment: Buffer.of(1) }] }
  return kafka.request(SyncGroup, body, { version: 3 })
}

it('a member that is silent for its session timeout is out, to the millisecond', () => {
  marbles(({ expectObservable }) => {
    const seen = inCluster({ config }, cluster =>
      merge(
        link(cluster, kafka => join(kafka, '', { session: 50 }).pipe(mergeMap(joined => sync(kafka, joined)))).pipe(
          ignoreElements(),
        ),
        states(cluster, 60),
      ),
    )
    expectObservable(seen).toBe('-a 49ms b 8ms |', { a: 'Stable 1', b: 'Empty 0' })
  })
})

it('a heartbeat begins the session anew', () => {
  marbles(({ expectObservable }) => {
    const seen = inCluster({ config }, cluster =>
      link(cluster, kafka =>
        join(kafka, '', { session: 50 }).pipe(
          mergeMap(joined => sync(kafka, joined).pipe(map(() => joined))),
          mergeMap(joined => merge(...[40, 80, 131].map(ms => after(ms, () => heartbeat(kafka, joined))))),
        ),
      ),
    )
    expectObservable(seen).toBe('40ms a 39ms a 50ms (b|)', { a: 'NONE', b: 'UNKNOWN_MEMBER_ID' })
  })
})

it('a member that does not join again within the rebalance timeout is left behind', () => {
  marbles(({ expectObservable }) => {
    const seen = inCluster({ config }, cluster =>
      merge(
        link(cluster, kafka =>
          join(kafka, '', { rebalance: 30 }).pipe(
            mergeMap(joined => sync(kafka, joined).pipe(map(() => joined))),
            mergeMap(joined => merge(...[9, 11, 39, 41].map(ms => after(ms, () => heartbeat(kafka, joined))))),
          ),
        ),
        after(10, () => link(cluster, kafka => join(kafka, '', { rebalance: 30 }).pipe(map(told)))),
      ),
    )
    const values = { n: 'NONE', r: 'REBALANCE_IN_PROGRESS', j: 'NONE 1', u: 'UNKNOWN_MEMBER_ID' }
    expectObservable(seen).toBe('9ms n-r 27ms rj(u|)', values)
  })
})

it('a rebalance ends as soon as all have joined again', () => {
  marbles(({ expectObservable }) => {
    const seen = inCluster({ config }, cluster =>
      merge(
        link(cluster, kafka =>
          join(kafka).pipe(
            concatMap(joined => sync(kafka, joined).pipe(map(() => joined))),
            concatMap(({ memberId }) => after(14, () => join(kafka, memberId).pipe(map(told)))),
          ),
        ),
        after(10, () => link(cluster, kafka => join(kafka).pipe(map(told)))),
      ),
    )
    expectObservable(seen).toBe('14ms (ab|)', { a: 'NONE 2', b: 'NONE 0' })
  })
})

it('members that do not ask for their assignment in time are out', () => {
  marbles(({ expectObservable }) => {
    const seen = inCluster({ config }, cluster =>
      merge(link(cluster, kafka => join(kafka, '', { rebalance: 25 })).pipe(ignoreElements()), states(cluster, 30)),
    )
    expectObservable(seen).toBe('-a 24ms b---|', { a: 'CompletingRebalance 1', b: 'Empty 0' })
  })
})

it('a group that was empty waits for more members, longer when some come', () => {
  marbles(({ expectObservable }) => {
    const delayed = { ...config, 'group.initial.rebalance.delay.ms': 30 }
    const alone = inCluster({ config: delayed }, cluster => link(cluster, kafka => join(kafka).pipe(map(told))))
    expectObservable(alone).toBe('30ms (a|)', { a: 'NONE 1' })
    const two = inCluster({ config: delayed }, cluster =>
      merge(
        link(cluster, kafka => join(kafka).pipe(map(told))),
        after(10, () => link(cluster, kafka => join(kafka).pipe(map(told)))),
      ),
    )
    expectObservable(two).toBe('60ms (ab|)', { a: 'NONE 2', b: 'NONE 0' })
    // No longer than the rebalance timeout.
    const short = inCluster({ config: delayed }, cluster =>
      merge(
        ...[0, 10, 40].map(ms =>
          after(ms, () => link(cluster, kafka => join(kafka, '', { rebalance: 45 }).pipe(map(told)))),
        ),
      ),
    )
    expectObservable(short).toBe('45ms (abb|)', { a: 'NONE 3', b: 'NONE 0' })
  })
})
