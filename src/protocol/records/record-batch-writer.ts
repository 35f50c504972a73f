import { ArgumentError } from '../../errors.js'
import { attribute, field, headerBytes } from './batch-v2.js'
import { type Compression, codecs, compressions } from './compression/compression.js'
import { crc32c } from './crc32c.js'
import { checkBatchOptions, checkInt, checkRecord } from './record-batch-options.js'
import { varintSize, varlongSize, writeVarint, writeVarlong } from './varint.js'

/** A record to be written. */
export interface NewRecord {
  /** Default null. */
  readonly key?: Uint8Array | null
  /** Default null, which compaction takes for a deletion. */
  readonly value?: Uint8Array | null
  readonly headers?: readonly { readonly key: string; readonly value: Uint8Array | null }[]
  /** In ms since 1970; -1 is none. */
  readonly timestamp: bigint
  /** Default: the one after the record before. */
  readonly offset?: bigint
}

/** Who produced a batch, for idempotence and transactions; all -1 by default. */
export interface BatchProducer {
  readonly producerId?: bigint
  readonly producerEpoch?: number
  /** The sequence number of the first record. */
  readonly baseSequence?: number
}

/** What a {@link RecordBatchWriter} writes into the header of its batch. */
export interface RecordBatchOptions extends BatchProducer {
  /** Default none. */
  readonly compression?: Compression
  /** gzip 1 to 9, zstd 1 to 22; default: the codec's own. */
  readonly compressionLevel?: number
  /** The most bytes of the whole batch before compression; default: what a batch can have, 2 GiB - 1. */
  readonly maxBytes?: number
  /** Default 0: brokers assign it. */
  readonly baseOffset?: bigint
  /** Default: that of the last record. Later where compaction has removed what followed. */
  readonly lastOffset?: bigint
  /** Default createTime. */
  readonly timestampType?: 'createTime' | 'logAppendTime'
  /** Default: the highest of the records. With `logAppendTime` the timestamp of them all. */
  readonly maxTimestamp?: bigint
  /** Default null: not set. */
  readonly deleteHorizon?: bigint | null
  readonly isTransactional?: boolean
  readonly isControl?: boolean
  /** Default -1: brokers set it. */
  readonly partitionLeaderEpoch?: number
}

/**
 * Writes one record batch of magic 2, straight into one growing buffer.
 *
 * What a record will take is known before it is added, so a batch never exceeds `maxBytes`, but for its first record,
 * which is always taken: else it could not be sent at all. Compression comes at the end, and counts for nothing in that.
 *
 * @throws {ArgumentError} when an option is out of its range
 *
 * @example
 * import { RecordBatchWriter } from 'kafka-rx/protocol'
 *
 * const writer = new RecordBatchWriter({ compression: 'gzip', maxBytes: 16384 })
 * writer.append({ key: Buffer.from('k'), value: Buffer.from('v'), timestamp: BigInt(Date.now()) }) // true: it had room
 * const records = writer.close()
 */
export class RecordBatchWriter {
  readonly #options: RecordBatchOptions
  readonly #maxBytes: number
  readonly #baseOffset: bigint
  #bytes: Buffer = Buffer.allocUnsafeSlow(4096)
  #end = headerBytes
  #count = 0
  #lastOffsetDelta = -1
  /** Of the first record, or the delete horizon: what the others' are relative to. */
  #baseTimestamp: bigint
  /** The same where a number has it exactly, else NaN. Most differences are then made without a bigint. */
  #baseNumber: number
  #maxTimestamp = -1n
  #closed: Buffer | undefined

  constructor(options: RecordBatchOptions = {}) {
    checkBatchOptions(options)
    this.#options = options
    this.#maxBytes = Math.min(options.maxBytes ?? mostBytes, mostBytes)
    this.#baseOffset = options.baseOffset ?? 0n
    this.#baseTimestamp = options.deleteHorizon ?? -1n
    this.#baseNumber = exactNumber(this.#baseTimestamp)
  }

  /** How many records it has. */
  get recordCount(): number {
    return this.#count
  }

  /** Of the batch so far, before compression, its header included. */
  get sizeInBytes(): number {
    return this.#end
  }

  /**
   * How many bytes {@link append} would add for this record.
   *
   * @throws {ArgumentError} as append does
   */
  sizeOf(record: NewRecord): number {
    checkRecord(record)
    const delta = this.#count === 0 ? this.#firstDelta(record.timestamp) : this.#timestampDelta(record.timestamp)
    const size = bodySize(record, this.#offsetDelta(record.offset), delta)
    return varintSize(size) + size
  }

  /**
   * Adds a record; false, and nothing is added, when the batch has no room for it or is closed.
   *
   * @throws {ArgumentError} when the record's offset does not come after the one before, is more than 2^31 - 1 after the
   * first, a number is out of the range of int64, or a part of the record is of another type than it says
   */
  append(record: NewRecord): boolean {
    if (this.#closed !== undefined) return false
    checkRecord(record)
    const offsetDelta = this.#offsetDelta(record.offset)
    const isFirst = this.#count === 0
    const delta = isFirst ? this.#firstDelta(record.timestamp) : this.#timestampDelta(record.timestamp)
    const size = bodySize(record, offsetDelta, delta)
    const end = this.#end + varintSize(size) + size
    if (end > (isFirst ? mostBytes : this.#maxBytes)) return false
    if (end > this.#bytes.length) this.#grow(end)
    if (isFirst && (this.#options.deleteHorizon ?? null) === null) {
      this.#baseTimestamp = record.timestamp
      this.#baseNumber = exactNumber(record.timestamp)
    }
    if (isFirst || record.timestamp > this.#maxTimestamp) this.#maxTimestamp = record.timestamp
    writeRecord(this.#bytes, this.#end, record, size, offsetDelta, delta)
    this.#end = end
    this.#lastOffsetDelta = offsetDelta
    this.#count++
    return true
  }

  /**
   * Ends the batch and returns its bytes; called again, the same bytes. Without any record it is the empty batch that
   * compaction leaves.
   *
   * @param producer  what is only known when the batch is sent, instead of the options'
   * @throws {CompressionError} when the codec's package is missing, or this node does not write zstd
   */
  close(producer: BatchProducer = {}): Buffer {
    if (this.#closed !== undefined) return this.#closed
    checkBatchOptions(producer)
    const { compression = 'none', compressionLevel } = this.#options
    const plain = this.#bytes.subarray(0, this.#end)
    if (compression === 'none' || this.#count === 0) {
      this.#closed = this.#writeHeader(plain, 'none', producer)
    } else {
      const records = codecs[compression].compress(plain.subarray(headerBytes), compressionLevel)
      const batch = Buffer.allocUnsafeSlow(headerBytes + records.length)
      batch.set(records, headerBytes)
      this.#closed = this.#writeHeader(batch, compression, producer)
    }
    this.#bytes = this.#closed
    return this.#closed
  }

  #writeHeader(batch: Buffer, compression: Compression, producer: BatchProducer): Buffer {
    const options = { ...this.#options, ...producer }
    const { timestampType, isTransactional, isControl, deleteHorizon, lastOffset } = options
    const lastOffsetDelta =
      lastOffset === undefined ? Math.max(this.#lastOffsetDelta, 0) : checkedDelta(lastOffset - this.#baseOffset)
    const attributes =
      compressions.indexOf(compression) |
      (timestampType === 'logAppendTime' ? attribute.logAppendTime : 0) |
      (isTransactional === true ? attribute.transactional : 0) |
      (isControl === true ? attribute.control : 0) |
      ((deleteHorizon ?? null) === null ? 0 : attribute.deleteHorizon)
    batch.writeBigInt64BE(this.#baseOffset, field.baseOffset)
    batch.writeInt32BE(batch.length - field.partitionLeaderEpoch, field.length)
    batch.writeInt32BE(options.partitionLeaderEpoch ?? -1, field.partitionLeaderEpoch)
    batch[field.magic] = 2
    batch.writeInt16BE(attributes, field.attributes)
    batch.writeInt32BE(lastOffsetDelta, field.lastOffsetDelta)
    batch.writeBigInt64BE(this.#baseTimestamp, field.baseTimestamp)
    batch.writeBigInt64BE(options.maxTimestamp ?? this.#maxTimestamp, field.maxTimestamp)
    batch.writeBigInt64BE(options.producerId ?? -1n, field.producerId)
    batch.writeInt16BE(options.producerEpoch ?? -1, field.producerEpoch)
    batch.writeInt32BE(options.baseSequence ?? -1, field.baseSequence)
    batch.writeInt32BE(this.#count, field.count)
    batch.writeUInt32BE(crc32c(batch.subarray(field.attributes)), field.crc)
    return batch
  }

  #offsetDelta(offset: bigint | undefined): number {
    if (offset === undefined) return checkedDelta(this.#lastOffsetDelta + 1)
    const delta = checkedDelta(offset - this.#baseOffset)
    if (delta > this.#lastOffsetDelta) return delta
    const last = this.#baseOffset + BigInt(this.#lastOffsetDelta)
    throw new ArgumentError(`offset ${offset} does not come after ${last}, that of the record before`)
  }

  /** Of the first record, which the others are relative to, unless there is a delete horizon. */
  #firstDelta(timestamp: bigint): number | bigint {
    checkInt('timestamp', timestamp, 64)
    return (this.#options.deleteHorizon ?? null) === null ? 0 : this.#timestampDelta(timestamp)
  }

  #timestampDelta(timestamp: bigint): number | bigint {
    const delta = exactNumber(timestamp) - this.#baseNumber
    if (!Number.isNaN(delta)) return delta
    checkInt('timestamp', timestamp, 64)
    return BigInt.asIntN(64, timestamp - this.#baseTimestamp)
  }

  #grow(needed: number): void {
    const bytes = Buffer.allocUnsafeSlow(Math.min(Math.max(needed, this.#bytes.length * 2), mostBytes))
    bytes.set(this.#bytes.subarray(0, this.#end))
    this.#bytes = bytes
  }
}

/** What the length in a batch's header can say. */
const mostBytes = 0x7fffffff

/** NaN beyond 2^52, so that the difference of two is exact. */
function exactNumber(value: bigint): number {
  const number = Number(value)
  return Math.abs(number) <= 2 ** 52 ? number : Number.NaN
}

function checkedDelta(delta: number | bigint): number {
  if (delta >= 0 && delta <= 0x7fffffff) return Number(delta)
  throw new ArgumentError(`an offset ${delta} after the first of the batch: must be 0 to ${0x7fffffff}`)
}

/** Of a record without the length before it. */
function bodySize(record: NewRecord, offsetDelta: number, timestampDelta: number | bigint): number {
  const { key, value, headers } = record
  let size = 1 + varlongSize(timestampDelta) + varintSize(offsetDelta) + bytesSize(key) + bytesSize(value)
  if (headers === undefined || headers.length === 0) return size + 1
  size += varintSize(headers.length)
  for (const header of headers) {
    const keySize = Buffer.byteLength(header.key)
    size += varintSize(keySize) + keySize + bytesSize(header.value)
  }
  return size
}

function bytesSize(bytes: Uint8Array | null | undefined): number {
  return bytes === null || bytes === undefined ? 1 : varintSize(bytes.length) + bytes.length
}

function writeRecord(
  bytes: Buffer,
  start: number,
  record: NewRecord,
  size: number,
  offsetDelta: number,
  timestampDelta: number | bigint,
): void {
  const { key, value, headers } = record
  let at = writeVarint(bytes, start, size)
  bytes[at++] = 0
  at = writeVarlong(bytes, at, timestampDelta)
  at = writeVarint(bytes, at, offsetDelta)
  at = writeBytes(bytes, at, key)
  at = writeBytes(bytes, at, value)
  if (headers === undefined || headers.length === 0) {
    bytes[at] = 0
    return
  }
  at = writeVarint(bytes, at, headers.length)
  for (const header of headers) {
    at = writeVarint(bytes, at, Buffer.byteLength(header.key))
    at += bytes.write(header.key, at)
    at = writeBytes(bytes, at, header.value)
  }
}

function writeBytes(bytes: Buffer, at: number, value: Uint8Array | null | undefined): number {
  if (value === null || value === undefined) {
    bytes[at] = 1
    return at + 1
  }
  const start = writeVarint(bytes, at, value.length)
  bytes.set(value, start)
  return start + value.length
}
