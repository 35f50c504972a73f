/**
 * How much of it is asked for ahead. What is ready for longer outlives the young generation, and then every few fetches
 * cost a collection of the old: more CPU than all else together.
 */
const AHEAD = 1 / 8

/**
 * The bytes of `prefetch`: what is ready, in work and asked for, over all partitions.
 *
 * Invariant: `used` is what was taken less what was freed, each byte once, and 0 when nothing is held and nothing asked.
 */
export class Budget {
  readonly limit: number
  readonly #onFreed: () => void
  #used = 0
  #ready = 0

  /** `onFreed` is called at each freeing: to be remembered, not to be acted on at once. */
  constructor(limit: number, onFreed: () => void) {
    this.limit = limit
    this.#onFreed = onFreed
  }

  get used(): number {
    return this.#used
  }

  get room(): number {
    return Math.max(this.limit - this.#used, 0)
  }

  /** How much more is worth to be asked for of what has something ready. */
  get aheadRoom(): number {
    return Math.max(this.limit * AHEAD - this.#ready, 0)
  }

  take(bytes: number): void {
    this.#used += bytes
  }

  free(bytes: number): void {
    if (bytes === 0) return
    this.#used -= bytes
    this.#onFreed()
  }

  /** So much of what was taken waits to be handed out. */
  ready(bytes: number): void {
    this.#ready += bytes
  }

  /** So much of that does not any more. */
  handedOut(bytes: number): void {
    if (bytes === 0) return
    this.#ready -= bytes
    this.#onFreed()
  }
}
