import { batchFailure } from './batch-failure.js'
import type { RecordHeader } from './record-batch.js'
import type { RecordBytes } from './record-iterator.js'
import { readVarint, type VarintCursor } from './varint.js'

const noHeaders: readonly RecordHeader[] = Object.freeze([])

/** A view of what stands there; null where the length is below zero. */
export function bytesAt(bytes: Buffer, start: number, length: number): Buffer | null {
  return length < 0 ? null : bytes.subarray(start, start + length)
}

/** The headers at `at` of the record from `start` to `end`, which the iterator has seen to end there. */
export function readHeaders(source: RecordBytes, start: number, at: number, end: number): readonly RecordHeader[] {
  const { bytes } = source
  if (bytes[at] === 0) return noHeaders
  const cursor = { bytes, at, end }
  const fail = (path: string, problem: string): never =>
    batchFailure(problem, {
      magic: 2,
      baseOffset: source.baseOffset,
      path: `records[${indexOf(source, start, end)}].${path}`,
      offset: cursor.at,
    })
  /** A length that the rest of the record has room for; below zero is null. */
  const readLength = (path: string): number => {
    const length = readVarint(cursor)
    if (length === undefined) return fail(path, 'no length')
    if (length > end - cursor.at) fail(path, `${length} bytes, ${end - cursor.at} left`)
    return length
  }
  const count = readVarint(cursor)
  // Each takes two bytes at least, so a count cannot ask for more room than the record has.
  if (count === undefined || count < 0 || count * 2 > end - cursor.at) {
    return fail('headers', `${count ?? 'no number of'} headers, ${end - cursor.at} bytes left`)
  }
  const headers: RecordHeader[] = []
  for (let i = 0; i < count; i++) {
    const keyLength = readLength(`headers[${i}].key`)
    if (keyLength < 0) fail(`headers[${i}].key`, 'null')
    const key = bytes.toString('utf8', cursor.at, cursor.at + keyLength)
    cursor.at += keyLength
    const valueLength = readLength(`headers[${i}].value`)
    headers.push({ key, value: bytesAt(bytes, cursor.at, valueLength) })
    if (valueLength > 0) cursor.at += valueLength
  }
  if (cursor.at !== end) fail('headers', `${end - cursor.at} bytes after the last of them`)
  return headers
}

/** Which record of its batch it is: counted only when something is wrong. */
function indexOf({ bytes, start: first }: RecordBytes, start: number, end: number): number {
  const cursor: VarintCursor = { bytes, at: first, end }
  for (let index = 0; ; index++) {
    const length = readVarint(cursor)
    if (length === undefined || cursor.at === start) return index
    cursor.at += length
  }
}
