import type { ErrorName } from '../../protocol/error-codes.js'
import type { RequestContext } from './handler.js'
import type { Partition } from './partition.js'
import type { Topic } from './topic.js'

/** How a client wants a partition. */
export interface Access {
  /** The epoch that the client takes for the leader's; -1 for none. */
  readonly leaderEpoch?: number
  /** Whether a follower may answer; default: only the leader. */
  readonly fromFollower?: boolean
}

/** A partition on the broker that was asked, or why that broker cannot serve it, in Kafka's order. */
export function accessPartition(
  { node }: RequestContext,
  topic: Topic | undefined,
  index: number,
  { leaderEpoch = -1, fromFollower = false }: Access = {},
): Partition | ErrorName {
  const partition = topic?.partitions[index]
  if (partition === undefined) return 'UNKNOWN_TOPIC_OR_PARTITION'
  if (!partition.replicas.includes(node.id)) return 'NOT_LEADER_OR_FOLLOWER'
  if (leaderEpoch !== -1 && leaderEpoch < partition.leaderEpoch) return 'FENCED_LEADER_EPOCH'
  if (leaderEpoch > partition.leaderEpoch) return 'UNKNOWN_LEADER_EPOCH'
  const mayServe = partition.leader === node.id || (fromFollower && partition.leader !== -1)
  return mayServe ? partition : 'NOT_LEADER_OR_FOLLOWER'
}
