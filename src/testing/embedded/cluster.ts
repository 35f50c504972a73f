import type { ErrorName } from '../../protocol/error-codes.js'
import { randomUuid } from './chance.js'
import type { Group } from './groups/groups.js'
import type { Node } from './node.js'
import type { EmbeddedBrokerSettings } from './options.js'
import type { Partition } from './partition.js'
import type { Timers } from './timers.js'
import type { Topic } from './topic.js'
import type { Transaction } from './transactions/transaction.js'

/** An error with what Kafka says beside it. */
export interface Failure {
  readonly error: ErrorName
  readonly message: string | null
}

/** All that the brokers of the cluster know, which is the same for each. */
export interface Cluster {
  readonly id: string
  readonly settings: EmbeddedBrokerSettings
  readonly random: () => number
  readonly timers: Timers
  /** When the last event was; undefined before the first. */
  now: number | undefined
  /** By node id. */
  readonly nodes: ReadonlyMap<number, Node>
  /** By name. */
  readonly topics: Map<string, Topic>
  readonly topicsById: Map<string, Topic>
  /** By id. */
  readonly groups: Map<string, Group>
  /** By transactional id. */
  readonly transactions: Map<string, Transaction>
  /** Those of a coordinator's topic whose new leader does not know yet what it coordinates. */
  readonly loading: Set<Partition>
  /** Given to the next idempotent producer. */
  nextProducerId: bigint
}

/** A cluster whose nodes are all up and that has no topics yet. */
export function createCluster(settings: EmbeddedBrokerSettings, random: () => number, timers: Timers): Cluster {
  const nodes = Array.from({ length: settings.brokers }, (_, index): Node => {
    const port = settings.port === 0 ? 0 : settings.port + index
    const rack = settings.racks[index % settings.racks.length] ?? null
    return { id: index + 1, host: settings.advertise, rack, port, isUp: true, fetchSessions: new Map() }
  })
  return {
    id: randomUuid(random),
    settings,
    random,
    timers,
    now: undefined,
    nodes: new Map(nodes.map(node => [node.id, node])),
    topics: new Map(),
    topicsById: new Map(),
    groups: new Map(),
    transactions: new Map(),
    loading: new Set(),
    nextProducerId: 0n,
  }
}

/** The nodes that are up, by id. */
export function liveNodes(cluster: Cluster): Node[] {
  return [...cluster.nodes.values()].filter(node => node.isUp)
}

/** The one that answers for the cluster: the first that is up; -1 when none is. */
export function controllerId(cluster: Cluster): number {
  return liveNodes(cluster)[0]?.id ?? -1
}

/** A partition by name and index. */
export function partitionOf(cluster: Cluster, topic: string, index: number): Partition | undefined {
  return cluster.topics.get(topic)?.partitions[index]
}
