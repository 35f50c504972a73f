import { batchFailure } from './batch-failure.js'
import { inspect, inspectFields } from './inspect-fields.js'
import type { KafkaRecord, RecordHeader } from './record-batch.js'
import { readVarint, readVarlong, type VarintCursor } from './varint.js'

/** Where the records of one batch of magic 2 stand, decompressed, and what they are relative to. */
export interface RecordSource {
  readonly bytes: Buffer
  /** Of the first record. */
  readonly start: number
  readonly baseOffset: bigint
  readonly baseTimestamp: bigint
  /** The timestamp of all, where the broker has set it. */
  readonly appendTime: bigint | null
}

/**
 * A record of magic 2 over the bytes it stands in: places and lengths, from which its fields are made when asked for.
 *
 * The fields are declared only, so that no store comes before the constructor's own: millions of these are made in a
 * second, and one bigint or one Buffer costs as much as all of it.
 */
export class RecordView implements KafkaRecord {
  declare private readonly source: RecordSource
  /** Of the attributes, which follow the length. */
  declare private readonly start: number
  declare private readonly end: number
  declare private readonly offsetDelta: number
  declare private readonly keyStart: number
  declare private readonly keyLength: number
  declare private readonly valueStart: number
  declare private readonly valueLength: number
  declare private decodedHeaders: readonly RecordHeader[] | undefined

  constructor(
    source: RecordSource,
    start: number,
    end: number,
    offsetDelta: number,
    keyStart: number,
    keyLength: number,
    valueStart: number,
    valueLength: number,
  ) {
    this.source = source
    this.start = start
    this.end = end
    this.offsetDelta = offsetDelta
    this.keyStart = keyStart
    this.keyLength = keyLength
    this.valueStart = valueStart
    this.valueLength = valueLength
    this.decodedHeaders = undefined
  }

  get offset(): bigint {
    return BigInt.asIntN(64, this.source.baseOffset + BigInt(this.offsetDelta))
  }

  get timestamp(): bigint {
    const { bytes, baseTimestamp, appendTime } = this.source
    return appendTime ?? BigInt.asIntN(64, baseTimestamp + readVarlong(bytes, this.start + 1))
  }

  get key(): Buffer | null {
    return view(this.source.bytes, this.keyStart, this.keyLength)
  }

  get value(): Buffer | null {
    return view(this.source.bytes, this.valueStart, this.valueLength)
  }

  get headers(): readonly RecordHeader[] {
    this.decodedHeaders ??= this.decodeHeaders()
    return this.decodedHeaders
  }

  [inspect](): object {
    return inspectFields(this, ['offset', 'timestamp', 'key', 'value', 'headers'])
  }

  private decodeHeaders(): readonly RecordHeader[] {
    const { bytes } = this.source
    const start = this.valueStart + Math.max(this.valueLength, 0)
    // The iterator has seen that the record ends here.
    if (bytes[start] === 0) return noHeaders
    const cursor = { bytes, at: start, end: this.end }
    const count = readVarint(cursor)
    // Each takes two bytes at least, so a count cannot ask for more room than the record has.
    if (count === undefined || count < 0 || count * 2 > this.end - cursor.at) {
      return this.fail('headers', `${count ?? 'no number of'} headers, ${this.end - cursor.at} bytes left`, cursor.at)
    }
    const headers: RecordHeader[] = []
    for (let i = 0; i < count; i++) {
      const keyLength = this.length(cursor, `headers[${i}].key`)
      if (keyLength < 0) this.fail(`headers[${i}].key`, 'null', cursor.at)
      const key = bytes.toString('utf8', cursor.at, cursor.at + keyLength)
      cursor.at += keyLength
      const valueLength = this.length(cursor, `headers[${i}].value`)
      headers.push({ key, value: view(bytes, cursor.at, valueLength) })
      if (valueLength > 0) cursor.at += valueLength
    }
    if (cursor.at !== this.end) this.fail('headers', `${this.end - cursor.at} bytes after the last of them`, cursor.at)
    return headers
  }

  /** A length that the rest of the record has room for; below zero is null. */
  private length(cursor: VarintCursor, path: string): number {
    const length = readVarint(cursor)
    if (length === undefined) return this.fail(path, 'no length', cursor.at)
    if (length > this.end - cursor.at) this.fail(path, `${length} bytes, ${this.end - cursor.at} left`, cursor.at)
    return length
  }

  private fail(path: string, problem: string, offset: number): never {
    const { baseOffset } = this.source
    return batchFailure(problem, { magic: 2, baseOffset, path: `records[${this.index()}].${path}`, offset })
  }

  /** Counted only when something is wrong. */
  private index(): number {
    const { bytes, start } = this.source
    const cursor = { bytes, at: start, end: this.end }
    for (let index = 0; ; index++) {
      const length = readVarint(cursor)
      if (length === undefined || cursor.at === this.start) return index
      cursor.at += length
    }
  }
}

const noHeaders: readonly RecordHeader[] = Object.freeze([])

function view(bytes: Buffer, start: number, length: number): Buffer | null {
  return length < 0 ? null : bytes.subarray(start, start + length)
}
