import { catchError, concatMap, EMPTY, map, type Observable, retry, timer } from 'rxjs'
import type { Broker } from '../../broker/index.js'
import { Heartbeat } from '../../protocol/messages/heartbeat.js'
import { JoinGroup } from '../../protocol/messages/join-group.js'
import { LeaveGroup } from '../../protocol/messages/leave-group.js'
import { SyncGroup } from '../../protocol/messages/sync-group.js'
import type { Assignor } from '../assignors/index.js'
import { decodeAssignment, encodeSubscription } from '../consumer-protocol-bytes.js'
import type { MembershipOptions } from '../membership.js'
import type { AsMember, ClassicEffect, Joined, Synced } from './classic-events.js'

/** Options of a member of a classic group; times in ms. */
export interface ClassicMembershipOptions extends MembershipOptions {
  readonly sessionTimeout: number
  readonly heartbeatInterval: number
  /** At least one, the favourite first. */
  readonly assignors: readonly Assignor[]
}

type Join = Extract<ClassicEffect, { readonly type: 'join' }>
type Sync = Extract<ClassicEffect, { readonly type: 'sync' }>

const PROTOCOL_TYPE = 'consumer'
/** A rebalance may end so long after the time of its members, as Kafka's own clients allow for. */
const LAPSE = 5000
/** The version from which members leave by a list (KIP-345). */
const LISTED = 3
/** In a session so many heartbeats can fail one after another. */
const TRIES = 3
/** What the coordinator logs (KIP-800). */
const LEAVING = 'the consumer is closed'

/** What a member asks of its coordinator. */
export class ClassicRequests {
  readonly #options: ClassicMembershipOptions

  constructor(options: ClassicMembershipOptions) {
    this.#options = options
  }

  join({ memberId, topics, owned, generation, reason }: Join, lane: string): Observable<Joined> {
    const { cluster, group, instanceId = null, sessionTimeout, rebalanceTimeout, rack = null } = this.#options
    const body = {
      groupId: group,
      sessionTimeoutMs: sessionTimeout,
      rebalanceTimeoutMs: rebalanceTimeout,
      memberId,
      groupInstanceId: instanceId,
      protocolType: PROTOCOL_TYPE,
      protocols: this.#options.assignors.map(assignor => {
        const userData = assignor.userData(owned, generation)
        return { name: assignor.name, metadata: encodeSubscription({ topics, owned, generation, rack, userData }) }
      }),
      reason,
    }
    return cluster.request(JoinGroup, { body, to: this.#coordinator, timeout: this.#rebalance, lane })
  }

  sync({ memberId, generation, protocol, assignments }: Sync, lane: string): Observable<Synced> {
    const { cluster, group, instanceId = null } = this.#options
    const body = {
      groupId: group,
      generationId: generation,
      memberId,
      groupInstanceId: instanceId,
      protocolType: PROTOCOL_TYPE,
      protocolName: protocol,
      assignments,
    }
    return cluster.request(SyncGroup, { body, to: this.#coordinator, timeout: this.#rebalance, lane }).pipe(
      map(({ errorCode, protocolType, protocolName, assignment }) => {
        const { partitions } = errorCode === 0 ? decodeAssignment(assignment) : { partitions: [] }
        return { errorCode, protocolType, protocolName, partitions }
      }),
    )
  }

  /** Emits the error code. */
  heartbeat({ memberId, generation }: AsMember): Observable<number> {
    const { cluster, group, instanceId = null, sessionTimeout } = this.#options
    const body = { groupId: group, generationId: generation, memberId, groupInstanceId: instanceId }
    const timeout = Math.min(cluster.settings.requestTimeout, sessionTimeout / TRIES)
    return cluster.request(Heartbeat, { body, to: this.#coordinator, timeout }).pipe(map(({ errorCode }) => errorCode))
  }

  /** Completes when it was heard, or cannot be. */
  leave(memberId: string): Observable<never> {
    const { cluster, group } = this.#options
    const timeout = cluster.settings.requestTimeout
    const body = (broker: Broker) =>
      (broker.versions.get(LeaveGroup.key)?.max ?? 0) >= LISTED
        ? { groupId: group, members: [{ memberId, groupInstanceId: null, reason: LEAVING }] }
        : { groupId: group, memberId }
    // Twice does no harm: the second time it is not known any more.
    const again = (_: unknown, attempt: number) => timer(cluster.backoff(attempt), cluster.scheduler)
    return cluster.request(LeaveGroup, { body, to: this.#coordinator, timeout }).pipe(
      retry({ count: 2, delay: again }),
      catchError(() => EMPTY),
      concatMap(() => EMPTY),
    )
  }

  get #coordinator() {
    return { coordinator: { group: this.#options.group } }
  }

  /** How long an answer may take that all members are waited for. */
  get #rebalance(): number {
    return this.#options.rebalanceTimeout + LAPSE + this.#options.cluster.settings.requestTimeout
  }
}
