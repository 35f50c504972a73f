import type { Codec, DecompressLimits } from './codec.js'
import { checkPieces, tooLarge } from './codec.js'
import { codecPackage } from './optional-package.js'

/**
 * snappy by the package `snappy`, in the framing of Java's snappy (xerial), as every Kafka client writes it; a bare
 * snappy block, which some wrote, is read too. It has no levels.
 *
 * xerial: a header of 16 bytes, then chunks, each a length (int32) and a snappy block.
 */
export const snappy: Codec = {
  compress(records) {
    const { compressSync } = library()
    const chunks = Math.ceil(records.length / chunkBytes)
    const framed = Buffer.allocUnsafe(header.length + records.length + Math.ceil(records.length / 6) + chunks * 36)
    framed.set(header, 0)
    let end = header.length
    for (let at = 0; at < records.length; at += chunkBytes) {
      const block = compressSync(records.subarray(at, at + chunkBytes), copied)
      framed.writeInt32BE(block.length, end)
      framed.set(block, end + 4)
      end += 4 + block.length
    }
    return framed.subarray(0, end)
  },

  decompress(bytes, limits) {
    const { uncompressSync } = library()
    const block = isFramed(bytes) ? joinChunks(bytes, limits) : checkedBlock(bytes, limits)
    if (block.length === 0) return block
    try {
      return uncompressSync(block, copied)
    } catch (cause) {
      return limits.fail((cause as Error).message, cause)
    }
  },
}

interface SnappyLibrary {
  compressSync(bytes: Uint8Array, options: { copyOutputData: boolean }): Buffer
  uncompressSync(bytes: Uint8Array, options: { copyOutputData: boolean }): Buffer
}

let loaded: SnappyLibrary | undefined

function library(): SnappyLibrary {
  loaded ??= codecPackage<SnappyLibrary>('snappy', 'snappy')
  return loaded
}

/** Memory that the library hands over costs more to account for than to copy: up to five times the whole call. */
const copied = { copyOutputData: true }

/** As Java's SnappyOutputStream cuts, so that a reader needs no more memory than for Java's own. */
const chunkBytes = 32 * 1024

/** `\x82SNAPPY\0`. */
const magic = Buffer.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0)
const header = Buffer.concat([magic, Buffer.of(0, 0, 0, 1, 0, 0, 0, 1)])

function isFramed(bytes: Buffer): boolean {
  return bytes.length >= header.length && bytes.compare(magic, 0, magic.length, 0, magic.length) === 0
}

/**
 * The chunks as one snappy block: a block is its length and a run of elements that refer backwards only, so blocks are
 * joined by adding up the lengths. One call of the library and one allocation then do for all of them.
 */
function joinChunks(bytes: Buffer, limits: DecompressLimits): Buffer {
  const joined = Buffer.allocUnsafe(bytes.length)
  let end = maxPrefix
  let total = 0
  let chunks = 0
  let at = header.length
  while (at < bytes.length) {
    if (bytes.length - at < 4) limits.fail(`snappy: ${bytes.length - at} bytes where a chunk's length should be`)
    checkPieces('snappy chunks', ++chunks, total, limits)
    const length = bytes.readInt32BE(at)
    if (length === magic.readInt32BE(0) && isFramed(bytes.subarray(at))) {
      // Streams joined end to end, each with its header: Java's reader takes them as one.
      at += header.length
      continue
    }
    at += 4
    if (length < 0 || length > bytes.length - at) {
      limits.fail(`snappy: a chunk of ${length} bytes where ${bytes.length - at} are left`)
    }
    const prefix = readPrefix(bytes, at, at + length, limits)
    total += prefix.claimed
    if (total > limits.maxBytes) tooLarge(limits)
    end += bytes.copy(joined, end, prefix.end, at + length)
    at += length
  }
  if (total === 0) return joined.subarray(0, 0)
  const start = writePrefix(joined, total)
  return joined.subarray(start, end)
}

function checkedBlock(bytes: Buffer, limits: DecompressLimits): Buffer {
  const { claimed } = readPrefix(bytes, 0, bytes.length, limits)
  if (claimed > limits.maxBytes) tooLarge(limits)
  return claimed === 0 ? bytes.subarray(0, 0) : bytes
}

/** A length as varint takes at most this much. */
const maxPrefix = 5

/** The length that a block claims, refused before the library would allocate it where the block cannot hold as much. */
function readPrefix(bytes: Buffer, start: number, end: number, limits: DecompressLimits) {
  let claimed = 0
  let at = start
  let byte: number
  do {
    if (at >= end || at - start >= maxPrefix) return limits.fail('snappy: a block without its length')
    byte = bytes[at] as number
    claimed += (byte & 0x7f) * 2 ** (7 * (at - start))
    at++
  } while (byte >= 0x80)
  // The densest element is a copy of 64 bytes in 3.
  if (claimed * 3 > (end - at) * 64) {
    return limits.fail(`snappy: a block of ${end - start} bytes that claims to hold ${claimed}`)
  }
  return { claimed, end: at }
}

/** Writes the length so that it ends at `maxPrefix`, and returns where it starts. */
function writePrefix(joined: Buffer, total: number): number {
  let bytes = 1
  while (total >= 2 ** (7 * bytes)) bytes++
  const start = maxPrefix - bytes
  for (let i = 0; i < bytes; i++) {
    const rest = Math.floor(total / 2 ** (7 * i))
    joined[start + i] = (rest & 0x7f) | (i === bytes - 1 ? 0 : 0x80)
  }
  return start
}
