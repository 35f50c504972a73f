import type { Cluster } from '../cluster.js'
import { ClassicGroup } from './classic-group.js'
import { ConsumerGroup } from './consumer-group.js'
import type { Group } from './group.js'

/** The group, where it is of the classic protocol or can become so; undefined where it is not, or there is none. */
export function classicGroup(cluster: Cluster, id: string): ClassicGroup | undefined {
  const group = cluster.groups.get(id)
  return group?.kind === 'classic' ? group : undefined
}

/** The same, made where there is none: a group that has no members left may change its protocol. */
export function classicGroupToJoin(cluster: Cluster, id: string): ClassicGroup | undefined {
  const group = cluster.groups.get(id)
  if (group?.kind === 'classic') return group
  if (group !== undefined && group.members.size > 0) return undefined
  const made = new ClassicGroup(id, cluster.timers, cluster.settings.config['group.initial.rebalance.delay.ms'])
  return replace(cluster, group, made)
}

/** A group of the new protocol, made where there is none. */
export function consumerGroupToJoin(cluster: Cluster, id: string): ConsumerGroup | undefined {
  const group = cluster.groups.get(id)
  if (group?.kind === 'consumer') return group
  if (group !== undefined && group.state !== 'Empty') return undefined
  return replace(cluster, group, new ConsumerGroup(id, cluster))
}

function replace<G extends Group>(cluster: Cluster, old: Group | undefined, made: G): G {
  for (const offset of old?.offsets.committed ?? []) made.offsets.commit(offset)
  old?.dispose()
  cluster.groups.set(made.id, made)
  return made
}
