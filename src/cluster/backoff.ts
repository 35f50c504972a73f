import type { RandomBytes } from '../broker/random-bytes.js'

/** How long one waits before trying again. */
export interface RetryBackoff {
  /** Before the second try, in ms; doubled for each further one. */
  readonly initial: number
  /** The most, in ms, jitter included. */
  readonly max: number
}

/** The most that jitter adds, as a part of the delay. */
const JITTER = 0.2

/**
 * The ms to wait after failure number `attempt`, which counts from 1 (KIP-580).
 *
 * The first wait is `initial` exactly; from the second on, up to a fifth more by chance, so that those who failed
 * together do not come back together.
 */
export function backoff({ initial, max }: RetryBackoff, attempt: number, random: RandomBytes): number {
  if (attempt <= 1) return initial
  const delay = Math.min(initial * 2 ** (attempt - 1), max)
  const [chance = 0] = random(1)
  return Math.min(Math.round(delay * (1 + (JITTER * chance) / 256)), max)
}
