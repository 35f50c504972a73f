import { batchFailure } from './batch-failure.js'
import { type Compression, codecs, compressions } from './compression/compression.js'
import { crc32c } from './crc32c.js'
import { inspect, inspectFields } from './inspect-fields.js'
import type { KafkaRecord, RecordBatch, TimestampType } from './record-batch.js'
import { RecordIterator } from './record-iterator.js'
import { recordView } from './record-view.js'

/** A batch of magic 2 over its bytes, `headerBytes` of them at least. */
export class BatchV2 implements RecordBatch {
  readonly #bytes: Buffer
  readonly #maxBytes: number

  /** @throws {ProtocolError} where the checksum is to be verified, and is not that of the bytes */
  constructor(bytes: Buffer, maxBytes: number, checkCrc: boolean) {
    this.#bytes = bytes
    this.#maxBytes = maxBytes
    if (checkCrc) this.checkCrc()
  }

  get magic(): number {
    return 2
  }

  get baseOffset(): bigint {
    return this.#bytes.readBigInt64BE(field.baseOffset)
  }

  get lastOffset(): bigint {
    return BigInt.asIntN(64, this.baseOffset + BigInt(this.#bytes.readInt32BE(field.lastOffsetDelta)))
  }

  get compression(): Compression {
    const id = this.#attributes & attribute.compression
    return compressions[id] ?? batchFailure(`${id} is no compression`, this.#place('attributes', field.attributes))
  }

  get timestampType(): TimestampType {
    return (this.#attributes & attribute.logAppendTime) === 0 ? 'createTime' : 'logAppendTime'
  }

  get maxTimestamp(): bigint {
    return this.#bytes.readBigInt64BE(field.maxTimestamp)
  }

  get producerId(): bigint {
    return this.#bytes.readBigInt64BE(field.producerId)
  }

  get producerEpoch(): number {
    return this.#bytes.readInt16BE(field.producerEpoch)
  }

  get baseSequence(): number {
    return this.#bytes.readInt32BE(field.baseSequence)
  }

  get isTransactional(): boolean {
    return (this.#attributes & attribute.transactional) !== 0
  }

  get isControl(): boolean {
    return (this.#attributes & attribute.control) !== 0
  }

  get partitionLeaderEpoch(): number {
    return this.#bytes.readInt32BE(field.partitionLeaderEpoch)
  }

  get deleteHorizon(): bigint | null {
    const isSet = (this.#attributes & attribute.deleteHorizon) !== 0
    return isSet ? this.#bytes.readBigInt64BE(field.baseTimestamp) : null
  }

  get sizeInBytes(): number {
    return this.#bytes.length
  }

  /** How many records it has. */
  get count(): number {
    const count = this.#bytes.readInt32BE(field.count)
    return count < 0 ? batchFailure(`${count} records`, this.#place('records', field.count)) : count
  }

  get baseTimestamp(): bigint {
    return this.#bytes.readBigInt64BE(field.baseTimestamp)
  }

  /** Where the records stand, decompressed anew at each call. */
  plain(): { readonly bytes: Buffer; readonly start: number } {
    const { compression } = this
    if (compression === 'none' || this.count === 0) return { bytes: this.#bytes, start: headerBytes }
    return { bytes: this.#decompress(compression), start: 0 }
  }

  [Symbol.iterator](): Iterator<KafkaRecord> {
    const { count, baseOffset, baseTimestamp, timestampType } = this
    const appendTime = timestampType === 'logAppendTime' ? this.maxTimestamp : null
    return new RecordIterator({ ...this.plain(), baseOffset, baseTimestamp, appendTime }, count, recordView)
  }

  [inspect](): object {
    const ids = ['producerId', 'producerEpoch', 'baseSequence', 'partitionLeaderEpoch'] as const
    const flags = ['isTransactional', 'isControl', 'deleteHorizon'] as const
    const first = ['magic', 'baseOffset', 'lastOffset', 'compression', 'timestampType', 'maxTimestamp'] as const
    return inspectFields(this, [...first, ...ids, ...flags])
  }

  /** @throws {ProtocolError} where the checksum is not that of the bytes */
  checkCrc(): void {
    const expected = this.#bytes.readUInt32BE(field.crc)
    const found = crc32c(this.#bytes.subarray(field.attributes))
    if (expected !== found) {
      batchFailure(
        `CRC-32C expected ${hex(expected)}, found ${hex(found)}: the batch is corrupt`,
        this.#place('crc', field.crc),
      )
    }
  }

  get #attributes(): number {
    return this.#bytes.readInt16BE(field.attributes)
  }

  #decompress(compression: Exclude<Compression, 'none'>): Buffer {
    return codecs[compression].decompress(this.#bytes.subarray(headerBytes), {
      maxBytes: this.#maxBytes,
      magic: 2,
      fail: (problem, cause) => batchFailure(`${compression}: ${problem}`, this.#place('records', headerBytes), cause),
    })
  }

  #place(path: string, offset: number) {
    return { magic: 2, baseOffset: this.baseOffset, path, offset }
  }
}

/** Where each field of the header starts. */
export const field = {
  baseOffset: 0,
  length: 8,
  partitionLeaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  count: 57,
} as const

/** Where the records start. */
export const headerBytes = 61

/** The bits of the attributes. */
export const attribute = {
  compression: 0x07,
  logAppendTime: 0x08,
  transactional: 0x10,
  control: 0x20,
  deleteHorizon: 0x40,
} as const

function hex(checksum: number): string {
  return `0x${checksum.toString(16).padStart(8, '0')}`
}
