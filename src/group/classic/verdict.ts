import { isHopeless } from '../../cluster/ask-any.js'
import { ClosedError, ConnectError, ConnectionError, type KafkaError } from '../../errors.js'
import { errorOf, errors } from '../../protocol/error-codes.js'

/**
 * What a coordinator's answer means for a member.
 *
 * - `heard`: all is well
 * - `rejoin`: the group rebalances
 * - `named`: the answer has the member id to join with (KIP-394)
 * - `outdated`: the group went on without it, which it is still a member of
 * - `stranger`: it is no member any more
 * - `later`: the coordinator cannot tell now
 * - `fatal`: no other try would mend it
 */
export type Verdict = 'heard' | 'rejoin' | 'named' | 'outdated' | 'stranger' | 'later' | 'fatal'

const rows: ReadonlyMap<number, Verdict> = new Map([
  [errors.NONE.code, 'heard'],
  [errors.REBALANCE_IN_PROGRESS.code, 'rejoin'],
  [errors.MEMBER_ID_REQUIRED.code, 'named'],
  [errors.ILLEGAL_GENERATION.code, 'outdated'],
  [errors.UNKNOWN_MEMBER_ID.code, 'stranger'],
  [errors.GROUP_ID_NOT_FOUND.code, 'stranger'],
  // FENCED_INSTANCE_ID, INCONSISTENT_GROUP_PROTOCOL, GROUP_MAX_SIZE_REACHED, GROUP_AUTHORIZATION_FAILED,
  // INVALID_GROUP_ID, INVALID_SESSION_TIMEOUT and what nobody knows are not retriable, and so fatal.
])

/** What the number in an answer's `errorCode` means, whichever of a group's APIs it is of. */
export function verdictOf(errorCode: number): Verdict {
  return rows.get(errorCode) ?? (errorOf(errorCode)?.retriable === true ? 'later' : 'fatal')
}

/** Whether a request failed of what another try would not mend. */
export function isFatal(error: KafkaError): boolean {
  if (isHopeless(error)) return true
  return !error.retriable && !connectionEnds.some(one => error instanceof one)
}

/** The next connection may live, whatever this one ended of. */
const connectionEnds = [ConnectError, ConnectionError, ClosedError]
