import { Fault } from './fault.js'
import { readUuid } from './uuid.js'

/** A cursor over a message; every read checks what is left first, so nothing is taken on the word of a length. */
export class ByteReader {
  readonly bytes: Buffer
  readonly view: DataView
  position = 0
  /** Where the message ends, or the tagged field that is being read. */
  end: number

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.end = bytes.byteLength
  }

  /** Moves over `length` bytes and returns where they begin. */
  take(length: number): number {
    const at = this.position
    if (length > this.end - at) this.truncated(length)
    this.position = at + length
    return at
  }

  uint8(): number {
    const at = this.position
    if (at >= this.end) this.truncated(1)
    this.position = at + 1
    return this.bytes[at] as number
  }

  int8(): number {
    return (this.uint8() << 24) >> 24
  }

  int16(): number {
    return this.view.getInt16(this.take(2))
  }

  uint16(): number {
    return this.view.getUint16(this.take(2))
  }

  int32(): number {
    return this.view.getInt32(this.take(4))
  }

  uint32(): number {
    return this.view.getUint32(this.take(4))
  }

  int64(): bigint {
    return this.view.getBigInt64(this.take(8))
  }

  float64(): number {
    return this.view.getFloat64(this.take(8))
  }

  uuid(): string {
    return readUuid(this.bytes, this.take(16))
  }

  unsignedVarint(): number {
    const first = this.uint8()
    return first < 0x80 ? first : this.#longVarint(first)
  }

  string(length: number): string {
    if (length > 0x7fff) throw new Fault(`a string of ${length} bytes, more than 32767`, this.position)
    const at = this.take(length)
    return this.bytes.toString('utf8', at, at + length)
  }

  slice(length: number): Buffer {
    const at = this.take(length)
    return this.bytes.subarray(at, at + length)
  }

  truncated(wanted: number): never {
    throw new Fault(`wants ${wanted} bytes, ${this.end - this.position} are left`, this.position)
  }

  #longVarint(first: number): number {
    const begin = this.position - 1
    let value = first & 0x7f
    for (let shift = 7; shift < 35; shift += 7) {
      const byte = this.uint8()
      if (shift === 28 && byte > 0x0f) break
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
    throw new Fault('a varint of more than 32 bits', begin)
  }
}
