import { Fault } from './fault.js'
import { isUuid, writeUuid, zeroUuid } from './uuid.js'

/** Strings up to here are written by hand when they are ASCII: a call into node costs more than the loop. */
const shortString = 48

/** Blobs from here on are not copied into the growing buffer: what is behind them would be copied again with them. */
const splicedFrom = 4096

/**
 * One growing buffer, and the large blobs that belong into it at some places. Every write checks the value first, so that
 * the bytes are always what the type says.
 */
export class ByteWriter {
  bytes: Buffer
  /** In `bytes`. */
  position = 0
  #view: DataView
  /** In the order of their places, which count what is in `bytes` alone. */
  #blobs: { readonly at: number; readonly blob: Uint8Array }[] = []
  #blobBytes = 0
  /** How many fields with their size before them are being written: such a size counts what is in `bytes`. */
  #sizedDepth = 0

  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafeSlow(capacity)
    this.#view = viewOf(this.bytes)
  }

  /** How much has been written, blobs included. */
  get length(): number {
    return this.position + this.#blobBytes
  }

  /** Forgets what was written; the buffer stays. */
  reset(): void {
    this.position = 0
    this.#blobBytes = 0
    this.#sizedDepth = 0
    if (this.#blobs.length > 0) this.#blobs = []
  }

  /** A copy of all that was written. */
  toBuffer(): Buffer {
    const whole = Buffer.allocUnsafe(this.length)
    let from = 0
    let end = 0
    for (const { at, blob } of this.#blobs) {
      end += this.bytes.copy(whole, end, from, at)
      whole.set(blob, end)
      end += blob.length
      from = at
    }
    this.bytes.copy(whole, end, from, this.position)
    return whole
  }

  /** The same with the large blobs as they are, as parts of their own; none is empty. */
  toParts(): Buffer[] {
    if (this.length === 0) return []
    const own = Buffer.allocUnsafe(this.position)
    this.bytes.copy(own, 0, 0, this.position)
    if (this.#blobs.length === 0) return [own]
    const parts: Buffer[] = []
    let from = 0
    for (const { at, blob } of this.#blobs) {
      if (at > from) parts.push(own.subarray(from, at))
      parts.push(Buffer.isBuffer(blob) ? blob : Buffer.from(blob.buffer, blob.byteOffset, blob.length))
      from = at
    }
    if (this.position > from) parts.push(own.subarray(from))
    return parts
  }

  /** Makes room for `length` bytes and returns where they go. */
  take(length: number): number {
    const at = this.position
    if (length > this.bytes.length - at) this.#grow(length)
    this.position = at + length
    return at
  }

  bool(value: unknown): void {
    if (typeof value !== 'boolean') this.refuse('a boolean', value)
    this.byte(value ? 1 : 0)
  }

  int8(value: unknown): void {
    if (typeof value !== 'number' || (value << 24) >> 24 !== value) this.refuse('an int8', value)
    this.byte(value)
  }

  int16(value: unknown): void {
    if (typeof value !== 'number' || (value << 16) >> 16 !== value) this.refuse('an int16', value)
    const at = this.take(2)
    this.#view.setInt16(at, value)
  }

  uint16(value: unknown): void {
    if (typeof value !== 'number' || (value & 0xffff) !== value) this.refuse('a uint16', value)
    const at = this.take(2)
    this.#view.setUint16(at, value)
  }

  int32(value: unknown): void {
    if (typeof value !== 'number' || (value | 0) !== value) this.refuse('an int32', value)
    const at = this.take(4)
    this.#view.setInt32(at, value)
  }

  uint32(value: unknown): void {
    if (typeof value !== 'number' || value >>> 0 !== value) this.refuse('a uint32', value)
    const at = this.take(4)
    this.#view.setUint32(at, value)
  }

  int64(value: unknown): void {
    if (typeof value !== 'bigint' || BigInt.asIntN(64, value) !== value)
      this.refuse('an int64, which is a bigint', value)
    const at = this.take(8)
    this.#view.setBigInt64(at, value)
  }

  float64(value: unknown): void {
    if (typeof value !== 'number') this.refuse('a float64', value)
    const at = this.take(8)
    this.#view.setFloat64(at, value)
  }

  uuid(value: unknown): void {
    if (typeof value !== 'string' || !isUuid(value)) this.refuse('a uuid of 22 characters of base64url', value)
    const at = this.take(16)
    // Most are: whoever asks by name has none.
    if (value === zeroUuid) this.bytes.fill(0, at, at + 16)
    else writeUuid(value, this.bytes, at)
  }

  byte(value: number): void {
    const at = this.take(1)
    this.bytes[at] = value
  }

  unsignedVarint(value: number): void {
    let rest = value
    while (rest > 0x7f) {
      this.byte((rest & 0x7f) | 0x80)
      rest >>>= 7
    }
    this.byte(rest)
  }

  /** A string with its length before it: a varint of one more when `compact`, else an int16. */
  string(value: unknown, compact: boolean): void {
    if (typeof value !== 'string') this.refuse('a string', value)
    if (value.length <= shortString && this.#ascii(value, compact)) return
    const length = Buffer.byteLength(value)
    if (length > 0x7fff) throw new Fault(`a string of ${length} bytes, more than 32767`, this.length)
    if (compact) this.unsignedVarint(length + 1)
    else this.int16(length)
    const at = this.take(length)
    this.bytes.write(value, at, length)
  }

  /** Bytes with their length before them: a varint of one more when `compact`, else an int32. */
  blob(value: unknown, compact: boolean): void {
    if (!(value instanceof Uint8Array)) this.refuse('bytes', value)
    if (compact) this.unsignedVarint(value.length + 1)
    else this.int32(value.length)
    if (value.length < splicedFrom || this.#sizedDepth > 0) {
      const at = this.take(value.length)
      this.bytes.set(value, at)
      return
    }
    this.#checkLength(value.length)
    this.#blobs.push({ at: this.position, blob: value })
    this.#blobBytes += value.length
  }

  /** Writes what `write` does with its size before it, as a tagged field has it. */
  sized<T>(write: (writer: ByteWriter, value: T) => void, value: T): void {
    const at = this.take(1)
    this.#sizedDepth++
    write(this, value)
    this.#sizedDepth--
    const size = this.position - at - 1
    if (size > 0x7f) {
      const end = this.position
      const more = varintSize(size) - 1
      this.take(more)
      this.bytes.copyWithin(at + 1 + more, at + 1, end)
    }
    const end = this.position
    this.position = at
    this.unsignedVarint(size)
    this.position = end
  }

  refuse(wanted: string, value: unknown): never {
    throw new Fault(`wants ${wanted}, got ${describe(value)}`, this.length)
  }

  /** Writes a short string of ASCII alone; otherwise leaves all as it was and returns false. */
  #ascii(value: string, compact: boolean): boolean {
    const length = value.length
    const begin = this.take(length + (compact ? 1 : 2))
    const bytes = this.bytes
    let at = begin
    if (!compact) bytes[at++] = 0
    bytes[at++] = compact ? length + 1 : length
    for (let index = 0; index < length; index++) {
      const code = value.charCodeAt(index)
      if (code > 0x7f) {
        this.position = begin
        return false
      }
      bytes[at++] = code
    }
    return true
  }

  #grow(length: number): void {
    this.#checkLength(length)
    const wanted = this.position + length
    const bytes = Buffer.allocUnsafeSlow(Math.min(0x7fffffff, Math.max(wanted, 2 * this.bytes.length)))
    this.bytes.copy(bytes, 0, 0, this.position)
    this.bytes = bytes
    this.#view = viewOf(bytes)
  }

  #checkLength(more: number): void {
    if (this.length + more > 0x7fffffff) throw new Fault('a message of more than 2147483647 bytes', this.length)
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}

function varintSize(value: number): number {
  let size = 1
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) size++
  return size
}

/** Says what a value is; the content of strings and bytes stays out, for it may be a password. */
function describe(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'number') return String(value)
  if (typeof value === 'bigint')
    return value > -(2n ** 80n) && value < 2n ** 80n ? `the bigint ${value}` : 'a vast bigint'
  if (typeof value === 'string') return `a string of ${value.length} characters`
  if (Array.isArray(value)) return 'an array'
  return value instanceof Uint8Array ? 'bytes' : `a value of type ${typeof value}`
}
