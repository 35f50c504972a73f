import { ArgumentError } from '../../errors.js'
import { attribute, BatchV2, field, headerBytes } from './batch-v2.js'
import { type Compression, codecs, compressions } from './compression/compression.js'
import { crc32c } from './crc32c.js'
import {
  dataLength,
  dataSize,
  exactTimestamp,
  headersSize,
  type NewData,
  type NewHeader,
  type NewRecord,
  noData,
  refuse,
  wantedData,
  writeData,
  writeHeaders,
} from './new-record.js'
import type { KafkaRecord } from './record-batch.js'
import {
  type BatchProducer,
  checkBatchOptions,
  checkProducer,
  type RecordBatchOptions,
} from './record-batch-options.js'
import { RecordIterator } from './record-iterator.js'
import { recordView } from './record-view.js'
import { varintSize, varlongSize, writeVarint, writeVarlong } from './varint.js'

/**
 * Writes one record batch of magic 2, straight into one growing buffer: no object is made for a record, and strings become
 * UTF-8 in place.
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
 * writer.append({ key: 'order-17', value: JSON.stringify({ paid: true }), timestamp: Date.now() }) // true: it had room
 * const records = writer.close()
 */
export class RecordBatchWriter {
  readonly #options: RecordBatchOptions
  readonly #maxBytes: number
  readonly #baseOffset: bigint
  /** The header's place and the records, until it is closed. */
  #bytes: Buffer = nothing
  #end = headerBytes
  #count = 0
  #lastOffsetDelta = -1
  /** Of the first record, or the delete horizon: what the others' are relative to. As {@link exactTimestamp} has it. */
  #baseTimestamp: number | bigint = -1
  /** Of the records. */
  #maxTimestamp: number | bigint = -1
  #closed: Buffer | undefined

  constructor(options: RecordBatchOptions = {}) {
    checkBatchOptions(options)
    this.#options = options
    this.#maxBytes = Math.min(options.maxBytes ?? mostBytes, mostBytes)
    this.#baseOffset = options.baseOffset ?? 0n
    if (this.#hasHorizon) this.#baseTimestamp = exactTimestamp(options.deleteHorizon as bigint)
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
    if (typeof record !== 'object' || record === null) refuse('a record', 'an object', record)
    const timestamp = exactTimestamp(record.timestamp)
    const body =
      1 +
      varlongSize(this.#timestampDelta(timestamp)) +
      varintSize(this.#offsetDelta(record.offset)) +
      dataSize(checkedLength('key', record.key)) +
      dataSize(checkedLength('value', record.value)) +
      headersSize(record.headers)
    return varintSize(body) + body
  }

  /**
   * Adds a record; false, and nothing is added, when the batch has no room for it or is closed.
   *
   * @throws {ArgumentError} when the record's offset does not come after the one before, is more than 2^31 - 1 after the
   * first, a number is out of the range of int64, or a part of the record is of another type than it says
   */
  append(record: NewRecord): boolean {
    if (typeof record !== 'object' || record === null) refuse('a record', 'an object', record)
    const { timestamp, key, value, headers, offset } = record
    return this.#add(timestamp, key, value, headers, offset, this.#maxBytes)
  }

  /**
   * The same without a record around its fields, for those who have them apart.
   *
   * @throws {ArgumentError} as append does
   */
  appendFields(
    timestamp: number | bigint,
    key: NewData | null,
    value: NewData | null,
    headers?: readonly NewHeader[],
  ): boolean {
    return this.#add(timestamp, key, value, headers, undefined, this.#maxBytes)
  }

  /**
   * Ends the batch and returns its bytes; called again, the same bytes. Without any record it is the empty batch that
   * compaction leaves.
   *
   * @param producer  what is only known when the batch is sent, instead of the options'; {@link stampBatch} changes it
   *     later
   * @throws {CompressionError} when the codec's package is missing, or this node does not write zstd
   */
  close(producer: BatchProducer = {}): Buffer {
    if (this.#closed !== undefined) return this.#closed
    checkProducer(producer, 'close()')
    const { compression = 'none', compressionLevel } = this.#options
    if (compression === 'none' || this.#count === 0) {
      this.#closed = this.#writeHeader(this.#exactBytes(), 'none', producer)
    } else {
      const plain = this.#bytes.subarray(headerBytes, this.#end)
      const records = codecs[compression].compress(plain, compressionLevel)
      const batch = Buffer.allocUnsafeSlow(headerBytes + records.length)
      batch.set(records, headerBytes)
      this.#closed = this.#writeHeader(batch, compression, producer)
    }
    this.#bytes = nothing
    return this.#closed
  }

  /**
   * A new writer, open, of the same options, with the records that `keep` says: what is withdrawn is left out, and a batch
   * that a broker finds too large is split. Offsets are given anew. This writer stays as it is, open or closed; one that
   * compresses and is closed is decompressed.
   *
   * @param keep  asked of each record by its index, in order
   *
   * @example
   * import { RecordBatchWriter } from 'kafka-rx/protocol'
   *
   * declare const writer: RecordBatchWriter
   * const half = writer.recordCount >>> 1
   * const [first, second] = [writer.filter(index => index < half), writer.filter(index => index >= half)]
   */
  filter(keep: (index: number) => boolean): RecordBatchWriter {
    const kept = new RecordBatchWriter({ ...this.#options, expectedBytes: this.#end })
    let index = 0
    for (const { timestamp, key, value, headers } of this.#records()) {
      // Deltas to another first timestamp may be longer: what was within maxBytes stays together all the same.
      if (keep(index++)) kept.#add(timestamp, key, value, headers, undefined, mostBytes)
    }
    return kept
  }

  #add(
    timestamp: number | bigint,
    key: NewData | null | undefined,
    value: NewData | null | undefined,
    headers: readonly NewHeader[] | undefined,
    offset: bigint | undefined,
    maxBytes: number,
  ): boolean {
    if (this.#closed !== undefined) return false
    const exact = exactTimestamp(timestamp)
    const offsetDelta = this.#offsetDelta(offset)
    const timestampDelta = this.#timestampDelta(exact)
    const keyLength = checkedLength('key', key)
    const valueLength = checkedLength('value', value)
    const fields = dataSize(keyLength) + dataSize(valueLength) + headersSize(headers)
    const body = 1 + varlongSize(timestampDelta) + varintSize(offsetDelta) + fields
    const isFirst = this.#count === 0
    const end = this.#end + varintSize(body) + body
    if (end > (isFirst ? mostBytes : maxBytes)) return false
    if (end > this.#bytes.length) this.#grow(end)
    if (isFirst && !this.#hasHorizon) this.#baseTimestamp = exact
    if (isFirst || exact > this.#maxTimestamp) this.#maxTimestamp = exact
    const bytes = this.#bytes
    let at = writeVarint(bytes, this.#end, body)
    bytes[at++] = 0
    at = writeVarlong(bytes, at, timestampDelta)
    at = writeVarint(bytes, at, offsetDelta)
    at = writeData(bytes, at, key, keyLength)
    at = writeData(bytes, at, value, valueLength)
    this.#end = writeHeaders(bytes, at, headers)
    this.#lastOffsetDelta = offsetDelta
    this.#count++
    return true
  }

  #records(): Iterable<KafkaRecord> {
    if (this.#closed !== undefined) return new BatchV2(this.#closed, mostBytes, false)
    const [baseOffset, baseTimestamp] = [this.#baseOffset, BigInt(this.#baseTimestamp)]
    const bytes = this.#bytes.subarray(0, this.#end)
    const source = { bytes, start: headerBytes, baseOffset, baseTimestamp, appendTime: null }
    return new RecordIterator(source, this.#count, recordView)
  }

  /** A batch that fills less than half of its memory lets the rest go, where that is worth a copy. */
  #exactBytes(): Buffer {
    if (this.#count === 0) return Buffer.allocUnsafe(headerBytes)
    const batch = this.#bytes.subarray(0, this.#end)
    return this.#bytes.length > firstBytes && this.#end * 2 < this.#bytes.length ? Buffer.from(batch) : batch
  }

  #writeHeader(batch: Buffer, compression: Compression, producer: BatchProducer): Buffer {
    const options = this.#options
    const { timestampType, isTransactional, isControl, lastOffset, maxTimestamp } = options
    const lastOffsetDelta =
      lastOffset === undefined ? Math.max(this.#lastOffsetDelta, 0) : checkedDelta(lastOffset - this.#baseOffset)
    const attributes =
      compressions.indexOf(compression) |
      (timestampType === 'logAppendTime' ? attribute.logAppendTime : 0) |
      (isTransactional === true ? attribute.transactional : 0) |
      (isControl === true ? attribute.control : 0) |
      (this.#hasHorizon ? attribute.deleteHorizon : 0)
    batch.writeBigInt64BE(this.#baseOffset, field.baseOffset)
    batch.writeInt32BE(batch.length - field.partitionLeaderEpoch, field.length)
    batch.writeInt32BE(options.partitionLeaderEpoch ?? -1, field.partitionLeaderEpoch)
    batch[field.magic] = 2
    batch.writeInt16BE(attributes, field.attributes)
    batch.writeInt32BE(lastOffsetDelta, field.lastOffsetDelta)
    writeInt64(batch, this.#baseTimestamp, field.baseTimestamp)
    writeInt64(batch, maxTimestamp ?? this.#maxTimestamp, field.maxTimestamp)
    batch.writeBigInt64BE(producer.producerId ?? options.producerId ?? -1n, field.producerId)
    batch.writeInt16BE(producer.producerEpoch ?? options.producerEpoch ?? -1, field.producerEpoch)
    batch.writeInt32BE(producer.baseSequence ?? options.baseSequence ?? -1, field.baseSequence)
    batch.writeInt32BE(this.#count, field.count)
    batch.writeUInt32BE(crc32c(batch.subarray(field.attributes)), field.crc)
    return batch
  }

  #offsetDelta(offset: bigint | undefined): number {
    if (offset === undefined) return checkedDelta(this.#lastOffsetDelta + 1)
    if (typeof offset !== 'bigint') refuse('offset', 'a bigint', offset)
    const delta = checkedDelta(offset - this.#baseOffset)
    if (delta > this.#lastOffsetDelta) return delta
    const last = this.#baseOffset + BigInt(this.#lastOffsetDelta)
    throw new ArgumentError(`offset ${offset} does not come after ${last}, that of the record before`)
  }

  /** To the first record, or the delete horizon. */
  #timestampDelta(timestamp: number | bigint): number | bigint {
    if (this.#count === 0 && !this.#hasHorizon) return 0
    const base = this.#baseTimestamp
    if (typeof timestamp === 'number' && typeof base === 'number') return timestamp - base
    return BigInt.asIntN(64, BigInt(timestamp) - BigInt(base))
  }

  get #hasHorizon(): boolean {
    return (this.#options.deleteHorizon ?? null) !== null
  }

  #grow(needed: number): void {
    const before = this.#bytes
    // A small batch grows fast, so that a full one is not copied often; a large one wastes little.
    const grown = before.length * (before.length < 16_384 ? 4 : 2)
    const wanted = before.length === 0 ? (this.#options.expectedBytes ?? firstBytes) : grown
    const bytes = Buffer.allocUnsafe(Math.max(needed, Math.min(wanted, this.#maxBytes)))
    if (before.length > 0) before.copy(bytes, headerBytes, headerBytes, this.#end)
    this.#bytes = bytes
  }
}

/** A number, which is an integer, goes without a bigint being made of it. */
function writeInt64(bytes: Buffer, value: number | bigint, at: number): void {
  if (typeof value === 'bigint') {
    bytes.writeBigInt64BE(value, at)
    return
  }
  bytes.writeInt32BE(Math.floor(value / 2 ** 32), at)
  bytes.writeUInt32BE(value >>> 0, at + 4)
}

/** What the length in a batch's header can say. */
const mostBytes = 0x7fffffff

/** Of a batch that is not expected to take more; from node's pool, so that a batch of one record costs next to nothing. */
const firstBytes = 512

const nothing = Buffer.alloc(0)

function checkedLength(name: string, data: NewData | null | undefined): number {
  const length = dataLength(data)
  return length === noData ? refuse(name, wantedData, data) : length
}

function checkedDelta(delta: number | bigint): number {
  if (delta >= 0 && delta <= 0x7fffffff) return Number(delta)
  throw new ArgumentError(`an offset ${delta} after the first of the batch: must be 0 to ${0x7fffffff}`)
}
