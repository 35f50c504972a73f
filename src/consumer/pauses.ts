import type { TopicPartition } from '../cluster/topic.js'
import { partitionKey } from './committed-offsets.js'

/** What the user has paused, whether it is held or not: it stays so when it goes and comes again. */
export class Pauses {
  /** Whether all are, but those in `#others`; else those alone. */
  #all = false
  readonly #others = new Set<string>()

  isPaused(partition: TopicPartition): boolean {
    return this.#all !== this.#others.has(partitionKey(partition))
  }

  /** Without partitions: all, those that come later too. */
  set(paused: boolean, partitions?: readonly TopicPartition[]): void {
    if (partitions === undefined) {
      this.#all = paused
      this.#others.clear()
      return
    }
    for (const partition of partitions) {
      if (this.#all === paused) this.#others.delete(partitionKey(partition))
      else this.#others.add(partitionKey(partition))
    }
  }
}
