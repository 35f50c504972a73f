import type { TopicPartition } from '../../cluster/topic.js'
import type { GroupMember, PartitionRacks } from './assignor.js'
import { compareMembers } from './member-order.js'
import { doRacksMatter, racksOf } from './racks.js'

/** One topic while `range` shares it out: who wants it, what is left of it, and how much each may still get. */
export class TopicRange {
  readonly topic: string
  /** Who has subscribed to it, in order. */
  readonly memberIds: readonly string[]
  readonly doRacksMatter: boolean
  /** 0 where no member says its rack. */
  readonly rackedPartitions: number
  readonly #partitions: readonly PartitionRacks[]
  readonly #rackOf: ReadonlyMap<string, string>
  readonly #give: (memberId: string, partitions: readonly TopicPartition[]) => void
  readonly #left: Set<PartitionRacks>
  readonly #given = new Map<string, number>()
  readonly #share: number
  /** How many members get one more than the share. */
  #extras: number

  constructor(
    topic: string,
    partitions: readonly PartitionRacks[],
    members: readonly GroupMember[],
    give: (memberId: string, partitions: readonly TopicPartition[]) => void,
  ) {
    this.topic = topic
    this.memberIds = members.toSorted(compareMembers).map(({ memberId }) => memberId)
    this.#partitions = partitions
    this.#rackOf = racksOf(members)
    this.doRacksMatter = doRacksMatter(new Set(this.#rackOf.values()), partitions)
    this.rackedPartitions = this.#rackOf.size === 0 ? 0 : partitions.length
    this.#give = give
    this.#left = new Set(partitions)
    this.#share = Math.floor(partitions.length / members.length)
    this.#extras = partitions.length % members.length
  }

  /** Whether the member may get the partition: it has said no rack, or there is a replica in it. */
  matches(memberId: string, partition: PartitionRacks): boolean {
    const rack = this.#rackOf.get(memberId)
    return rack === undefined || partition.racks.includes(rack)
  }

  /** How many more partitions the member may get. */
  roomOf(memberId: string): number {
    const most = this.#extras > 0 ? this.#share + 1 : this.#share
    return Math.max(0, most - (this.#given.get(memberId) ?? 0))
  }

  /** Gives each member, in order, the first partitions left that it may get, as many as it has room for. */
  assign(may: (memberId: string, partition: PartitionRacks) => boolean): void {
    for (const memberId of this.memberIds) {
      const room = this.roomOf(memberId)
      const chosen: PartitionRacks[] = []
      for (const partition of this.#left) {
        if (chosen.length === room) break
        if (may(memberId, partition)) chosen.push(partition)
      }
      this.#assign(memberId, chosen)
    }
  }

  /** Whether partition `number` of this topic could be given to the member, racks and all. */
  canTake(memberId: string, number: number): boolean {
    const partition = this.#partitions[number]
    return partition !== undefined && this.matches(memberId, partition) && this.roomOf(memberId) > 0
  }

  take(memberId: string, number: number): void {
    this.#assign(memberId, this.#partitions.slice(number, number + 1))
  }

  #assign(memberId: string, chosen: readonly PartitionRacks[]): void {
    if (chosen.length === 0) return
    const given = (this.#given.get(memberId) ?? 0) + chosen.length
    this.#given.set(memberId, given)
    if (given > this.#share) this.#extras--
    for (const partition of chosen) this.#left.delete(partition)
    this.#give(
      memberId,
      chosen.map(({ partition }) => ({ topic: this.topic, partition })),
    )
  }
}
