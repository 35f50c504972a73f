import type { PartitionRacks } from './assignor.js'

/**
 * Whether it can matter which member gets which of these partitions: some rack has a member and a replica, and not
 * every partition has its replicas in the same racks.
 */
export function doRacksMatter(memberRacks: ReadonlySet<string>, partitions: readonly PartitionRacks[]): boolean {
  if (memberRacks.size === 0) return false
  const sets = partitions.map(({ racks }) => new Set(racks))
  const all = new Set(sets.flatMap(racks => [...racks]))
  return [...memberRacks].some(rack => all.has(rack)) && sets.some(racks => racks.size < all.size)
}
