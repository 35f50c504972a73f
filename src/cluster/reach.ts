import type { KafkaError } from '../errors.js'

/** For so long what no other try would mend is tried again where it was right before: secrets and certificates change, brokers roll. */
const PATIENCE = 30_000
const NOW = Number.NEGATIVE_INFINITY

/** How well an address can be reached, and so when to try next: every connection to it shares this (KIP-144). */
export class Reach {
  /** How often in a row connecting failed, or an open connection was lost. */
  failures = 0
  /** What the last try failed of; undefined once one has succeeded. */
  cause: KafkaError | undefined
  readonly #backoff: (attempt: number) => number
  /** Not to be tried before. */
  #notBefore = NOW
  /** Since when it is refused, and when it was last. */
  #refusedSince = NOW
  #refusedAt = NOW

  constructor(backoff: (attempt: number) => number) {
    this.#backoff = backoff
  }

  /** Connections that are lost together are one failure. */
  failed(now: number, cause: KafkaError): void {
    this.cause = cause
    if (now < this.#notBefore) return
    this.failures++
    this.#notBefore = now + this.#backoff(this.failures)
  }

  reached(): void {
    this.failures = 0
    this.cause = undefined
    this.#notBefore = NOW
    this.#refusedAt = NOW
  }

  /** It was refused as no other try would mend; whether that may yet pass, since it was once taken. */
  refused(now: number): boolean {
    if (now - this.#refusedAt > PATIENCE) this.#refusedSince = now
    this.#refusedAt = now
    return now - this.#refusedSince < PATIENCE
  }

  /** For how long to wait before trying. */
  wait(now: number): number {
    return Math.max(this.#notBefore - now, 0)
  }
}
