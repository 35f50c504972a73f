import { brokerError } from '../../broker/broker-error.js'
import { isHopeless } from '../../cluster/ask-any.js'
import {
  BrokerError,
  ConnectError,
  ConnectionError,
  KafkaError,
  RequestTimeoutError,
  UnsupportedVersionError,
} from '../../errors.js'
import { errorOf, errors } from '../../protocol/error-codes.js'

/** What becomes of a member whose heartbeat was refused. */
export type Verdict =
  /** The same again, a little later. */
  | 'again'
  /** It is no member any more, under this epoch: what it had is lost, and it joins anew. */
  | 'rejoin'
  /** Somebody is there already under its id or its instance id: an earlier self, or one that has yet to go. */
  | 'occupied'
  /** It cannot be a member. */
  | 'fatal'

/** Of an error code other than NONE, to a heartbeat under this epoch. */
export function verdictOf(errorCode: number, epoch: number): Verdict {
  const isJoining = epoch === 0
  switch (errorCode) {
    case errors.FENCED_MEMBER_EPOCH.code:
    case errors.UNRELEASED_INSTANCE_ID.code:
      return isJoining ? 'occupied' : 'rejoin'
    case errors.UNKNOWN_MEMBER_ID.code:
      return isJoining ? 'again' : 'rejoin'
    case errors.GROUP_ID_NOT_FOUND.code:
      // Who joins makes the group, unless there is one of another kind.
      return isJoining ? 'fatal' : 'rejoin'
    default:
      return errorOf(errorCode)?.retriable === true ? 'again' : 'fatal'
  }
}

/** The error of a member that was refused. */
export function refusal(
  errorCode: number,
  said: string | null,
  { group, instanceId }: { readonly group: string; readonly instanceId: string | null },
): BrokerError {
  const what = `a member of the group ${group}${instanceId === null ? '' : ` as ${instanceId}`}`
  const isUnserved = errorCode === errors.UNSUPPORTED_VERSION.code
  return brokerError(errorCode, isUnserved ? `${what}: ${unserved}` : what, said)
}

/** Whether waiting may help where there was no answer: coordinators move, brokers and lines come back. */
export function isPassing(error: unknown): error is KafkaError {
  if (!(error instanceof KafkaError) || isHopeless(error)) return false
  return error.retriable || (!(error instanceof BrokerError) && connectionEnds.some(one => error instanceof one))
}

/** The error that a member ends with where there was no answer. */
export function failureOf(error: unknown): unknown {
  if (!(error instanceof UnsupportedVersionError)) return error
  const { api, ours, theirs } = error
  return new UnsupportedVersionError(`${unserved} (${error.message})`, { api, ours, theirs, cause: error })
}

const connectionEnds = [ConnectError, ConnectionError, RequestTimeoutError]
const unserved = "the brokers do not serve protocol 'consumer', which Kafka has from 4.0: use protocol 'classic'"
