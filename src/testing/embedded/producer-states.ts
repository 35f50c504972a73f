import type { ErrorName } from '../../protocol/error-codes.js'
import type { RecordBatch } from '../../protocol/records/record-batch.js'
import type { StoredBatch } from './log.js'

/** A batch of an idempotent producer, remembered so that it is known when it comes again. */
interface SeenBatch {
  readonly firstSequence: number
  readonly lastSequence: number
  readonly baseOffset: bigint
  readonly maxTimestamp: bigint
}

/** What a partition remembers of one idempotent producer. */
export interface ProducerState {
  epoch: number
  /** The last five. */
  batches: SeenBatch[]
  /** Where its transaction begins in this partition, while there is one. */
  firstOffsetOfTransaction: bigint | undefined
}

/**
 * A producer of whom the coordinator was asked whether it has a transaction, before anything of that is in the log
 * (KIP-890). What was asked for and did not get through comes again: later batches must not overtake it.
 */
export interface Verification {
  readonly epoch: number
  readonly lowestSequence: number
  /** From version 12 of Produce on, where a producer of whom nothing is known has begun anew. */
  readonly startsAtZero: boolean
}

/** What is known when the coordinator is asked, once more or for the first time. */
export function verificationOf(
  known: Verification | undefined,
  epoch: number,
  sequence: number,
  startsAtZero: boolean,
): Verification {
  if (known === undefined || epoch > known.epoch) return { epoch, lowestSequence: sequence, startsAtZero }
  if (epoch < known.epoch || sequence >= known.lowestSequence) return known
  return { ...known, lowestSequence: sequence }
}

/** How the batch of a producer stands to what the partition has seen: new, seen before, or an error. */
export type Standing = { readonly seen: SeenBatch } | { readonly error: ErrorName } | 'new'

/** How many batches are remembered of each producer: as many as one may have in flight. */
const remembered = 5
const maxSequence = 0x7fffffff

/** Whether a batch of an idempotent producer is the next one, as Kafka decides it. */
export function standingOf(
  state: ProducerState | undefined,
  batch: RecordBatch,
  verification?: Verification,
): Standing {
  const { producerEpoch, baseSequence } = batch
  const last = lastSequence(batch)
  if (producerEpoch === state?.epoch) {
    const seen = state.batches.find(one => one.firstSequence === baseSequence && one.lastSequence === last)
    if (seen !== undefined) return { seen }
  }
  if (producerEpoch < (state?.epoch ?? -1)) return { error: 'INVALID_PRODUCER_EPOCH' }
  if (verification !== undefined && baseSequence > verification.lowestSequence) return outOfOrder
  if (state === undefined) return verification?.startsAtZero === true && baseSequence !== 0 ? outOfOrder : 'new'
  if (producerEpoch > state.epoch) return baseSequence === 0 ? checkTransaction(state, batch) : outOfOrder
  // Where a transaction's end brought a new epoch, nothing came in it yet, and the first must be 0.
  const before = state.batches.at(-1)?.lastSequence ?? -1
  const isNext = baseSequence === before + 1 || (baseSequence === 0 && before === maxSequence)
  return isNext ? checkTransaction(state, batch) : outOfOrder
}

const outOfOrder: Standing = { error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' }

function checkTransaction(state: ProducerState, batch: RecordBatch): Standing {
  const isOpen = state.firstOffsetOfTransaction !== undefined
  return isOpen && !batch.isTransactional ? { error: 'INVALID_TXN_STATE' } : 'new'
}

/** The state after a batch was appended. */
export function afterBatch(
  state: ProducerState | undefined,
  batch: RecordBatch,
  { baseOffset, maxTimestamp }: Pick<StoredBatch, 'baseOffset' | 'maxTimestamp'>,
): ProducerState {
  const { producerEpoch: epoch, baseSequence: firstSequence } = batch
  const seen: SeenBatch = { firstSequence, lastSequence: lastSequence(batch), baseOffset, maxTimestamp }
  const before = state?.epoch === epoch ? state.batches : []
  const opened = batch.isTransactional ? baseOffset : undefined
  return {
    epoch,
    batches: [...before, seen].slice(-remembered),
    firstOffsetOfTransaction: state?.firstOffsetOfTransaction ?? opened,
  }
}

/** Sequence numbers begin anew after the last int32. */
function lastSequence({ baseSequence, baseOffset, lastOffset }: RecordBatch): number {
  const delta = Number(lastOffset - baseOffset)
  return baseSequence + delta > maxSequence ? baseSequence + delta - maxSequence - 1 : baseSequence + delta
}
