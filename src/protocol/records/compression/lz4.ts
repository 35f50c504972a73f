import type { Codec, DecompressLimits } from './codec.js'
import { checkPieces, tooLarge } from './codec.js'
import { codecPackage } from './optional-package.js'
import { xxhash32 } from './xxhash32.js'

/**
 * lz4 in its frame format: the blocks by the package `lz4-napi`, the frame around them here, as Kafka's own clients
 * write and read it (independent blocks of 64 KiB, no checksum of the content). It has no levels.
 *
 * The package's own frame functions would cut blocks of up to 4 MiB, which a reader must then hold, could not be stopped
 * at a size, refuse the header checksums of magic 0, and take three times as long to read.
 *
 * A frame: magic, flags, block size, content size if flagged, a checksum of these; then blocks, each a length (uint32,
 * little-endian; the top bit says stored) and that much, until a length of 0.
 */
export const lz4: Codec = {
  compress(records) {
    const { compressSync } = library()
    const blocks = Math.ceil(records.length / blockBytes)
    const frame = Buffer.allocUnsafe(header.length + records.length + blocks * 4 + 4)
    frame.set(header, 0)
    let end = header.length
    for (let at = 0; at < records.length; at += blockBytes) {
      const plain = records.subarray(at, at + blockBytes)
      // The library puts the size before the block, where the frame wants the block's length.
      const block = compressSync(plain)
      if (block.length - 4 < plain.length) {
        frame.set(block, end)
        frame.writeUInt32LE(block.length - 4, end)
        end += block.length
      } else {
        frame.writeUInt32LE((plain.length | stored) >>> 0, end)
        frame.set(plain, end + 4)
        end += 4 + plain.length
      }
    }
    frame.writeUInt32LE(0, end)
    return frame.subarray(0, end + 4)
  },

  decompress(bytes, limits) {
    const { uncompressSync } = library()
    const frame = readHeader(bytes, limits)
    const parts: Buffer[] = []
    let total = 0
    let at = frame.end
    // What a block holds is not said anywhere: the library wants a size before the block, and takes less.
    const sized = Buffer.allocUnsafe(4 + Math.min(frame.blockBytes, bytes.length))
    for (;;) {
      if (bytes.length - at < 4) limits.fail('lz4: the frame has no end')
      const word = bytes.readUInt32LE(at)
      if (word === 0) break
      at += 4
      const length = (word & ~stored) >>> 0
      if (length > frame.blockBytes) limits.fail(`lz4: a block of ${length} bytes in a frame of ${frame.blockBytes}`)
      if (length > bytes.length - at) limits.fail(`lz4: a block of ${length} bytes where ${bytes.length - at} are left`)
      const block = bytes.subarray(at, at + length)
      at += length
      if (frame.checksums) {
        if (bytes.length - at < 4) limits.fail('lz4: a block without its checksum')
        if (xxhash32(block) !== bytes.readUInt32LE(at)) limits.fail('lz4: the checksum of a block does not match')
        at += 4
      }
      const part = word === length ? uncompress(uncompressSync, block, sized, frame.blockBytes, limits) : block
      total += part.length
      if (total > limits.maxBytes) tooLarge(limits)
      parts.push(part)
      checkPieces('lz4 blocks', parts.length, total, limits)
    }
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts, total)
  },
}

interface Lz4Library {
  compressSync(bytes: Buffer): Buffer
  uncompressSync(bytes: Buffer): Buffer
}

let loaded: Lz4Library | undefined

function library(): Lz4Library {
  loaded ??= codecPackage<Lz4Library>('lz4-napi', 'lz4')
  return loaded
}

const magic = 0x184d2204
const blockBytes = 64 * 1024
const stored = 0x80000000
/** Version 1, independent blocks, 64 KiB, and the checksum of that. */
const header = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82])

function readHeader(bytes: Buffer, limits: DecompressLimits) {
  if (bytes.length < header.length) limits.fail(`lz4: ${bytes.length} bytes where a frame should be`)
  if (bytes.readUInt32LE(0) !== magic) limits.fail('lz4: not a frame')
  const flags = bytes[4] as number
  const sizes = bytes[5] as number
  if (flags >>> 6 !== 1) limits.fail(`lz4: a frame of version ${flags >>> 6}, not 1`)
  if ((flags & 0x20) === 0) limits.fail('lz4: blocks that depend on one another, which Kafka does not have')
  if ((flags & 0x03) !== 0 || (sizes & 0x8f) !== 0 || sizes >>> 4 < 4) limits.fail('lz4: a header of unknown flags')
  const end = (flags & 0x08) === 0 ? 6 : 14
  if (bytes.length <= end) limits.fail(`lz4: ${bytes.length} bytes where a frame should be`)
  // Clients of magic 0 took the checksum over the magic as well, so nobody checks it there.
  if (limits.magic > 0 && bytes[end] !== ((xxhash32(bytes.subarray(4, end)) >>> 8) & 0xff)) {
    limits.fail("lz4: the header's checksum does not match")
  }
  return { end: end + 1, checksums: (flags & 0x10) !== 0, blockBytes: 1 << (8 + 2 * (sizes >>> 4)) }
}

function uncompress(
  uncompressSync: Lz4Library['uncompressSync'],
  block: Buffer,
  sized: Buffer,
  most: number,
  limits: DecompressLimits,
): Buffer {
  // A byte of lz4 holds at most 255.
  sized.writeUInt32LE(Math.min(most, block.length * 255), 0)
  sized.set(block, 4)
  try {
    return uncompressSync(sized.subarray(0, 4 + block.length))
  } catch (cause) {
    return limits.fail(`lz4: ${(cause as Error).message}`, cause)
  }
}
