import { ArgumentError } from '../../errors.js'
import { varintSize, writeVarint } from './varint.js'

/** Bytes as they are, or a string, which is written as UTF-8. */
export type NewData = Uint8Array | string

/** A header to be written; keys may repeat. */
export interface NewHeader {
  readonly key: string
  readonly value: NewData | null
}

/** A record to be written. */
export interface NewRecord {
  /** Default null. */
  readonly key?: NewData | null | undefined
  /** Default null, which compaction takes for a deletion. */
  readonly value?: NewData | null | undefined
  readonly headers?: readonly NewHeader[] | undefined
  /** In ms since 1970, a whole number; -1 is none. A number spares what a bigint costs. */
  readonly timestamp: number | bigint
  /** Default: the one after the record before. */
  readonly offset?: bigint | undefined
}

/** How many bytes a key or a value takes, without the length before it: -1 is null, {@link noData} of another type. */
export function dataLength(data: NewData | null | undefined): number {
  if (typeof data === 'string') return Buffer.byteLength(data)
  if (data === null || data === undefined) return -1
  // Views of single bytes; `instanceof`, asked of each record, would take a tenth of its time.
  return ArrayBuffer.isView(data) && data.length === data.byteLength ? data.length : noData
}

/** The length of what is neither bytes nor a string nor null. */
export const noData = -2

/** With the length before it. */
export function dataSize(length: number): number {
  return length < 0 ? 1 : varintSize(length) + length
}

/**
 * Of all headers, with their number before them.
 *
 * @throws {ArgumentError} naming the part that is of another type than it must be
 */
export function headersSize(headers: readonly NewHeader[] | undefined): number {
  if (headers === undefined) return 1
  if (!Array.isArray(headers)) refuse('headers', 'an array', headers)
  let size = varintSize(headers.length)
  for (let index = 0; index < headers.length; index++) {
    const header: NewHeader = headers[index]
    if (typeof header !== 'object' || header === null) refuse(`headers[${index}]`, 'an object', header)
    if (typeof header.key !== 'string') refuse(`headers[${index}].key`, 'a string', header.key)
    const valueLength = dataLength(header.value)
    if (valueLength === noData) refuse(`headers[${index}].value`, wantedData, header.value)
    size += dataSize(Buffer.byteLength(header.key)) + dataSize(valueLength)
  }
  return size
}

/** Writes a key or a value of that length, and returns where it ends. */
export function writeData(bytes: Buffer, start: number, data: NewData | null | undefined, length: number): number {
  if (data === null || data === undefined) {
    bytes[start] = 1
    return start + 1
  }
  const at = writeVarint(bytes, start, length)
  if (typeof data !== 'string') bytes.set(data, at)
  else if (length !== data.length) bytes.write(data, at)
  else if (length > shortString) bytes.write(data, at, 'latin1')
  else for (let index = 0; index < length; index++) bytes[at + index] = data.charCodeAt(index)
  return at + length
}

/** Writes the headers with their number before them, and returns where they end. */
export function writeHeaders(bytes: Buffer, start: number, headers: readonly NewHeader[] | undefined): number {
  if (headers === undefined || headers.length === 0) {
    bytes[start] = 0
    return start + 1
  }
  let at = writeVarint(bytes, start, headers.length)
  for (const { key, value } of headers) {
    at = writeData(bytes, at, key, Buffer.byteLength(key))
    at = writeData(bytes, at, value, dataLength(value))
  }
  return at
}

/**
 * A timestamp as a number where the difference of any two such is exact, else as a bigint.
 *
 * @throws {ArgumentError} for what is no whole number, or has more than 64 bits
 */
export function exactTimestamp(timestamp: number | bigint): number | bigint {
  if (typeof timestamp === 'number') {
    if (Number.isSafeInteger(timestamp)) return Math.abs(timestamp) <= 2 ** 52 ? timestamp : BigInt(timestamp)
    throw new ArgumentError(`timestamp must be a whole number of ms, not ${timestamp}`)
  }
  if (typeof timestamp !== 'bigint') refuse('timestamp', 'a number or a bigint', timestamp)
  const number = Number(timestamp)
  if (Math.abs(number) <= 2 ** 52) return number
  if (BigInt.asIntN(64, timestamp) === timestamp) return timestamp
  throw new ArgumentError(`timestamp must be an int64, not ${timestamp}`)
}

/** What keys and values must be, for messages. */
export const wantedData = 'a string, bytes or null'

/** Says what it is, never what it holds. */
export function refuse(name: string, wanted: string, value: unknown): never {
  throw new ArgumentError(`${name} must be ${wanted}, not ${value === null ? 'null' : typeof value}`)
}

/** Up to here a loop costs less than a call into node. */
const shortString = 24
