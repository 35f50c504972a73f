import { batchFailure } from './batch-failure.js'

/** Where the records of one batch of magic 2 stand, decompressed. */
export interface RecordBytes {
  readonly bytes: Buffer
  /** Of the first record. */
  readonly start: number
  readonly baseOffset: bigint
}

/** Makes a record of the places where it stands; it is the one of this index in its batch. */
export type MakeRecord<Source, Made> = (
  source: Source,
  start: number,
  end: number,
  offsetDelta: number,
  keyStart: number,
  keyLength: number,
  valueStart: number,
  valueLength: number,
  index: number,
) => Made

/**
 * Reads records of magic 2 one after another: lengths and places only, checked to be inside the record; what they hold
 * is left to what `make` makes of them.
 *
 * A record: length, attributes (a byte), timestamp and offset as differences to the batch's, key, value, headers. All
 * numbers are varints in zigzag, -1 as a length is null.
 */
export class RecordIterator<Source extends RecordBytes, Made> implements IterableIterator<Made> {
  readonly #source: Source
  readonly #make: MakeRecord<Source, Made>
  readonly #bytes: Buffer
  readonly #count: number
  #read = 0
  #at: number

  constructor(source: Source, count: number, make: MakeRecord<Source, Made>) {
    this.#source = source
    this.#make = make
    this.#bytes = source.bytes
    this.#count = count
    this.#at = source.start
  }

  [Symbol.iterator](): this {
    return this
  }

  next(): IteratorResult<Made, undefined> {
    const record = this.read()
    return record === undefined ? { done: true, value: undefined } : { done: false, value: record }
  }

  /** The next one; undefined at the end. */
  read(): Made | undefined {
    if (this.#read === this.#count) return this.#end()
    const bytes = this.#bytes
    const length = this.#varint('length')
    const start = this.#at
    const end = start + length
    if (length < 0 || end > bytes.length) this.#fail('length', `${length} bytes, ${bytes.length - start} left`)
    this.#at = start + 1
    this.#skipVarlong()
    const offsetDelta = this.#varint('offsetDelta')
    const keyLength = this.#varint('key')
    const keyStart = this.#at
    if (keyLength > end - keyStart) this.#fail('key', `${keyLength} bytes, ${end - keyStart} left`)
    if (keyLength > 0) this.#at = keyStart + keyLength
    const valueLength = this.#varint('value')
    const valueStart = this.#at
    if (valueLength > end - valueStart) this.#fail('value', `${valueLength} bytes, ${end - valueStart} left`)
    const headersStart = valueLength > 0 ? valueStart + valueLength : valueStart
    // Without headers, nearly always, one byte of 0 ends the record; RecordView reads any others.
    if (headersStart >= end || (bytes[headersStart] === 0 && headersStart + 1 !== end)) {
      this.#at = headersStart
      this.#fail('headers', `the record ends at byte ${end}, its headers are at ${headersStart}`)
    }
    this.#at = end
    const index = this.#read++
    const make = this.#make
    return make(this.#source, start, end, offsetDelta, keyStart, keyLength, valueStart, valueLength, index)
  }

  #end(): undefined {
    if (this.#count > 0 && this.#at !== this.#bytes.length) {
      this.#fail('', `${this.#bytes.length - this.#at} bytes after the last of ${this.#count} records`)
    }
    return undefined
  }

  /** A varint in zigzag, at most 5 bytes; most are one or two. */
  #varint(field: string): number {
    const bytes = this.#bytes
    let at = this.#at
    let byte = bytes[at++]
    if (byte === undefined) return this.#fail(field, 'cut short')
    let value = byte & 0x7f
    for (let shift = 7; byte >= 0x80; shift += 7) {
      if (shift > 28) return this.#fail(field, 'a varint of more than 5 bytes')
      byte = bytes[at++]
      if (byte === undefined) return this.#fail(field, 'cut short')
      value |= (byte & 0x7f) << shift
    }
    this.#at = at
    return (value >>> 1) ^ -(value & 1)
  }

  #skipVarlong(): void {
    const bytes = this.#bytes
    let at = this.#at
    while ((bytes[at] as number) >= 0x80) at++
    if (at >= bytes.length) this.#fail('timestampDelta', 'cut short')
    if (at - this.#at > 9) this.#fail('timestampDelta', 'a varlong of more than 10 bytes')
    this.#at = at + 1
  }

  #fail(path: string, problem: string): never {
    const { baseOffset } = this.#source
    const field = path === '' ? 'records' : `records[${this.#read}].${path}`
    return batchFailure(problem, { magic: 2, baseOffset, path: field, offset: this.#at })
  }
}
