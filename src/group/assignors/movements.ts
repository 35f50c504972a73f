import type { TopicPartition } from '../../cluster/topic.js'
import { hashOf, spread, tableLength } from './java-order.js'

/**
 * What has moved from which member to which while partitions are balanced, so that of one topic nothing moves from A to
 * B while something else moves from B to A: the other is moved back in its stead.
 */
export class Movements {
  readonly #byPartition = new Map<TopicPartition, Movement>()
  readonly #byWay = new Map<string, Moved>()

  /** What had better be moved in place of `partition`, to the same end. */
  insteadOf(partition: TopicPartition, from: string, to: string): TopicPartition {
    const first = this.#byPartition.get(partition)?.from ?? from
    return this.#byWay.get(keyOf(partition.topic, to, first))?.first() ?? partition
  }

  add(partition: TopicPartition, from: string, to: string): void {
    const before = this.#byPartition.get(partition)
    if (before === undefined) this.#set(partition, { from, to })
    else {
      this.#forget(partition, before)
      if (before.from !== to) this.#set(partition, { from: before.from, to })
    }
  }

  #set(partition: TopicPartition, movement: Movement): void {
    this.#byPartition.set(partition, movement)
    const key = keyOf(partition.topic, movement.from, movement.to)
    const moved = this.#byWay.get(key) ?? new Moved()
    this.#byWay.set(key, moved)
    moved.add(partition)
  }

  #forget(partition: TopicPartition, { from, to }: Movement): void {
    this.#byPartition.delete(partition)
    const key = keyOf(partition.topic, from, to)
    if (this.#byWay.get(key)?.delete(partition) === 0) this.#byWay.delete(key)
  }
}

interface Movement {
  readonly from: string
  readonly to: string
}

const keyOf = (topic: string, from: string, to: string): string => JSON.stringify([topic, from, to])

/** Partitions of one topic that moved the same way, as a Java `HashSet` of them. */
class Moved {
  readonly #partitions = new Set<TopicPartition>()
  /** A Java set does not shrink: its order is that of the most that it has ever held. */
  #most = 0

  add(partition: TopicPartition): void {
    this.#partitions.add(partition)
    this.#most = Math.max(this.#most, this.#partitions.size)
  }

  /** How many are left. */
  delete(partition: TopicPartition): number {
    this.#partitions.delete(partition)
    return this.#partitions.size
  }

  /** The one that Java's iterator gives first. */
  first(): TopicPartition | undefined {
    const last = tableLength(this.#most) - 1
    let first: TopicPartition | undefined
    let lowest = Number.POSITIVE_INFINITY
    for (const partition of this.#partitions) {
      const bucket = spread(hashOfPartition(partition)) & last
      if (bucket < lowest) {
        lowest = bucket
        first = partition
      }
    }
    return first
  }
}

/** `TopicPartition.hashCode`. */
function hashOfPartition({ topic, partition }: TopicPartition): number {
  return (Math.imul(31 + partition, 31) + hashOf(topic)) | 0
}
