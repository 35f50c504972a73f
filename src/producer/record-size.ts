import { ArgumentError } from '../errors.js'
import type { NewHeader } from '../protocol/records/index.js'
import type { Data } from './producer-record.js'

/** What a record takes beside its key and value, and its batch around it, with some to spare, in bytes. */
const OVERHEAD = 128
/** The lengths of its name and value. */
const HEADER_OVERHEAD = 10

/** About how many bytes a key and a value have, without looking at each character. */
export function sizeHint(key: unknown, value: unknown): number {
  return lengthOf(key) + lengthOf(value)
}

/** Throws ArgumentError for a record that no request can carry. */
export function checkSize(
  key: Data,
  value: Data,
  headers: readonly NewHeader[] | undefined,
  maxRequestSize: number,
): void {
  // Characters have three bytes at the most.
  if (headers === undefined && sizeHint(key, value) * 3 <= maxRequestSize - OVERHEAD) return
  let size = byteLength(key) + byteLength(value) + OVERHEAD
  for (const header of headers ?? []) size += byteLength(header.key) + byteLength(header.value) + HEADER_OVERHEAD
  if (size <= maxRequestSize) return
  throw new ArgumentError(`the record has ${size} bytes, more than maxRequestSize (${maxRequestSize})`)
}

function lengthOf(data: unknown): number {
  return typeof data === 'string' || data instanceof Uint8Array ? data.length : 0
}

function byteLength(data: Data | undefined): number {
  return typeof data === 'string' ? Buffer.byteLength(data) : (data?.length ?? 0)
}
