/** How well an address can be reached, and so when to try next: every connection to it shares this (KIP-144). */
export class Reach {
  /** How often in a row connecting failed, or an open connection was lost. */
  failures = 0
  /** Not to be tried before. */
  notBefore = Number.NEGATIVE_INFINITY
  readonly #backoff: (attempt: number) => number

  constructor(backoff: (attempt: number) => number) {
    this.#backoff = backoff
  }

  failed(now: number): void {
    this.failures++
    this.notBefore = now + this.#backoff(this.failures)
  }

  reached(): void {
    this.failures = 0
  }

  /** For how long to wait before trying. */
  wait(now: number): number {
    return Math.max(this.notBefore - now, 0)
  }
}
