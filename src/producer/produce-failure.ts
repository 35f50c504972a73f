import { errorOf, errors } from '../protocol/error-codes.js'

/** What an answer to Produce says of one batch. */
export interface ProduceFailure {
  /**
   * Whether the attempt that was answered may stand in a log: Kafka also answers when it waits for replicas, after it
   * has appended. What it says when it checks a batch, before it appends, means that it did not.
   */
  readonly appended: boolean
  /**
   * - `end`: no retry mends it
   * - `again`: the same batch goes again
   * - `split`: too large as it is
   * - `order`: an earlier batch is missing in the log
   * - `forgotten`: the broker knows nothing of this producer
   * - `fenced`: another epoch of this producer has written
   */
  readonly remedy: 'end' | 'again' | 'split' | 'order' | 'forgotten' | 'fenced'
}

const { code: NONE } = errors.NONE
const { code: DUPLICATE_SEQUENCE_NUMBER } = errors.DUPLICATE_SEQUENCE_NUMBER

/** Answered by the checks before the append (Partition.appendRecordsToLeader, LogValidator, ProducerAppendInfo). */
const notAppended = new Map<number, ProduceFailure>()
const before = (remedy: ProduceFailure['remedy'], ...refusals: readonly { readonly code: number }[]) => {
  for (const { code } of refusals) notAppended.set(code, { appended: false, remedy })
}
before('again', errors.CORRUPT_MESSAGE, errors.NOT_ENOUGH_REPLICAS, errors.THROTTLING_QUOTA_EXCEEDED)
before('split', errors.MESSAGE_TOO_LARGE, errors.RECORD_LIST_TOO_LARGE)
before('order', errors.OUT_OF_ORDER_SEQUENCE_NUMBER)
before('forgotten', errors.UNKNOWN_PRODUCER_ID)
before('fenced', errors.INVALID_PRODUCER_EPOCH, errors.PRODUCER_FENCED)
before(
  'end',
  errors.INVALID_RECORD,
  errors.INVALID_TIMESTAMP,
  errors.INVALID_TOPIC_EXCEPTION,
  errors.INVALID_REQUIRED_ACKS,
  errors.TOPIC_AUTHORIZATION_FAILED,
  errors.CLUSTER_AUTHORIZATION_FAILED,
  errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
  errors.UNSUPPORTED_VERSION,
  errors.UNSUPPORTED_FOR_MESSAGE_FORMAT,
  errors.UNSUPPORTED_COMPRESSION_TYPE,
  errors.POLICY_VIOLATION,
)

const appendedAndRetried: ProduceFailure = { appended: true, remedy: 'again' }
const appendedAndOver: ProduceFailure = { appended: true, remedy: 'end' }

/**
 * What an error code in the answer means for its batch; undefined when it is written, which DUPLICATE_SEQUENCE_NUMBER
 * says too. What is not known to come from a check before the append may have been appended: NOT_LEADER_OR_FOLLOWER and
 * UNKNOWN_TOPIC_OR_PARTITION come from there and also from a leader that stepped down while it waited for replicas.
 */
export function produceFailure(code: number): ProduceFailure | undefined {
  if (code === NONE || code === DUPLICATE_SEQUENCE_NUMBER) return undefined
  return notAppended.get(code) ?? (errorOf(code)?.retriable === true ? appendedAndRetried : appendedAndOver)
}
