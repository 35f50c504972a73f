import { EMPTY, ignoreElements, merge, mergeMap, Observable, timer } from 'rxjs'
import { describe, it } from 'vitest'
import { Cluster } from '../../src/cluster/cluster.js'
import { kafkaSettings } from '../../src/cluster/kafka-options.js'
import { range } from '../../src/group/assignors/range.js'
import { classicMembership } from '../../src/group/classic/classic-membership.js'
import { type EmbeddedBroker, type EmbeddedBrokerOptions, embeddedBroker } from '../../src/testing/index.js'
import { marbles } from '../marbles.js'

const config = { 'group.initial.rebalance.delay.ms': 0, 'group.min.session.timeout.ms': 1 }

/** How long a member stays, and how long it takes to give something up, in ms. */
interface Stay {
  readonly until: number
  readonly revoking?: number
}

/** A member of a group: emits how many partitions it has whenever that changes, and completes when it has left. */
function member(broker: EmbeddedBroker, { until, revoking = 0 }: Stay): Observable<number> {
  return new Observable(subscriber => {
    const { bootstrap, transport } = broker
    const cluster = new Cluster(kafkaSettings({ bootstrap, transport, random: size => Buffer.alloc(size) }))
    const times = { rebalanceTimeout: 1000, sessionTimeout: 100, heartbeatInterval: 10 }
    const had = (count: number) => subscriber.next(count)
    const membership = classicMembership(
      { cluster, group: 'g', topics: ['t'], member: 'm', assignors: [range], ...times },
      {
        assigned: partitions => {
          had(partitions.length)
          return EMPTY
        },
        revoked: () => {
          had(0)
          return revoking > 0 ? timer(revoking) : EMPTY
        },
        lost: () => EMPTY,
        beforeRejoin: () => EMPTY,
        inTouch: () => {},
      },
    )
    subscriber.add(membership.life.subscribe(subscriber))
    subscriber.add(
      timer(until)
        .pipe(mergeMap(() => membership.leave()))
        .subscribe(),
    )
  })
}

const inBroker = (use: (broker: EmbeddedBroker) => Observable<number>, options: EmbeddedBrokerOptions = {}) =>
  embeddedBroker({ listen: false, topics: { t: 4 }, config, ...options }, use)

const counts = { o: 0, h: 2, a: 4 }

describe('a member of a classic group', () => {
  it('shares with a second one from the next heartbeat on, until that leaves', () => {
    marbles(({ expectObservable }) => {
      const first = (broker: EmbeddedBroker) =>
        merge(
          member(broker, { until: 40 }),
          timer(5).pipe(mergeMap(() => member(broker, { until: 20 }).pipe(ignoreElements()))),
        )
      // The second is there from 5 to 25; at 10 and 30 the first hears of it.
      expectObservable(inBroker(first)).toBe('a 9ms (oh) 16ms (oa) 6ms |', counts)
    })
  })

  it('heartbeats while giving up takes longer than its session', () => {
    marbles(({ expectObservable }) => {
      const slow = (broker: EmbeddedBroker) =>
        merge(
          member(broker, { until: 300, revoking: 150 }),
          timer(5).pipe(mergeMap(() => member(broker, { until: 200 }).pipe(ignoreElements()))),
        )
      expectObservable(inBroker(slow)).toBe('a 9ms o 149ms h 49ms o 89ms |', counts)
    })
  })

  it('leaves while it waits for the others to join', () => {
    marbles(({ expectObservable }) => {
      const waiting = (broker: EmbeddedBroker) =>
        merge(
          member(broker, { until: 300, revoking: 150 }).pipe(ignoreElements()),
          timer(5).pipe(mergeMap(() => member(broker, { until: 20 }))),
        )
      expectObservable(inBroker(waiting)).toBe('300ms |', counts)
    })
  })

  it('asks again with backoff, and the coordinator anew that has moved', () => {
    marbles(({ expectObservable }) => {
      const refused = (broker: EmbeddedBroker) => {
        broker.fault({ api: 'JoinGroup', error: 'COORDINATOR_NOT_AVAILABLE', times: 2 })
        return merge(
          member(broker, { until: 500 }),
          timer(350).pipe(
            mergeMap(() => {
              broker.moveCoordinator('group', 'g', 2)
              return EMPTY
            }),
          ),
        )
      }
      // After 100 ms, and after 200 more.
      expectObservable(inBroker(refused, { brokers: 2 })).toBe('300ms a 199ms |', counts)
    })
  })
})
