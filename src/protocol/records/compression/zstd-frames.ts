import type { DecompressLimits } from './codec.js'

/** One frame of zstd, found by the lengths before its blocks and not decompressed. */
export interface ZstdFrame {
  /** All of it. */
  readonly bytes: Buffer
  /** Its blocks alone. */
  readonly blocks: Buffer
  readonly blockCount: number
  /** How far back its blocks may refer: what it claims, or what they can fill if that is less. */
  readonly window: number
}

/** The frames in `bytes`, without the skippable ones: Java joins what they hold. */
export function* zstdFrames(bytes: Buffer, limits: DecompressLimits): Generator<ZstdFrame> {
  let at = 0
  while (at < bytes.length) {
    if (bytes.length - at < 8) limits.fail(`zstd: ${bytes.length - at} bytes where a frame should be`)
    const magic = bytes.readUInt32LE(at)
    if (magic >>> 4 === skippable) {
      at += 8 + bytes.readUInt32LE(at + 4)
      continue
    }
    if (magic !== frameMagic) limits.fail('zstd: not a frame')
    const header = readHeader(bytes, at, limits)
    const { end, most, blockCount } = walkBlocks(bytes, header, limits)
    const frameEnd = end + (header.checksum ? 4 : 0)
    if (frameEnd > bytes.length) limits.fail('zstd: a frame without its checksum')
    const window = Math.min(header.window, most)
    yield { bytes: bytes.subarray(at, frameEnd), blocks: bytes.subarray(header.end, end), blockCount, window }
    at = frameEnd
  }
}

/**
 * The same blocks behind a header with the smallest window that will do, and no checksum.
 *
 * `fzstd` allocates the window that a header claims and moves all of it for each block: a claim must not cost memory, nor
 * a few bytes minutes.
 */
export function withLeastWindow({ blocks, window }: ZstdFrame): Buffer {
  let exponent = 0
  while (1024 * 2 ** exponent < window) exponent++
  const frame = Buffer.allocUnsafe(6 + blocks.length)
  frame.writeUInt32LE(frameMagic, 0)
  frame[4] = 0
  frame[5] = exponent << 3
  frame.set(blocks, 6)
  return frame
}

const frameMagic = 0xfd2fb528
const skippable = 0x184d2a5
const maxBlock = 128 * 1024

interface Header {
  readonly window: number
  readonly checksum: boolean
  readonly end: number
}

function readHeader(bytes: Buffer, start: number, limits: DecompressLimits): Header {
  const flags = bytes[start + 4] as number
  const single = (flags & 0x20) !== 0
  const dictionaryBytes = [0, 1, 2, 4][flags & 3] as number
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][flags >>> 6] as number
  const end = start + 5 + (single ? 0 : 1) + dictionaryBytes + sizeBytes
  if (end > bytes.length) limits.fail('zstd: a frame without its header')
  if ((flags & 0x08) !== 0 || dictionaryBytes > 0) limits.fail('zstd: a frame of unknown flags or with a dictionary')
  return {
    window: single ? contentSize(bytes, end, sizeBytes) : windowSize(bytes, start),
    checksum: (flags & 4) !== 0,
    end,
  }
}

function windowSize(bytes: Buffer, start: number): number {
  const descriptor = bytes[start + 5] as number
  const base = 2 ** (10 + (descriptor >>> 3))
  return base + (base / 8) * (descriptor & 7)
}

function contentSize(bytes: Buffer, end: number, length: number): number {
  if (length === 8) return Number(bytes.readBigUInt64LE(end - 8))
  return bytes.readUIntLE(end - length, length) + (length === 2 ? 256 : 0)
}

/** Where the blocks end, how many they are, and the most that they can hold. */
function walkBlocks(bytes: Buffer, header: Header, limits: DecompressLimits) {
  let at = header.end
  let most = 0
  for (let blockCount = 1; ; blockCount++) {
    if (bytes.length - at < 3) limits.fail('zstd: a frame without its last block')
    const word = bytes.readUIntLE(at, 3)
    const type = (word >>> 1) & 3
    const size = word >>> 3
    if (type === 3 || size > maxBlock) limits.fail(`zstd: a block of type ${type} and ${size} bytes`)
    at += 3 + (type === 1 ? 1 : size)
    if (at > bytes.length) limits.fail(`zstd: a block of ${size} bytes that is cut short`)
    most += type === 2 ? maxBlock : size
    if ((word & 1) === 1) return { end: at, most, blockCount }
  }
}
