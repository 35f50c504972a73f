import { type Outcome, Wait } from '../outcome.js'

/** A place for an answer that comes later. */
export interface Slot<T> {
  answer: T | undefined
}

/** The request that waits for a slot to be filled. */
export function waitFor<T, R>(slot: Slot<T>, respond: (answer: T) => R): Outcome<R> {
  const ready = () => (slot.answer === undefined ? undefined : respond(slot.answer))
  // Whoever has the slot sees to it that it is filled.
  return ready() ?? new Wait<R>(Number.POSITIVE_INFINITY, ready, () => 'hang up')
}
