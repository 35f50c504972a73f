import { type Cluster, liveNodes } from './cluster.js'
import type { Partition } from './partition.js'

/** Makes a node the leader of a partition; where it holds no replica, the partition moves there. */
export function moveLeader(partition: Partition, to: number): void {
  if (partition.leader === to) return
  if (!partition.replicas.includes(to)) {
    const stay = partition.replicas.filter(id => id !== partition.leader)
    partition.replicas = [to, ...stay]
    partition.isr = [to, ...partition.isr.filter(id => stay.includes(id))]
  } else if (!partition.isr.includes(to)) {
    partition.isr = [...partition.isr, to]
  }
  partition.elect(to)
}

/** The next of those that are in sync and up leads each partition that the node led; without one it has no leader. */
export function nodeDown(cluster: Cluster, nodeId: number): void {
  const up = new Set(liveNodes(cluster).map(node => node.id))
  for (const partition of partitionsOn(cluster, nodeId)) {
    const inSync = partition.isr.filter(id => id !== nodeId)
    // The last in sync stays so: it has what no other has.
    if (inSync.length > 0) partition.isr = inSync
    if (partition.leader === nodeId)
      partition.elect(partition.replicas.find(id => inSync.includes(id) && up.has(id)) ?? -1)
  }
}

/** It catches up at once, and leads again what had no leader meanwhile. */
export function nodeUp(cluster: Cluster, nodeId: number): void {
  for (const partition of partitionsOn(cluster, nodeId)) {
    if (partition.leader !== -1) partition.isr = [...new Set([...partition.isr, nodeId])]
    else if (partition.isr.includes(nodeId)) partition.elect(nodeId)
  }
}

function partitionsOn(cluster: Cluster, nodeId: number): Partition[] {
  return [...cluster.topics.values()]
    .flatMap(topic => topic.partitions)
    .filter(({ replicas }) => replicas.includes(nodeId))
}
