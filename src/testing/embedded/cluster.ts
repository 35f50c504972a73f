import { randomUuid } from './chance.js'
import type { Group } from './groups/group.js'
import type { Node } from './node.js'
import type { EmbeddedBrokerSettings } from './options.js'
import type { Partition } from './partition.js'
import type { Timers } from './timers.js'
import type { Topology } from './topology.js'
import type { Transaction } from './transactions/transaction.js'

/** All that the brokers of the cluster know, which is the same for each. */
export interface Cluster extends Topology {
  /** By id. */
  readonly groups: Map<string, Group>
  /** By transactional id. */
  readonly transactions: Map<string, Transaction>
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
