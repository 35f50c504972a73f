import type { ConsumerRecord } from './consumer-record.js'
import type { Held } from './held.js'

/**
 * What the next handler of a partition waits for. By {@link Held} and not by tenure, so that after a `seek` the next record
 * waits for the handler that still runs.
 */
export class Order {
  readonly #mode: 'partition' | 'key' | 'none'
  readonly #partitions = new Set<Held>()
  readonly #keys = new Map<Held, Set<string>>()

  constructor(mode: 'partition' | 'key' | 'none') {
    this.#mode = mode
  }

  /** Whether it takes a look at the record to say whether it has to wait. */
  get looksAtKeys(): boolean {
    return this.#mode === 'key'
  }

  /** Whether nothing of the partition may begin. */
  isBusy(held: Held): boolean {
    return this.#partitions.size > 0 && this.#partitions.has(held)
  }

  /** Whether a record of it has to wait for one with its key. */
  hasKeyOf(held: Held, record: ConsumerRecord): boolean {
    const keys = this.#keys.get(held)
    return keys?.has(keyOf(record) ?? '') ?? false
  }

  /** A handler runs; its end is told with what this returns. */
  begin(held: Held, record: ConsumerRecord): string | undefined {
    if (this.#mode === 'none') return undefined
    if (this.#mode === 'partition') {
      this.#partitions.add(held)
      return undefined
    }
    const key = keyOf(record)
    if (key === undefined) return undefined
    const keys = this.#keys.get(held)
    if (keys === undefined) this.#keys.set(held, new Set([key]))
    else keys.add(key)
    return key
  }

  end(held: Held, key: string | undefined): void {
    this.#partitions.delete(held)
    if (key === undefined) return
    const keys = this.#keys.get(held)
    keys?.delete(key)
    if (keys?.size === 0) this.#keys.delete(held)
  }
}

/** A byte a character; behind a mark, so that the key of no bytes is not that of no key. */
function keyOf(record: ConsumerRecord): string | undefined {
  const key = record.rawKey
  return key === null ? undefined : `:${key.toString('latin1')}`
}
