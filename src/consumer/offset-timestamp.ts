import type { At, To } from './at.js'

/** A position that a group has committed. */
export interface Committed {
  readonly offset: bigint
  /** Of the record before it, which tells whether that is still there; -1 where it is not known. */
  readonly leaderEpoch: number
}

/** What asks ListOffsets for the end. */
export const LATEST = -1n
/** And for the start. */
export const EARLIEST = -2n

/** What asks ListOffsets for a place in the log; undefined where its offset is given. */
export function timestampOf(at: At | To | Committed): bigint | undefined {
  if (at === 'earliest') return EARLIEST
  if (at === 'latest') return LATEST
  return 'timestamp' in at ? BigInt(Math.trunc(Number(at.timestamp))) : undefined
}
