import { errorOf, errors } from '../protocol/error-codes.js'

/** What an error code means for the partition that it was answered for. */
export type FetchFailure =
  /** Metadata is asked for, and the partition after a while. */
  | 'again'
  /** The position is not in the log that was asked. */
  | 'out-of-range'
  /** No other try would mend it. */
  | 'fatal'

/** These may pass, though they are not told as retriable, or have not always been. */
const passing = new Set([errors.UNKNOWN_SERVER_ERROR.code, errors.UNKNOWN_TOPIC_ID.code])
/** This does not, though it is told as retriable: what the broker has on its disk is broken. */
const lasting = new Set([errors.CORRUPT_MESSAGE.code])

/** Of a Fetch, ListOffsets or OffsetForLeaderEpoch. */
export function fetchFailure(errorCode: number): FetchFailure {
  if (errorCode === errors.OFFSET_OUT_OF_RANGE.code) return 'out-of-range'
  if (passing.has(errorCode)) return 'again'
  if (lasting.has(errorCode)) return 'fatal'
  return errorOf(errorCode)?.retriable === true ? 'again' : 'fatal'
}
