import { type Cluster, liveNodes, partitionOf } from './cluster.js'
import { createTopic } from './create-topic.js'
import type { RequestContext } from './handler.js'
import type { Node } from './node.js'
import type { Partition } from './partition.js'

/** What has a coordinator: a group by its id, or a transactional producer by its own. */
export type CoordinatorKind = 'group' | 'transaction'

const topicOf = {
  group: ['__consumer_offsets', 'offsets.topic.num.partitions'],
  transaction: ['__transaction_state', 'transaction.state.log.num.partitions'],
} as const

/**
 * The partition whose leader coordinates a group or a transactional id. Its topic comes to be when it is first asked for.
 * It is there to be led: its log stays empty.
 */
export function coordinatorPartition(cluster: Cluster, kind: CoordinatorKind, key: string): Partition | undefined {
  const [name, setting] = topicOf[kind]
  const { config } = cluster.settings
  if (!cluster.topics.has(name)) {
    const replicationFactor = Math.min(config['default.replication.factor'], liveNodes(cluster).length)
    const compacted = { 'cleanup.policy': 'compact', 'segment.bytes': '104857600' }
    createTopic(cluster, { name, partitions: config[setting], replicationFactor, config: compacted, isInternal: true })
  }
  return partitionOf(cluster, name, Math.abs(javaHash(key)) % config[setting])
}

/** The broker that coordinates it; undefined while none can. */
export function coordinatorOf(cluster: Cluster, kind: CoordinatorKind, key: string): Node | undefined {
  return cluster.nodes.get(coordinatorPartition(cluster, kind, key)?.leader ?? -1)
}

/** Why the broker that was asked cannot speak for it; undefined when it can. */
export function notCoordinating(
  { cluster, node }: RequestContext,
  kind: CoordinatorKind,
  key: string,
): 'NOT_COORDINATOR' | 'COORDINATOR_LOAD_IN_PROGRESS' | undefined {
  const partition = coordinatorPartition(cluster, kind, key)
  if (partition === undefined || partition.leader !== node.id) return 'NOT_COORDINATOR'
  return cluster.loading.has(partition) ? 'COORDINATOR_LOAD_IN_PROGRESS' : undefined
}

/** What Java makes of a string; the lowest int, whose absolute value is none, is 0 to Kafka. */
function javaHash(text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0
  return hash === -(2 ** 31) ? 0 : hash
}
