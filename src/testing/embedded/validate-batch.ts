import { CompressionError, ProtocolError } from '../../errors.js'
import type { ErrorName } from '../../protocol/error-codes.js'
import { field, headerBytes } from '../../protocol/records/batch-v2.js'
import { crc32c } from '../../protocol/records/crc32c.js'
import type { RecordBatch } from '../../protocol/records/record-batch.js'
import { recordBatches } from '../../protocol/records/record-batches.js'

/** The settings of a topic that decide which batches it takes. */
export interface BatchRules {
  readonly maxBytes: number
  readonly isCompacted: boolean
  /** By how much a record's timestamp may be before or after the broker's clock, in ms. */
  readonly before: bigint
  readonly after: bigint
  /** With the broker's own time for all records, theirs do not matter. */
  readonly isAppendTime: boolean
}

/** Why a batch is refused. */
export interface Refusal {
  readonly error: ErrorName
  readonly message: string
  readonly recordErrors?: readonly { readonly batchIndex: number; readonly batchIndexErrorMessage: string }[]
}

/**
 * The one batch that a client may produce at a time, or why the broker refuses the bytes: the checks of Kafka, in its
 * order.
 */
export function validateBatch(
  bytes: Buffer | null,
  version: number,
  rules: BatchRules,
  now: bigint,
): RecordBatch | Refusal {
  if (bytes === null || bytes.length < headerBytes) return invalid('a produce request must have one batch a partition')
  if (bytes.readInt8(field.magic) !== 2) return invalid('a produce request must have a batch of magic 2')
  const size = 12 + bytes.readInt32BE(field.length)
  if (size < bytes.length) return invalid('a produce request must have one batch a partition, no more')
  if (size > bytes.length) return { error: 'CORRUPT_MESSAGE', message: 'the batch is cut short' }
  try {
    const [batch] = recordBatches(bytes, { checkCrc: false })
    if (batch === undefined) return invalid('a produce request must have one batch a partition')
    if (batch.compression === 'zstd' && version < 7) {
      return { error: 'UNSUPPORTED_COMPRESSION_TYPE', message: `zstd needs version 7 of Produce, this is ${version}` }
    }
    if (batch.baseOffset !== 0n) return invalid(`the base offset must be 0, but it is ${batch.baseOffset}`)
    if (batch.sizeInBytes > rules.maxBytes) {
      return { error: 'MESSAGE_TOO_LARGE', message: `${batch.sizeInBytes} bytes are more than ${rules.maxBytes}` }
    }
    if (crc32c(bytes.subarray(field.attributes)) !== bytes.readUInt32BE(field.crc)) {
      return { error: 'CORRUPT_MESSAGE', message: 'the checksum is not that of the batch' }
    }
    return checkHeader(batch, bytes) ?? checkRecords(batch, rules, now) ?? batch
  } catch (error) {
    if (error instanceof ProtocolError) return { error: 'CORRUPT_MESSAGE', message: error.message }
    throw error
  }
}

function invalid(message: string): Refusal {
  return { error: 'INVALID_RECORD', message }
}

function checkHeader(batch: RecordBatch, bytes: Buffer): Refusal | undefined {
  const count = bytes.readInt32BE(field.count)
  const span = batch.lastOffset - batch.baseOffset + 1n
  if (span <= 0n || count <= 0 || BigInt(count) !== span) {
    return invalid(`the batch has ${count} records, its offsets say ${span}`)
  }
  if (batch.isControl) return invalid('clients must not write control batches')
  if (batch.producerId >= 0n && batch.baseSequence < 0) return invalid(`sequence number ${batch.baseSequence}`)
  return undefined
}

function checkRecords(batch: RecordBatch, rules: BatchRules, now: bigint): Refusal | undefined {
  const keyless: number[] = []
  const untimely: number[] = []
  let index = 0
  try {
    for (const { key, timestamp, offset } of batch) {
      if (offset !== BigInt(index)) return invalid(`record ${index} has the offset ${offset}`)
      if (rules.isCompacted && key === null) keyless.push(index)
      const isTimely = timestamp < 0n || (now - timestamp <= rules.before && timestamp - now <= rules.after)
      if (!rules.isAppendTime && !isTimely) untimely.push(index)
      index++
    }
  } catch (error) {
    // Without the codec's package nobody here can look inside; consumers that have it can.
    if (!(error instanceof CompressionError)) throw error
  }
  const [error, wrong, what] =
    untimely.length > 0
      ? (['INVALID_TIMESTAMP', untimely, 'timestamp too far from the clock of the broker'] as const)
      : (['INVALID_RECORD', keyless, 'compacted topic cannot accept message without key'] as const)
  if (wrong.length === 0) return undefined
  const recordErrors = wrong.map(batchIndex => ({ batchIndex, batchIndexErrorMessage: what }))
  return { error, message: `${wrong.length} records were refused: ${what}`, recordErrors }
}
