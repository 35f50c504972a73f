import { crc32 } from 'node:zlib'

import { batchFailure } from './batch-failure.js'
import { type Compression, compressions } from './compression/compression.js'
import { inspect, inspectFields } from './inspect-fields.js'
import type { KafkaRecord, RecordHeader, TimestampType } from './record-batch.js'

/** What a message inside a compressed one has from that. */
export interface Wrapper {
  /** What its own offset is relative to. */
  readonly baseOffset: bigint
  /** The timestamp of all, where the broker has set it. */
  readonly appendTime: bigint | null
}

/**
 * A message of magic 0 or 1 over the bytes it stands in, `leastBytes` of them at least.
 *
 * Offset (int64), size (int32); then CRC-32 of all that follows it, magic, attributes, in magic 1 a timestamp (int64),
 * key and value, each after its length (int32, -1 is null).
 */
export class LegacyMessage implements KafkaRecord {
  readonly #bytes: Buffer
  readonly #wrapper: Wrapper | undefined
  readonly #keyStart: number
  readonly #keyLength: number
  readonly #valueStart: number
  readonly #valueLength: number

  /** @throws {ProtocolError} where key and value do not fill the message */
  constructor(bytes: Buffer, wrapper?: Wrapper) {
    this.#bytes = bytes
    this.#wrapper = wrapper
    if (this.magic < 0 || this.magic > 1) this.fail('an unknown format', 'magic', field.magic)
    const start = this.magic === 0 ? field.timestamp : field.timestamp + 8
    this.#keyLength = this.#length(start, 'key')
    this.#keyStart = start + 4
    const keyEnd = this.#keyStart + Math.max(this.#keyLength, 0)
    this.#valueLength = this.#length(keyEnd, 'value')
    this.#valueStart = keyEnd + 4
    const rest = bytes.length - this.#valueStart - Math.max(this.#valueLength, 0)
    if (rest !== 0) this.fail(`${rest} bytes after the value`, '', bytes.length - rest)
  }

  get magic(): number {
    return this.#bytes.readInt8(field.magic)
  }

  get offset(): bigint {
    const own = this.#bytes.readBigInt64BE(field.offset)
    return this.#wrapper === undefined ? own : BigInt.asIntN(64, own + this.#wrapper.baseOffset)
  }

  get timestamp(): bigint {
    if (this.magic === 0) return -1n
    return this.#wrapper?.appendTime ?? this.#bytes.readBigInt64BE(field.timestamp)
  }

  get timestampType(): TimestampType {
    if (this.magic === 0) return 'none'
    return ((this.#bytes[field.attributes] as number) & 0x08) === 0 ? 'createTime' : 'logAppendTime'
  }

  get compression(): Compression {
    const id = (this.#bytes[field.attributes] as number) & 0x07
    const compression = compressions[id]
    // zstd came with magic 2.
    if (compression !== undefined && compression !== 'zstd') return compression
    return this.fail(`${id} is no compression of this format`, 'attributes', field.attributes)
  }

  get key(): Buffer | null {
    return this.#keyLength < 0 ? null : this.#bytes.subarray(this.#keyStart, this.#keyStart + this.#keyLength)
  }

  get value(): Buffer | null {
    return this.#valueLength < 0 ? null : this.#bytes.subarray(this.#valueStart, this.#valueStart + this.#valueLength)
  }

  get headers(): readonly RecordHeader[] {
    return noHeaders
  }

  /** @throws {ProtocolError} where the checksum is not that of the bytes */
  checkCrc(): void {
    const expected = this.#bytes.readUInt32BE(field.crc)
    const found = crc32(this.#bytes.subarray(field.magic))
    if (expected !== found) {
      const hex = (checksum: number) => `0x${checksum.toString(16).padStart(8, '0')}`
      this.fail(`CRC-32 expected ${hex(expected)}, found ${hex(found)}: the message is corrupt`, 'crc', field.crc)
    }
  }

  fail(problem: string, path: string, offset: number, cause?: unknown): never {
    return batchFailure(problem, { magic: this.magic, baseOffset: this.offset, path, offset }, cause)
  }

  [inspect](): object {
    return inspectFields(this, ['offset', 'timestamp', 'key', 'value', 'headers'])
  }

  #length(at: number, path: string): number {
    const left = this.#bytes.length - at - 4
    if (left < 0) this.fail('cut short', path, at)
    const length = this.#bytes.readInt32BE(at)
    if (length > left) this.fail(`${length} bytes, ${left} left`, path, at)
    return length
  }
}

/** Of offset and size, which come before the message itself. */
export const prefixBytes = 12

/** Of a message of magic 0 without key and value. */
export const leastBytes = 26

const field = { offset: 0, crc: 12, magic: 16, attributes: 17, timestamp: 18 } as const

const noHeaders: readonly RecordHeader[] = Object.freeze([])
