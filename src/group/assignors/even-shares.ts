import type { TopicPartition } from '../../cluster/topic.js'
import { byTopicAndPartition } from '../consumer-protocol-bytes.js'
import { compareNames } from './member-order.js'
import type { StickyAssignment, StickyGroup } from './sticky-group.js'

/**
 * Shares partitions out among members that all want the same topics: each gets as many as any other, or one more, and
 * keeps of what it owns as much as that allows, and its rack.
 */
export function shareEvenly(group: StickyGroup): StickyAssignment {
  const shares = new EvenShares(group)
  shares.keepOwned()
  const left = group.racks.hardestFirst(shares.unassigned())
  shares.dealOut(group.racks.matter ? shares.dealOutNear(left) : left)
  return shares
}

class EvenShares implements StickyAssignment {
  readonly assignment: ReadonlyMap<string, TopicPartition[]>
  readonly moving = new Set<TopicPartition>()
  readonly #group: StickyGroup
  /** What every member gets; `#extras` of them get one more. */
  readonly #share: number
  readonly #most: number
  #extras: number
  /** Members below the share. */
  readonly #below: string[] = []
  /** Members with just the share, who may get one more. */
  #ready: string[] = []
  /** Who owned what it could not keep. */
  readonly #formerOwner = new Map<TopicPartition, string>()

  constructor(group: StickyGroup) {
    const { members, topics } = group
    const total = [...topics.values()].reduce((sum, { length }) => sum + length, 0)
    this.#group = group
    this.#share = Math.floor(total / members.length)
    this.#most = Math.ceil(total / members.length)
    this.#extras = total % members.length
    this.assignment = new Map(members.map(({ memberId }) => [memberId, []]))
  }

  /** Lets each keep what it owns, up to the share; the first who own more keep one more. */
  keepOwned(): void {
    const { claims, racks } = this.#group
    for (const [memberId, owned] of claims.owned) {
      const apart = owned.filter(partition => racks.keepApart(memberId, partition))
      const near = apart.length === 0 ? owned : owned.filter(partition => !racks.keepApart(memberId, partition))
      const own = near.filter(partition => !claims.disputed.has(partition)).sort(byPartitionAndTopic)
      const isExtra = own.length >= this.#most && this.#extras > 0
      const kept = own.slice(0, isExtra ? this.#most : this.#share)
      this.assignment.get(memberId)?.push(...kept)
      for (const partition of [...apart, ...own.slice(kept.length)]) this.#formerOwner.set(partition, memberId)
      if (isExtra) this.#countExtra()
      else if (own.length < this.#share) this.#below.push(memberId)
      else if (this.#extras > 0) this.#ready.push(memberId)
    }
    this.#below.sort()
    this.#ready.sort()
  }

  /** What nobody has kept, by topic and number. */
  unassigned(): TopicPartition[] {
    const kept = new Set([...this.assignment.values()].flat())
    const topics = Array.from(this.#group.topics).sort(([one], [other]) => compareNames(one, other))
    return topics.flatMap(([, partitions]) => partitions.filter(partition => !kept.has(partition)))
  }

  /** Deals to members near by as long as there is room for them; gives back what is left. */
  dealOutNear(partitions: readonly TopicPartition[]): TopicPartition[] {
    const { racks } = this.#group
    let turn = 0
    return partitions.filter(partition => {
      const below = racks.nextNear(partition, this.#below, turn)
      if (below >= 0) {
        const memberId = this.#below[below] ?? ''
        const size = this.#give(partition, memberId)
        if (size >= this.#share) {
          this.#below.splice(below, 1)
          if (size < this.#most && this.#extras > 0) this.#ready.push(memberId)
          turn = below
        } else turn = below + 1
        turn = this.#below.length === 0 ? 0 : turn % this.#below.length
        return false
      }
      const ready = racks.nextNear(partition, this.#ready, 0)
      if (ready < 0) return true
      const [memberId = ''] = this.#ready.splice(ready, 1)
      this.#give(partition, memberId)
      this.#countExtra()
      return false
    })
  }

  /** Deals in turn to members below the share, then one each to those who may have one more. */
  dealOut(partitions: readonly TopicPartition[]): void {
    let turn = 0
    for (const partition of partitions) {
      if (turn >= this.#below.length) turn = 0
      const below = this.#below[turn]
      const memberId = below ?? this.#ready.shift()
      if (memberId === undefined) return
      const size = this.#give(partition, memberId)
      if (below === undefined) continue
      if (size < this.#share) turn++
      else {
        this.#below.splice(turn, 1)
        this.#ready.push(memberId)
      }
    }
  }

  #give(partition: TopicPartition, memberId: string): number {
    const former = this.#formerOwner.get(partition)
    const isMoving = former !== undefined && former !== memberId
    if (isMoving || this.#group.claims.disputed.has(partition)) this.moving.add(partition)
    return this.assignment.get(memberId)?.push(partition) ?? 0
  }

  #countExtra(): void {
    this.#extras--
    if (this.#extras === 0) this.#ready = []
  }
}

const byPartitionAndTopic = (one: TopicPartition, other: TopicPartition): number =>
  one.partition - other.partition || byTopicAndPartition(one, other)
