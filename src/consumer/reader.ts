import type { Held } from './held.js'

/** How much is handed out before the event loop has its turn. */
export interface Allowance {
  /** In bytes; nothing more from 0 on. */
  left: number
}

/**
 * How serving a partition went.
 *
 * `more`: it may go on at once. `dry`: nothing of it can be handed out, until the {@link Handout} is told that it is ready.
 * `busy`: this reader does not take what is next yet, and says itself when it does; another reader may.
 */
export type Served = 'more' | 'dry' | 'busy'

/** Why nothing of a tenure counts any more. */
export type Over = 'seek' | 'reset' | 'revoked' | 'lost'

/** Who takes what is ready; subscribers of a {@link Handout}. */
export interface Reader {
  readonly kind: 'records' | 'batches' | 'partition'
  /** The one partition that it reads; undefined for all. */
  readonly only: Held | undefined
  /** Nothing more, of any partition, before it wakes the {@link Handout}. */
  readonly isFull: boolean
  /** Hands out what is ready of a partition, at most to the end of a portion. Throws what is wrong with what was fetched. */
  serve(held: Held, allowance: Allowance): Served
  /** It is about to be given up: nothing more of it comes. */
  halted?(held: Held): void
  /** What is still done about records of it is to be left. */
  cut?(held: Held): void
  /** Its tenure is over. */
  over?(held: Held, why: Over): void
  complete(): void
  error(error: unknown): void
}

/** What a record costs beside its bytes. */
export const RECORD_OVERHEAD = 64
