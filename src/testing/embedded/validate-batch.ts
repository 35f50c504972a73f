import { CompressionError, ProtocolError } from '../../errors.js'
import type { ErrorName } from '../../protocol/error-codes.js'
import { attribute, field, headerBytes } from '../../protocol/records/batch-v2.js'
import { compressions } from '../../protocol/records/compression/compression.js'
import { crc32c } from '../../protocol/records/crc32c.js'
import type { KafkaRecord, RecordBatch } from '../../protocol/records/record-batch.js'
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

/** A batch that may be appended. */
export interface ValidBatch {
  /** Without what came behind it. */
  readonly bytes: Buffer
  readonly batch: RecordBatch
  /** The highest of its records; undefined where nobody here can look inside. */
  readonly maxTimestamp: bigint | undefined
}

/** Why a batch is refused. */
export interface Refusal {
  readonly error: ErrorName
  readonly message: string
  /** Whether it came as far as the log, so that the answer says where that starts. */
  readonly isByLog: boolean
  readonly recordErrors?: readonly { readonly batchIndex: number; readonly batchIndexErrorMessage: string }[]
}

/**
 * The one batch that a client may produce at a time, or why the broker refuses the bytes: the checks of Kafka, in its
 * order.
 */
export function validateBatch(
  produced: Buffer | null,
  version: number,
  rules: BatchRules,
  now: bigint,
): ValidBatch | Refusal {
  const bytes = onlyBatch(produced ?? Buffer.alloc(0))
  if ('error' in bytes) return bytes
  if (bytes.readInt8(field.magic) !== 2) return malformed('a produce request must have a batch of magic 2')
  if (bytes.length < headerBytes) return corrupt(`${bytes.length} bytes are no batch`)
  try {
    const [batch] = recordBatches(bytes, { checkCrc: false })
    if (batch === undefined) return malformed('a produce request must have one batch a partition')
    const codec = bytes.readInt16BE(field.attributes) & attribute.compression
    if (compressions[codec] === undefined) return unreadable(`${codec} is no compression`)
    if (batch.compression === 'zstd' && version < 7) {
      return refused('UNSUPPORTED_COMPRESSION_TYPE', `zstd needs version 7 of Produce, this is ${version}`)
    }
    if (batch.baseOffset !== 0n) return invalid(`the base offset must be 0, but it is ${batch.baseOffset}`)
    if (bytes.length > rules.maxBytes) {
      return refused('MESSAGE_TOO_LARGE', `${bytes.length} bytes are more than ${rules.maxBytes}`)
    }
    if (crc32c(bytes.subarray(field.attributes)) !== bytes.readUInt32BE(field.crc)) {
      return corrupt('the checksum is not that of the batch')
    }
    return checkHeader(batch, bytes) ?? checkRecords(batch, bytes, rules, now)
  } catch (error) {
    if (error instanceof ProtocolError) return corrupt(error.message)
    throw error
  }
}

/** The request is at fault. */
function malformed(message: string): Refusal {
  return refused('INVALID_RECORD', message)
}

function corrupt(message: string): Refusal {
  return refused('CORRUPT_MESSAGE', message)
}

function refused(error: ErrorName, message: string): Refusal {
  return { error, message, isByLog: false }
}

/** The log refuses it. */
function invalid(message: string): Refusal {
  return { error: 'INVALID_RECORD', message, isByLog: true }
}

/** Kafka does not expect what a codec throws. */
function unreadable(message: string): Refusal {
  return { error: 'UNKNOWN_SERVER_ERROR', message, isByLog: true }
}

/** Where the length and the magic of a batch have been read, whatever its version. */
const prefixBytes = 17
/** The least that a batch of any version has behind its length. */
const minLength = 14

/** The bytes of the first batch, where there is no other: a rest that is none, or not a whole one, goes unseen. */
function onlyBatch(bytes: Buffer): Buffer | Refusal {
  const size = sizeOfNext(bytes)
  if (typeof size !== 'number') return size
  if (size === 0) return malformed('a produce request must have one batch a partition')
  const further = sizeOfNext(bytes.subarray(size))
  if (typeof further !== 'number') return further
  return further === 0
    ? bytes.subarray(0, size)
    : malformed('a produce request must have one batch a partition, no more')
}

/** How many bytes the batch at the beginning has; 0 where there is none that is whole. */
function sizeOfNext(bytes: Buffer): number | Refusal {
  if (bytes.length < prefixBytes) return 0
  const length = bytes.readInt32BE(field.length)
  const magic = bytes.readInt8(field.magic)
  if (length < minLength) return corrupt(`${length} bytes are no batch`)
  if (magic < 0 || magic > 2) return corrupt(`${magic} is no magic`)
  const size = 12 + length
  return size > bytes.length ? 0 : size
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

function checkRecords(batch: RecordBatch, bytes: Buffer, rules: BatchRules, now: bigint): ValidBatch | Refusal {
  const records = decompressed(batch)
  if (records === 'unseen') return { bytes, batch, maxTimestamp: undefined }
  if ('error' in records) return records
  const keyless: number[] = []
  const untimely: number[] = []
  let index = 0
  let maxTimestamp = -1n
  try {
    for (const { key, timestamp, headers } of records) {
      // Read only so that they are checked.
      void headers
      if (rules.isCompacted && key === null) keyless.push(index)
      const isTimely = timestamp < 0n || (now - timestamp <= rules.before && timestamp - now <= rules.after)
      if (!rules.isAppendTime && !isTimely) untimely.push(index)
      if (timestamp > maxTimestamp) maxTimestamp = timestamp
      index++
    }
  } catch (error) {
    if (error instanceof ProtocolError) return invalid(error.message)
    throw error
  }
  const [error, wrong, what] =
    untimely.length > 0
      ? (['INVALID_TIMESTAMP', untimely, 'timestamp too far from the clock of the broker'] as const)
      : (['INVALID_RECORD', keyless, 'compacted topic cannot accept message without key'] as const)
  if (wrong.length === 0) return { bytes, batch, maxTimestamp }
  const recordErrors = wrong.map(batchIndex => ({ batchIndex, batchIndexErrorMessage: what }))
  return { error, message: `${wrong.length} records were refused: ${what}`, isByLog: true, recordErrors }
}

/** The records; or unseen, where the package of the codec is missing: consumers that have it can look inside. */
function decompressed(batch: RecordBatch): Iterable<KafkaRecord> | Refusal | 'unseen' {
  try {
    const records = batch[Symbol.iterator]()
    return { [Symbol.iterator]: () => records }
  } catch (error) {
    if (error instanceof CompressionError) return 'unseen'
    if (error instanceof ProtocolError) return unreadable(error.message)
    throw error
  }
}
