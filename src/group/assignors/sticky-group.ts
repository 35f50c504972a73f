import type { TopicPartition } from '../../cluster/topic.js'
import type { GroupMember, GroupTopics, PartitionRacks } from './assignor.js'
import { type Claims, settleClaims } from './claims.js'
import { inJavaOrder } from './java-order.js'
import { Racks } from './racks.js'

/** A group as cooperative-sticky looks at it. A partition is one object, so that it can be told by identity. */
export interface StickyGroup {
  /** In the order of Java's hash map. */
  readonly members: readonly GroupMember[]
  /** The partitions, in order, of each topic that is wanted and exists. */
  readonly topics: ReadonlyMap<string, readonly TopicPartition[]>
  readonly claims: Claims
  readonly racks: Racks
  /** The one object for a partition; undefined when there is none. */
  readonly find: (partition: TopicPartition) => TopicPartition | undefined
}

/** What comes out: partitions by member id, those included that must wait, and which these are. */
export interface StickyAssignment {
  readonly assignment: ReadonlyMap<string, readonly TopicPartition[]>
  /** What another member still owns: its new owner gets it once that one has given it up (KIP-429). */
  readonly moving: ReadonlySet<TopicPartition>
}

/** The group, ready to be shared out: who keeps what, and what has no owner. */
export function stickyGroup(unordered: readonly GroupMember[], known: GroupTopics): StickyGroup {
  const members = inJavaOrder(unordered, ({ memberId }) => memberId)
  const topics = new Map<string, readonly TopicPartition[]>()
  const racks = new Map<TopicPartition, PartitionRacks>()
  for (const topic of new Set(members.flatMap(member => member.topics))) {
    const partitions = (known.get(topic) ?? []).map(told => {
      const partition: TopicPartition = { topic, partition: told.partition }
      racks.set(partition, told)
      return partition
    })
    if (partitions.length > 0) topics.set(topic, partitions)
  }
  const find = ({ topic, partition }: TopicPartition) => topics.get(topic)?.[partition]
  return { members, topics, claims: settleClaims(members, find), racks: new Racks(members, racks), find }
}
