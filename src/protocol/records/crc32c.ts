import { optionalPackage } from './compression/optional-package.js'

/**
 * CRC-32C (Castagnoli) of `bytes`, unsigned: the checksum of record batches of magic 2.
 *
 * Computed by `@node-rs/crc32` where that is installed (about twenty times as fast), else here.
 */
export function crc32c(bytes: Uint8Array): number {
  implementation ??= optionalPackage<NodeRsCrc32>('@node-rs/crc32')?.crc32c ?? crc32cInJavaScript
  return implementation(bytes)
}

interface NodeRsCrc32 {
  crc32c(bytes: Uint8Array): number
}

let implementation: ((bytes: Uint8Array) => number) | undefined

/** The same without any package, eight bytes at a step. */
export function crc32cInJavaScript(bytes: Uint8Array): number {
  tables ??= makeTables()
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables
  const words = bytes.length & ~7
  let crc = -1
  let at = 0
  // In bounds by the loops' conditions and by the masks, which TypeScript cannot see.
  while (at < words) {
    crc =
      (t7[(crc ^ (bytes[at] as number)) & 0xff] as number) ^
      (t6[((crc >>> 8) ^ (bytes[at + 1] as number)) & 0xff] as number) ^
      (t5[((crc >>> 16) ^ (bytes[at + 2] as number)) & 0xff] as number) ^
      (t4[(crc >>> 24) ^ (bytes[at + 3] as number)] as number) ^
      (t3[bytes[at + 4] as number] as number) ^
      (t2[bytes[at + 5] as number] as number) ^
      (t1[bytes[at + 6] as number] as number) ^
      (t0[bytes[at + 7] as number] as number)
    at += 8
  }
  while (at < bytes.length) {
    crc = (crc >>> 8) ^ (t0[(crc ^ (bytes[at] as number)) & 0xff] as number)
    at++
  }
  return ~crc >>> 0
}

type Tables = [Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array]

let tables: Tables | undefined

/** Table k has the checksum of a byte that is followed by k zero bytes. */
function makeTables(): Tables {
  const table = (entry: (byte: number) => number): Int32Array =>
    Int32Array.from({ length: 256 }, (_, byte) => entry(byte))
  const first = table(byte => {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
    return crc
  })
  const after = (previous: Int32Array): Int32Array =>
    table(byte => {
      const crc = previous[byte] as number
      return (crc >>> 8) ^ (first[crc & 0xff] as number)
    })
  const made = [first]
  while (made.length < 8) made.push(after(made[made.length - 1] as Int32Array))
  return made as Tables
}
