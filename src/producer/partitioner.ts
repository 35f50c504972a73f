import type { RandomBytes } from '../broker/random-bytes.js'
import { murmur2 } from '../protocol/murmur2.js'

/** The partition that Java's producer, and so every client that agrees with it, gives a key. */
export function partitionOfKey(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions
}

/** What {@link Sticky} has to know of a partition. */
export interface Load {
  /** Whether it can be written to now. */
  readonly hasLeader: boolean
  /** How many batches wait for it. */
  readonly queued: number
}

/**
 * Partitions for records without a key: one for as long as it takes to fill a batch, then another by chance, the rarer
 * the more waits for it, and none that has no leader where others have (KIP-794).
 */
export class Sticky {
  readonly #batchSize: number
  readonly #random: RandomBytes
  #partition = -1
  #bytes = 0

  constructor(batchSize: number, random: RandomBytes) {
    this.#batchSize = batchSize
    this.#random = random
  }

  /** The partition of the next record. */
  pick(partitions: readonly Load[]): number {
    if (this.#partition < 0 || this.#partition >= partitions.length || this.#bytes >= this.#batchSize) {
      this.#partition = pickByLoad(partitions, this.#random)
      this.#bytes = 0
    }
    return this.#partition
  }

  /** A record of so many bytes has gone there. */
  add(bytes: number): void {
    this.#bytes += bytes
  }

  /** The partition is no good any more, as its leader is gone. */
  leave(): void {
    this.#partition = -1
  }
}

/** One by chance: each weighs as much as its queue is shorter than the longest. */
export function pickByLoad(partitions: readonly Load[], random: RandomBytes): number {
  const isAnyLed = partitions.some(({ hasLeader }) => hasLeader)
  let longest = 0
  for (const { queued } of partitions) if (queued > longest) longest = queued
  const weightOf = ({ hasLeader, queued }: Load) => (isAnyLed && !hasLeader ? 0 : longest + 1 - queued)
  let total = 0
  for (const partition of partitions) total += weightOf(partition)
  const chance = random(4)
  let rest = new DataView(chance.buffer, chance.byteOffset, 4).getUint32(0) % total
  for (const [index, partition] of partitions.entries()) {
    rest -= weightOf(partition)
    if (rest < 0) return index
  }
  return 0
}
