import type { TopicPartition } from '../../cluster/topic.js'
import { compareNames } from './member-order.js'

/** Who has which partitions, and the members in order of how many they have: the least first, then by id. */
export class Loads {
  readonly #owner = new Map<TopicPartition, string>()
  readonly #partitions: Map<string, Set<TopicPartition>>
  readonly #order: string[]

  constructor(owned: ReadonlyMap<string, readonly TopicPartition[]>) {
    this.#partitions = new Map(Array.from(owned, ([memberId, partitions]) => [memberId, new Set(partitions)]))
    for (const [memberId, partitions] of owned) for (const one of partitions) this.#owner.set(one, memberId)
    this.#order = [...owned.keys()].sort((one, other) => this.#compare(one, other))
  }

  /** The least loaded first. */
  get memberIds(): readonly string[] {
    return this.#order
  }

  ownerOf(partition: TopicPartition): string | undefined {
    return this.#owner.get(partition)
  }

  partitionsOf(memberId: string): ReadonlySet<TopicPartition> {
    return this.#partitions.get(memberId) ?? nothing
  }

  sizeOf(memberId: string): number {
    return this.partitionsOf(memberId).size
  }

  /** Gives a partition to a member, taking it from who has it. */
  give(partition: TopicPartition, to: string): void {
    const from = this.#owner.get(partition)
    if (from === to) return
    this.#owner.set(partition, to)
    if (from !== undefined) this.#change(from, partitions => partitions.delete(partition))
    this.#change(to, partitions => partitions.add(partition))
  }

  toMap(): Map<string, readonly TopicPartition[]> {
    return new Map(Array.from(this.#partitions, ([memberId, partitions]) => [memberId, [...partitions]]))
  }

  /** The member leaves the order before its load changes, and takes its new place after. */
  #change(memberId: string, change: (partitions: Set<TopicPartition>) => void): void {
    this.#order.splice(this.#order.indexOf(memberId), 1)
    change(this.#partitions.get(memberId) ?? new Set())
    let low = 0
    for (let high = this.#order.length; low < high; ) {
      const middle = (low + high) >>> 1
      if (this.#compare(this.#order[middle] ?? '', memberId) < 0) low = middle + 1
      else high = middle
    }
    this.#order.splice(low, 0, memberId)
  }

  #compare(one: string, other: string): number {
    return this.sizeOf(one) - this.sizeOf(other) || compareNames(one, other)
  }
}

const nothing: ReadonlySet<TopicPartition> = new Set()
