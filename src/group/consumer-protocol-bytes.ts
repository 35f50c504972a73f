import type { TopicPartition } from '../cluster/topic.js'
import { ProtocolError } from '../errors.js'
import type { Message } from '../protocol/message.js'
import { ConsumerProtocolAssignment } from '../protocol/messages/consumer-protocol-assignment.js'
import { ConsumerProtocolSubscription } from '../protocol/messages/consumer-protocol-subscription.js'

/** What a member says when it joins, for each of its assignors. */
export interface Subscription {
  readonly topics: readonly string[]
  /** What it owns still (KIP-429). */
  readonly owned: readonly TopicPartition[]
  /** The generation in which it came to own that; -1 for none, or where its client does not say (before version 2). */
  readonly generation: number
  /** Null too where its client does not say (before version 3). */
  readonly rack: string | null
  readonly userData: Buffer | null
}

/** What the leader tells a member. */
export interface MemberAssignment {
  readonly partitions: readonly TopicPartition[]
  readonly userData: Buffer | null
}

/** As Java writes it: the version first, names and partitions sorted. A field that `version` lacks is left out. */
export function encodeSubscription(subscription: Subscription, version = 3): Buffer {
  const { topics, owned, generation, rack, userData } = subscription
  const body = {
    topics: [...topics].sort(),
    userData,
    ownedPartitions: byTopic(owned.toSorted(byTopicAndPartition)),
    generationId: generation,
    rackId: rack,
  }
  return Buffer.concat([prefixOf(version), ConsumerProtocolSubscription.encode(body, version)])
}

/**
 * Reads what any client may have written: a version newer than we know as the newest we do, which Kafka allows; one
 * whose later fields are not there (some clients say version 1 and write 0) as the version that it is.
 *
 * @throws {ProtocolError} when not even its topics can be read
 */
export function decodeSubscription(bytes: Uint8Array): Subscription {
  const { topics, userData, ownedPartitions, generationId, rackId } = decode(ConsumerProtocolSubscription, bytes)
  return {
    topics,
    userData,
    owned: flatten(ownedPartitions),
    generation: Math.max(generationId, -1),
    rack: rackId || null,
  }
}

/** As Java writes it: the version first, topics in the order in which they come. */
export function encodeAssignment({ partitions, userData }: MemberAssignment, version = 3): Buffer {
  const body = { assignedPartitions: byTopic(partitions), userData }
  return Buffer.concat([prefixOf(version), ConsumerProtocolAssignment.encode(body, version)])
}

/**
 * Reads what any leader may have written, in any version. No bytes at all are no partitions: that is what a coordinator
 * gives a member whom the leader left out.
 *
 * @throws {ProtocolError} when it cannot be read
 */
export function decodeAssignment(bytes: Uint8Array): MemberAssignment {
  if (bytes.length === 0) return { partitions: [], userData: null }
  const { assignedPartitions, userData } = decode(ConsumerProtocolAssignment, bytes)
  return { partitions: flatten(assignedPartitions), userData }
}

/** For sorting by topic and then by partition, as Java compares names: by their UTF-16 units. */
export function byTopicAndPartition(one: TopicPartition, other: TopicPartition): number {
  if (one.topic === other.topic) return one.partition - other.partition
  return one.topic < other.topic ? -1 : 1
}

interface PartitionsOfTopic {
  readonly topic: string
  readonly partitions: readonly number[]
}

function byTopic(partitions: readonly TopicPartition[]): PartitionsOfTopic[] {
  const topics = new Map<string, number[]>()
  for (const { topic, partition } of partitions) {
    const numbers = topics.get(topic)
    if (numbers === undefined) topics.set(topic, [partition])
    else numbers.push(partition)
  }
  return Array.from(topics, ([topic, numbers]) => ({ topic, partitions: numbers }))
}

const flatten = (topics: readonly PartitionsOfTopic[]): TopicPartition[] =>
  topics.flatMap(({ topic, partitions }) => partitions.map(partition => ({ topic, partition })))

function decode<Out>(message: Message<never, Out>, bytes: Uint8Array): Out {
  const { name, versions } = message
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const claimed = view.length < 2 ? -1 : view.readInt16BE(0)
  if (claimed < versions.min) {
    const where = { api: name, version: claimed, path: '', offset: 0 }
    throw new ProtocolError(`${name}: does not begin with a version: ${view.subarray(0, 16).toString('hex')}`, where)
  }
  for (let version = Math.min(claimed, versions.max); ; version--) {
    try {
      return message.decodePrefix(view.subarray(2), version).value
    } catch (error) {
      if (version === versions.min) throw error
    }
  }
}

function prefixOf(version: number): Buffer {
  const prefix = Buffer.allocUnsafe(2)
  prefix.writeInt16BE(version)
  return prefix
}
