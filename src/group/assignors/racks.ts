import type { TopicPartition } from '../../cluster/topic.js'
import type { GroupMember, PartitionRacks } from './assignor.js'

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

/** The rack of each member that says it, by member id. */
export const racksOf = (members: readonly GroupMember[]): ReadonlyMap<string, string> =>
  new Map(members.flatMap(({ memberId, rack }) => (rack === null ? [] : [[memberId, rack] as const])))

/** Members and partitions by rack, for a group as a whole. Where racks do not matter, nobody is in one. */
export class Racks {
  readonly matter: boolean
  readonly #rackOf: ReadonlyMap<string, string>
  readonly #replicas: ReadonlyMap<TopicPartition, readonly string[]>

  constructor(members: readonly GroupMember[], partitions: ReadonlyMap<TopicPartition, PartitionRacks>) {
    const rackOf = racksOf(members)
    this.matter = doRacksMatter(new Set(rackOf.values()), [...partitions.values()])
    this.#rackOf = this.matter ? rackOf : new Map()
    this.#replicas = new Map(Array.from(partitions, ([partition, { racks }]) => [partition, racks]))
  }

  /** Whether the member has said a rack in which the partition has no replica. */
  keepApart(memberId: string, partition: TopicPartition): boolean {
    const rack = this.#rackOf.get(memberId)
    return rack !== undefined && !this.#replicas.get(partition)?.includes(rack)
  }

  /** The index of the first member, from `from` on and around, that is in a rack with a replica; -1 when none is. */
  nextNear(partition: TopicPartition, memberIds: readonly string[], from: number): number {
    const replicas = this.#replicas.get(partition) ?? []
    for (let step = 0; step < memberIds.length; step++) {
      const index = (from + step) % memberIds.length
      const rack = this.#rackOf.get(memberIds[index] ?? '')
      if (rack !== undefined && replicas.includes(rack)) return index
    }
    return -1
  }

  /** Those first that the fewest members are near. */
  hardestFirst(partitions: readonly TopicPartition[]): TopicPartition[] {
    const members = new Map<string, number>()
    for (const rack of this.#rackOf.values()) members.set(rack, (members.get(rack) ?? 0) + 1)
    const near = (partition: TopicPartition) =>
      [...new Set(this.#replicas.get(partition))].reduce((sum, rack) => sum + (members.get(rack) ?? 0), 0)
    return partitions
      .map(partition => ({ partition, near: near(partition) }))
      .sort((one, other) => one.near - other.near)
      .map(({ partition }) => partition)
  }
}
