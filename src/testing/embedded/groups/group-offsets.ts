/** An offset that a group has committed. */
export interface CommittedOffset {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  /** Of the last record before it; -1 where it was not given. */
  readonly leaderEpoch: number
  readonly metadata: string
}

/** With how many were written before it: the one that was written last counts. */
type WrittenOffset = CommittedOffset & { readonly order: number }

/** The offsets of a group, and those that hang on transactions. */
export class GroupOffsets {
  readonly #committed = new Map<string, WrittenOffset>()
  /** By producer id. */
  readonly #pending = new Map<bigint, Map<string, WrittenOffset>>()
  #written = 0

  /** All that are committed. */
  get committed(): CommittedOffset[] {
    return [...this.#committed.values()].map(({ order, ...offset }) => offset)
  }

  get isEmpty(): boolean {
    return this.#committed.size === 0 && this.#pending.size === 0
  }

  get(topic: string, partition: number): CommittedOffset | undefined {
    return this.#committed.get(keyOf({ topic, partition }))
  }

  commit(offset: CommittedOffset): void {
    this.#committed.set(keyOf(offset), { ...offset, order: this.#written++ })
  }

  delete(topic: string, partition: number): void {
    const key = keyOf({ topic, partition })
    for (const offsets of [this.#committed, ...this.#pending.values()]) offsets.delete(key)
  }

  /** To be committed with the transaction of a producer. */
  commitLater(producerId: bigint, offset: CommittedOffset): void {
    const pending = this.#pending.get(producerId) ?? new Map()
    pending.set(keyOf(offset), { ...offset, order: this.#written++ })
    this.#pending.set(producerId, pending)
  }

  /** Whether a transaction may still change it. */
  isUnstable(topic: string, partition: number): boolean {
    const key = keyOf({ topic, partition })
    return [...this.#pending.values()].some(offsets => offsets.has(key))
  }

  /** The transaction of a producer has ended. */
  endTransaction(producerId: bigint, isCommitted: boolean): void {
    const pending = this.#pending.get(producerId)
    this.#pending.delete(producerId)
    if (!isCommitted) return
    for (const [key, offset] of pending ?? []) {
      // What was committed without a transaction meanwhile is newer.
      if (offset.order > (this.#committed.get(key)?.order ?? -1)) this.#committed.set(key, offset)
    }
  }

  /** The topic is gone, and what was committed for it. */
  forget(topic: string): void {
    for (const offsets of [this.#committed, ...this.#pending.values()]) {
      for (const [key, offset] of offsets) if (offset.topic === topic) offsets.delete(key)
    }
  }
}

function keyOf({ topic, partition }: Pick<CommittedOffset, 'topic' | 'partition'>): string {
  return `${topic}/${partition}`
}
