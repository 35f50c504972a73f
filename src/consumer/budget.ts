/**
 * The bytes of `prefetch`: what is ready, in work and asked for, over all partitions.
 *
 * Invariant: `used` is what was taken less what was freed, each byte once, and 0 when nothing is held and nothing asked.
 */
export class Budget {
  readonly limit: number
  readonly #onFreed: () => void
  #used = 0

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

  take(bytes: number): void {
    this.#used += bytes
  }

  free(bytes: number): void {
    if (bytes === 0) return
    this.#used -= bytes
    this.#onFreed()
  }
}
