import { type Cluster, liveNodes } from './cluster.js'
import type { Partition } from './partition.js'

/** Makes a node the leader of a partition; where it holds no replica, the partition moves there. */
export function moveLeader(cluster: Cluster, partition: Partition, to: number): void {
  if (partition.leader === to) return
  if (!partition.replicas.includes(to)) {
    const stay = partition.replicas.filter(id => id !== partition.leader)
    partition.replicas = [to, ...stay]
    partition.isr = [to, ...partition.isr.filter(id => stay.includes(id))]
  } else if (!partition.isr.includes(to)) {
    partition.isr = [...partition.isr, to]
  }
  elect(cluster, partition, to)
}

/** A new partition has its first leader, if one can lead it. */
export function settle(cluster: Cluster, partition: Partition): void {
  // One may have been made its leader meanwhile.
  if (partition.leader !== -1) return
  partition.isr = partition.replicas.filter(id => cluster.nodes.get(id)?.isUp ?? false)
  partition.elect(partition.isr[0] ?? -1)
}

/** Who leads a coordinator's topic anew has to load what it coordinates. */
function elect(cluster: Cluster, partition: Partition, leader: number): void {
  partition.elect(leader)
  const { settings, timers, loading, now } = cluster
  if (settings.settling === 0 || now === undefined || !partition.topic.isInternal || leader === -1) return
  loading.add(partition)
  timers.at(now + settings.settling, () => loading.delete(partition))
}

/** The next of those that are in sync and up leads each partition that the node led; without one it has no leader. */
export function nodeDown(cluster: Cluster, nodeId: number): void {
  const up = new Set(liveNodes(cluster).map(node => node.id))
  for (const partition of partitionsOn(cluster, nodeId)) {
    const inSync = partition.isr.filter(id => id !== nodeId)
    // The last in sync stays so: it has what no other has.
    if (inSync.length > 0) partition.isr = inSync
    if (partition.leader === nodeId)
      elect(cluster, partition, partition.replicas.find(id => inSync.includes(id) && up.has(id)) ?? -1)
  }
}

/** It catches up at once, and leads again what had no leader meanwhile. */
export function nodeUp(cluster: Cluster, nodeId: number): void {
  for (const partition of partitionsOn(cluster, nodeId)) {
    if (partition.leader !== -1) partition.isr = [...new Set([...partition.isr, nodeId])]
    else if (partition.isr.includes(nodeId)) elect(cluster, partition, nodeId)
  }
}

function partitionsOn(cluster: Cluster, nodeId: number): Partition[] {
  return [...cluster.topics.values()]
    .flatMap(topic => topic.partitions)
    .filter(({ replicas }) => replicas.includes(nodeId))
}
