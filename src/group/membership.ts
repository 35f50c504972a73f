import type { Observable } from 'rxjs'
import type { Cluster } from '../cluster/cluster.js'
import type { TopicPartition } from '../cluster/topic.js'
import type { KafkaError } from '../errors.js'

/** By what a group knows a member; of a commit too (KIP-447). */
export interface MemberIdentity {
  readonly group: string
  readonly memberId: string
  /** The generation of a classic group, the member's epoch in the new protocol. */
  readonly generation: number
  /** Of a static member (KIP-345). */
  readonly instanceId: string | null
  readonly protocol: 'classic' | 'consumer'
}

/**
 * What a membership needs of who reads. What each method returns is cold, subscribed once, and completes when that is
 * done; its values do not matter.
 *
 * At most one is under way at a time, save that `lost` may come at any time: it unsubscribes the one before.
 */
export interface Holder {
  /** These are ours from now on: done when their positions are fixed. Called with none too, when that is all there is. */
  assigned(partitions: readonly TopicPartition[], generation: number): Observable<unknown>
  /** These are to be given up: done when they are. At least one. */
  revoked(partitions: readonly TopicPartition[]): Observable<unknown>
  /** These are not ours any more. At least one. */
  lost(partitions: readonly TopicPartition[], cause: KafkaError): Observable<unknown>
  /** The group is about to be joined again: commits what is acknowledged. Bounded in time; never errors. */
  beforeRejoin(): Observable<unknown>
  /** Whether the coordinator has heard of the member lately: while it has not, nothing is handed out and commits wait. */
  inTouch(is: boolean): void
}

/** Being in a group. */
export interface Membership {
  /**
   * Joins when subscribed, and is a member until `leave` or unsubscribed. Emits nothing; completes when it has left; errors
   * with what is fatal, and with what a method of the {@link Holder} errors with. Unsubscribed without `leave` it falls
   * silent, as after a crash.
   */
  readonly life: Observable<never>
  /** Undefined while it is no member: not yet, or not any more. */
  readonly identity: MemberIdentity | undefined
  /** Kafka's number for why the coordinator refused a commit under this identity. */
  commitRefused(errorCode: number, identity: MemberIdentity): void
  /**
   * Says good-bye, and completes when that was heard or cannot be; a member that still joins does so too. Gives up nothing:
   * that comes before. Takes at most `requestTimeout`, never errors; `life` completes with it.
   */
  leave(): Observable<unknown>
}

/** What both protocols need. Times in ms. */
export interface MembershipOptions {
  readonly cluster: Cluster
  readonly group: string
  /** Names, or which of all topics. */
  readonly topics: readonly string[] | RegExp
  /** Makes it a static member (KIP-345). */
  readonly instanceId?: string | undefined
  /** How long a rebalance may wait for this member. */
  readonly rebalanceTimeout: number
  readonly rack?: string | undefined
  /** Unique in this cluster's client: what may wait by design goes over its own connection. */
  readonly member: string
}
