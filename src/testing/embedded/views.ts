import type { KafkaRecord } from '../../protocol/records/record-batch.js'
import { recordBatches } from '../../protocol/records/record-batches.js'
import type { Client } from './client.js'
import type { Cluster } from './cluster.js'
import type { Partition } from './partition.js'

/** Where a broker of the cluster is. */
export interface BrokerAddress {
  readonly nodeId: number
  readonly host: string
  readonly port: number
}

/** A partition by name. */
export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** A connection that a client has to a broker. */
export interface ConnectionView {
  readonly id: number
  readonly nodeId: number
  /** What its last request called the client; empty before the first. */
  readonly clientId: string
  /** Name and version of the client's library, from ApiVersions 3 on; else empty. */
  readonly software: string
}

/** A partition as it is at this moment. */
export interface PartitionView extends TopicPartition {
  /** By which newer versions of requests name the topic. */
  readonly topicId: string
  /** A node id; -1 for none. */
  readonly leader: number
  readonly leaderEpoch: number
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
  readonly startOffset: bigint
  readonly highWatermark: bigint
  readonly lastStableOffset: bigint
  readonly sizeInBytes: number
  /** The batches as they are on the wire, the oldest first. */
  readonly batches: readonly Buffer[]
}

/** How a partition is. */
export function viewPartition(partition: Partition): PartitionView {
  const { topic, index, leader, leaderEpoch, replicas, isr, log } = partition
  return {
    topic: topic.name,
    topicId: topic.id,
    partition: index,
    leader,
    leaderEpoch,
    replicas: [...replicas],
    isr: [...isr],
    startOffset: log.startOffset,
    highWatermark: partition.highWatermark,
    lastStableOffset: partition.lastStableOffset,
    sizeInBytes: log.sizeInBytes,
    batches: log.batches.map(batch => batch.bytes),
  }
}

/** The records of a partition that are for users, the oldest first, those of open and aborted transactions included. */
export function viewRecords(partition: Partition): KafkaRecord[] {
  return partition.log.batches.flatMap(({ bytes }) =>
    [...recordBatches(bytes, { checkCrc: false })].flatMap(batch => (batch.isControl ? [] : [...batch])),
  )
}

/** Who is connected. */
export function viewClient({ id, nodeId, clientId, software }: Client): ConnectionView {
  return { id, nodeId, clientId, software }
}

/** Where the brokers are. */
export function viewBrokers(cluster: Cluster): BrokerAddress[] {
  return [...cluster.nodes.values()].map(({ id, host, port }) => ({ nodeId: id, host, port }))
}
