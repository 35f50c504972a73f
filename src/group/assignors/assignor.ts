import type { TopicPartition } from '../../cluster/topic.js'
import type { Subscription } from '../consumer-protocol-bytes.js'

/** A member as the leader of its group sees it: what it said when it joined, and who it is. */
export interface GroupMember extends Subscription {
  readonly memberId: string
  /** `group.instance.id`, of a static member. */
  readonly instanceId: string | null
}

/** A partition of a topic, and the racks of the brokers that have a replica of it. */
export interface PartitionRacks {
  readonly partition: number
  readonly racks: readonly string[]
}

/** The partitions of each topic that some member wants, in order: partition n is at index n. A topic unknown is absent. */
export type GroupTopics = ReadonlyMap<string, readonly PartitionRacks[]>

/** The partitions of each member, by its id: every member is there. */
export type GroupAssignment = ReadonlyMap<string, readonly TopicPartition[]>

/**
 * How the leader of a group shares the partitions out. All three compute what Java's assignors of the same name do, so
 * that a group whose members are of several clients gets the same assignment whoever leads it.
 */
export interface Assignor {
  readonly name: 'range' | 'roundrobin' | 'cooperative-sticky'
  /** Whether members keep what they own while they rebalance (KIP-429), or give all up first. */
  readonly isCooperative: boolean
  /** What a member says of itself to the assignor when it joins, beside the fields that all have. */
  userData(owned: readonly TopicPartition[], generation: number): Buffer | null
  /** `members` in the order in which the coordinator lists them: where Java goes by its hash maps, that order counts too. */
  assign(members: readonly GroupMember[], topics: GroupTopics): GroupAssignment
}
