import { inspect, inspectFields } from './inspect-fields.js'
import type { KafkaRecord, RecordHeader } from './record-batch.js'
import { bytesAt, readHeaders } from './record-headers.js'
import type { RecordBytes } from './record-iterator.js'
import { readVarlong } from './varint.js'

/** Where the records of one batch of magic 2 stand, and what they are relative to. */
export interface RecordSource extends RecordBytes {
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
    return bytesAt(this.source.bytes, this.keyStart, this.keyLength)
  }

  get value(): Buffer | null {
    return bytesAt(this.source.bytes, this.valueStart, this.valueLength)
  }

  get headers(): readonly RecordHeader[] {
    const { source, start, end, valueStart, valueLength } = this
    this.decodedHeaders ??= readHeaders(source, start, valueStart + Math.max(valueLength, 0), end)
    return this.decodedHeaders
  }

  [inspect](): object {
    return inspectFields(this, ['offset', 'timestamp', 'key', 'value', 'headers'])
  }
}

/** The record that stands there. */
export function recordView(
  source: RecordSource,
  start: number,
  end: number,
  offsetDelta: number,
  keyStart: number,
  keyLength: number,
  valueStart: number,
  valueLength: number,
): RecordView {
  return new RecordView(source, start, end, offsetDelta, keyStart, keyLength, valueStart, valueLength)
}
