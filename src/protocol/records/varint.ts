/** Where a varint is read from, and moved behind it. */
export interface VarintCursor {
  readonly bytes: Uint8Array
  at: number
  /** No byte from here on is read. */
  readonly end: number
}

/** A signed number in zigzag, seven bits a byte, five bytes at most; undefined where none stands. */
export function readVarint(cursor: VarintCursor): number | undefined {
  const { bytes, at, end } = cursor
  let value = 0
  for (let i = 0; i < 5 && at + i < end; i++) {
    const byte = bytes[at + i] as number
    value |= (byte & 0x7f) << (7 * i)
    if (byte < 0x80) {
      cursor.at = at + i + 1
      return (value >>> 1) ^ -(value & 1)
    }
  }
  return undefined
}

/** The same with ten bytes at most, which the caller has seen to stand there. */
export function readVarlong(bytes: Uint8Array, at: number): bigint {
  let byte = bytes[at] as number
  let low = byte & 0x7f
  let next = at + 1
  // Four bytes fit an int32, which is most: two days in ms.
  for (let shift = 7; byte >= 0x80 && shift < 28; shift += 7) {
    byte = bytes[next++] as number
    low |= (byte & 0x7f) << shift
  }
  if (byte < 0x80) return BigInt((low >>> 1) ^ -(low & 1))
  let value = BigInt(low)
  for (let shift = 28n; byte >= 0x80; shift += 7n) {
    byte = bytes[next++] as number
    value |= BigInt(byte & 0x7f) << shift
  }
  value = BigInt.asUintN(64, value)
  return (value >> 1n) ^ -(value & 1n)
}

/** The same as a number, exact below 2^52. */
export function readVarlongNumber(bytes: Uint8Array, at: number): number {
  let low = 0
  for (let shift = 0; shift < 28; shift += 7) {
    const byte = bytes[at++] as number
    low |= (byte & 0x7f) << shift
    if (byte < 0x80) return (low >>> 1) ^ -(low & 1)
  }
  let value = low
  for (let scale = 2 ** 28; ; scale *= 128) {
    const byte = bytes[at++] as number
    value += (byte & 0x7f) * scale
    if (byte < 0x80) return (low & 1) === 0 ? value / 2 : -(value + 1) / 2
  }
}

/** How many bytes a signed number takes. */
export function varintSize(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0
  return zigzag < 0x80 ? 1 : zigzag < 0x4000 ? 2 : zigzag < 0x200000 ? 3 : zigzag < 0x10000000 ? 4 : 5
}

/** Writes a signed number of 32 bits, and returns where it ends. */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0
  while (rest >= 0x80) {
    bytes[at++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  bytes[at++] = rest
  return at
}

/** How many bytes a signed number of 64 bits takes, held as a number where that is exact. */
export function varlongSize(value: number | bigint): number {
  if (typeof value === 'number') {
    if (value === (value | 0)) return varintSize(value)
    const magnitude = value < 0 ? -value - 1 : value
    let size = 5
    while (magnitude >= 2 ** (7 * size - 1)) size++
    return size
  }
  const magnitude = value < 0n ? -value - 1n : value
  let size = 1
  while (size < 10 && magnitude >= 1n << BigInt(7 * size - 1)) size++
  return size
}

/** Writes a signed number of 64 bits, and returns where it ends. */
export function writeVarlong(bytes: Uint8Array, at: number, value: number | bigint): number {
  if (value === Number(value) && value === (value | 0)) return writeVarint(bytes, at, value)
  let rest = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n))
  while (rest >= 0x80n) {
    bytes[at++] = Number(rest & 0x7fn) | 0x80
    rest >>= 7n
  }
  bytes[at++] = Number(rest)
  return at
}
