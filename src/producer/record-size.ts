import { ArgumentError } from '../errors.js'
import type { Data } from './producer-record.js'

/** What a record takes beside its key and value, and its batch around it, with some to spare, in bytes. */
const OVERHEAD = 128

/** About how many bytes a key and a value have, without looking at each character. */
export function sizeHint(key: unknown, value: unknown): number {
  return lengthOf(key) + lengthOf(value)
}

/** Throws ArgumentError for a record that no request can carry. */
export function checkSize(key: Data, value: Data, maxRequestSize: number): void {
  // Characters have three bytes at the most.
  if (sizeHint(key, value) * 3 <= maxRequestSize - OVERHEAD) return
  const size = byteLength(key) + byteLength(value) + OVERHEAD
  if (size <= maxRequestSize) return
  throw new ArgumentError(`the record has ${size} bytes, more than maxRequestSize (${maxRequestSize})`)
}

function lengthOf(data: unknown): number {
  return typeof data === 'string' || data instanceof Uint8Array ? data.length : 0
}

function byteLength(data: Data): number {
  return typeof data === 'string' ? Buffer.byteLength(data) : (data?.length ?? 0)
}
