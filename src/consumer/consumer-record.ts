import type { RecordHeader } from '../protocol/index.js'
import { inspect, inspectFields } from '../protocol/records/inspect-fields.js'
import { bytesAt, readHeaders } from '../protocol/records/record-headers.js'
import { readVarlongNumber } from '../protocol/records/varint.js'

/** What a record comes from: a batch of a portion. Its acknowledgement goes there. */
export interface RecordOrigin {
  readonly topic: string
  readonly partition: number
  readonly bytes: Buffer
  /** Of its first record. */
  readonly start: number
  readonly baseOffset: bigint
  /** In ms since 1970. */
  readonly baseTimestamp: number
  /** The timestamp of all, where the broker has set it. */
  readonly appendTime: number | null
  /** The record of this index in its batch is handled. */
  acknowledge(index: number, offsetDelta: number): void
}

/** What a field is until it is asked for. */
const unread: unique symbol = Symbol('unread')

/**
 * A record that was read.
 *
 * Its fields are made when they are asked for: `key`, `value` and the values of headers are views of the bytes it was
 * fetched with, so a record that is kept keeps all of those; copy what is to stay, with `Buffer.from(record.value)`.
 *
 * @example
 * kafka.consumer({ topics: 'orders' }, orders => orders).subscribe(({ offset, value }) => console.log(offset, String(value)))
 */
export class ConsumerRecord<K = Buffer | null, V = Buffer | null> {
  // Declared only, so that no store comes before the constructor's own: millions of these are made in a second.
  /** @internal */
  declare readonly origin: RecordOrigin
  /** @internal */
  declare readonly index: number
  declare private readonly start: number
  declare private readonly end: number
  /** @internal */
  declare readonly offsetDelta: number
  declare private readonly keyStart: number
  declare private readonly keyLength: number
  declare private readonly valueStart: number
  declare private readonly valueLength: number
  declare private readHeaders: readonly RecordHeader[] | undefined
  declare private ownKey: K | typeof unread
  declare private ownValue: V | typeof unread

  /** @internal */
  constructor(
    origin: RecordOrigin,
    start: number,
    end: number,
    offsetDelta: number,
    keyStart: number,
    keyLength: number,
    valueStart: number,
    valueLength: number,
    index: number,
  ) {
    this.origin = origin
    this.index = index
    this.start = start
    this.end = end
    this.offsetDelta = offsetDelta
    this.keyStart = keyStart
    this.keyLength = keyLength
    this.valueStart = valueStart
    this.valueLength = valueLength
    this.readHeaders = undefined
    this.ownKey = unread
    this.ownValue = unread
  }

  /** The topic's name. */
  get topic(): string {
    return this.origin.topic
  }

  /** The partition's number. */
  get partition(): number {
    return this.origin.partition
  }

  /** Its place in the partition. */
  get offset(): bigint {
    return BigInt.asIntN(64, this.origin.baseOffset + BigInt(this.offsetDelta))
  }

  /** In ms since 1970; -1 for none. */
  get timestamp(): number {
    const { bytes, baseTimestamp, appendTime } = this.origin
    return appendTime ?? baseTimestamp + readVarlongNumber(bytes, this.start + 1)
  }

  /** What the deserializer made of it; without one its bytes, or null. */
  get key(): K {
    return this.ownKey === unread ? (this.rawKey as K) : this.ownKey
  }

  /** What the deserializer made of it; without one its bytes, or null, which is a tombstone. */
  get value(): V {
    return this.ownValue === unread ? (this.rawValue as V) : this.ownValue
  }

  /** In their order; keys may repeat. */
  get headers(): readonly RecordHeader[] {
    const { origin, start, end, valueStart, valueLength } = this
    this.readHeaders ??= readHeaders(origin, start, valueStart + Math.max(valueLength, 0), end)
    return this.readHeaders
  }

  /** The last one of that name; undefined where there is none. */
  header(name: string): Buffer | null | undefined {
    return this.headers.findLast(({ key }) => key === name)?.value
  }

  /** As JSON has it: the offset as a string, bytes as text where they are UTF-8, else in base64. */
  toJSON(): object {
    const { topic, partition, offset, timestamp, key, value } = this
    const headers = this.headers.map(header => ({ key: header.key, value: jsonOf(header.value) }))
    return { topic, partition, offset: String(offset), timestamp, key: jsonOf(key), value: jsonOf(value), headers }
  }

  /**
   * In bytes, about.
   *
   * @internal
   */
  get size(): number {
    return this.end - this.start
  }

  /** @internal */
  get rawKey(): Buffer | null {
    return bytesAt(this.origin.bytes, this.keyStart, this.keyLength)
  }

  /** @internal */
  get rawValue(): Buffer | null {
    return bytesAt(this.origin.bytes, this.valueStart, this.valueLength)
  }

  /**
   * What its deserializer has made of the key.
   *
   * @internal
   */
  becomeKey(key: K): void {
    this.ownKey = key
  }

  /**
   * What its deserializer has made of the value.
   *
   * @internal
   */
  becomeValue(value: V): void {
    this.ownValue = value
  }

  /**
   * The same with the bytes as they came.
   *
   * @internal
   */
  raw(): ConsumerRecord {
    const { origin, start, end, offsetDelta, keyStart, keyLength, valueStart, valueLength, index } = this
    return new ConsumerRecord(origin, start, end, offsetDelta, keyStart, keyLength, valueStart, valueLength, index)
  }

  [inspect](): object {
    return inspectFields(this, ['topic', 'partition', 'offset', 'timestamp', 'key', 'value', 'headers'])
  }
}

function jsonOf(value: unknown): unknown {
  if (!Buffer.isBuffer(value)) return value
  const text = value.toString()
  return Buffer.from(text).equals(value) ? text : value.toString('base64')
}

/** The record that stands there. */
export function consumerRecord(
  origin: RecordOrigin,
  start: number,
  end: number,
  offsetDelta: number,
  keyStart: number,
  keyLength: number,
  valueStart: number,
  valueLength: number,
  index: number,
): ConsumerRecord {
  return new ConsumerRecord(origin, start, end, offsetDelta, keyStart, keyLength, valueStart, valueLength, index)
}
