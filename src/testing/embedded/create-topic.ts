import { randomUuid } from './chance.js'
import { type Cluster, liveNodes } from './cluster.js'
import type { Failure } from './error-code.js'
import { settle } from './leadership.js'
import type { Partition } from './partition.js'
import { Topic, topicNameProblem } from './topic.js'
import { topicConfigProblem } from './topic-config.js'

/** The most partitions that one request may make. */
export const maxPartitions = 10_000

/** What is asked of a new topic; -1 is the default of the cluster. */
export interface NewTopic {
  readonly name: string
  readonly partitions: number
  readonly replicationFactor: number
  /** Node ids for each partition, in place of a count. */
  readonly assignments?: ReadonlyMap<number, readonly number[]>
  readonly config?: Readonly<Record<string, string | null>>
  readonly isInternal?: boolean
}

/** Creates a topic, or says why it cannot be, as Kafka would. With `validateOnly` it stays at the answer. */
export function createTopic(cluster: Cluster, wanted: NewTopic, validateOnly = false): Topic | Failure {
  const { name, config = {} } = wanted
  const placed = checkName(cluster, name) ?? placement(cluster, wanted)
  if (!Array.isArray(placed)) return placed
  for (const [key, value] of Object.entries(config)) {
    const problem = topicConfigProblem(key, value)
    if (problem !== undefined) return { error: 'INVALID_CONFIG', message: problem }
  }
  const topic = new Topic({
    name,
    id: randomUuid(cluster.random),
    isInternal: wanted.isInternal ?? false,
    config: new Map(Object.entries(config) as [string, string][]),
    broker: cluster.settings.config,
    retentionBytes: cluster.settings.retentionBytes,
  })
  const partitions = placed.map(replicas => topic.addPartition(replicas))
  if (validateOnly) return topic
  settleSoon(cluster, partitions)
  cluster.topics.set(name, topic)
  cluster.topicsById.set(topic.id, topic)
  return topic
}

/** New partitions have leaders, at once or when the cluster has settled. */
export function settleSoon(cluster: Cluster, partitions: readonly Partition[]): void {
  const { settings, timers, now } = cluster
  const settleAll = () => {
    for (const partition of partitions) settle(cluster, partition)
  }
  // What is there from the start is settled.
  if (settings.settling === 0 || now === undefined) settleAll()
  else timers.at(now + settings.settling, settleAll)
}

/**
 * Node ids for partitions `from` to below `to`: each begins one node after the partition before, so that leaders are
 * spread, partition 0 on the first node.
 */
export function spread(cluster: Cluster, from: number, to: number, replicationFactor: number): number[][] | Failure {
  const ids = liveNodes(cluster).map(node => node.id)
  if (replicationFactor > ids.length) {
    const message =
      `Unable to replicate the partition ${replicationFactor} time(s): The target replication factor of ` +
      `${replicationFactor} cannot be reached because only ${ids.length} broker(s) are registered.`
    return { error: 'INVALID_REPLICATION_FACTOR', message }
  }
  return Array.from({ length: to - from }, (_, index) =>
    Array.from({ length: replicationFactor }, (_, replica) => ids[(from + index + replica) % ids.length] as number),
  )
}

/** Whether a list of node ids can be the replicas of one partition. */
export function checkReplicas(cluster: Cluster, replicas: readonly number[]): Failure | undefined {
  const unknown = replicas.find(id => !cluster.nodes.has(id))
  const message =
    replicas.length === 0
      ? 'The manual partition assignment includes an empty replica list.'
      : unknown !== undefined
        ? `The manual partition assignment includes broker ${unknown}, but no such broker is registered.`
        : new Set(replicas).size < replicas.length
          ? `The manual partition assignment includes the broker ${replicas[0]} more than once.`
          : undefined
  return message === undefined ? undefined : { error: 'INVALID_REPLICA_ASSIGNMENT', message }
}

function checkName(cluster: Cluster, name: string): Failure | undefined {
  const problem = topicNameProblem(name)
  if (problem !== undefined) return { error: 'INVALID_TOPIC_EXCEPTION', message: `Topic name is invalid: ${problem}` }
  if (cluster.topics.has(name)) return { error: 'TOPIC_ALREADY_EXISTS', message: `Topic '${name}' already exists.` }
  // Metrics have names in which dot and underscore are the same.
  const plain = name.replaceAll('.', '_')
  const twin = [...cluster.topics.keys()].find(other => other.replaceAll('.', '_') === plain)
  if (twin === undefined) return undefined
  return { error: 'INVALID_TOPIC_EXCEPTION', message: `Topic '${name}' collides with existing topic: ${twin}` }
}

function placement(cluster: Cluster, wanted: NewTopic): number[][] | Failure {
  const { assignments } = wanted
  const { 'num.partitions': count, 'default.replication.factor': factor } = cluster.settings.config
  if (assignments !== undefined && assignments.size > 0) return manual(cluster, wanted, assignments)
  const partitions = wanted.partitions === -1 ? count : wanted.partitions
  const replicationFactor = wanted.replicationFactor === -1 ? factor : wanted.replicationFactor
  if (replicationFactor < 1) {
    return {
      error: 'INVALID_REPLICATION_FACTOR',
      message: 'Replication factor must be larger than 0, or -1 to use the default value.',
    }
  }
  if (partitions < 1) {
    return { error: 'INVALID_PARTITIONS', message: 'Number of partitions was set to an invalid non-positive value.' }
  }
  if (partitions > maxPartitions) {
    return { error: 'POLICY_VIOLATION', message: 'Excessively large number of partitions per request.' }
  }
  return spread(cluster, 0, partitions, replicationFactor)
}

function manual(
  cluster: Cluster,
  wanted: NewTopic,
  assignments: ReadonlyMap<number, readonly number[]>,
): number[][] | Failure {
  if (wanted.partitions !== -1 || wanted.replicationFactor !== -1) {
    const message =
      'A manual partition assignment was specified, but numPartitions and replicationFactor were not set to -1.'
    return { error: 'INVALID_REQUEST', message }
  }
  const placed: number[][] = []
  const [first] = assignments.values()
  for (let index = 0; index < assignments.size; index++) {
    const replicas = assignments.get(index)
    if (replicas === undefined) {
      return {
        error: 'INVALID_REPLICA_ASSIGNMENT',
        message: 'partitions should be a consecutive 0-based integer sequence',
      }
    }
    const failure = checkReplicas(cluster, replicas)
    if (failure !== undefined) return failure
    if (replicas.length !== first?.length) {
      const message = `The manual partition assignment for partition ${index} has another number of replicas than the others.`
      return { error: 'INVALID_REPLICA_ASSIGNMENT', message }
    }
    placed.push([...replicas])
  }
  return placed
}
