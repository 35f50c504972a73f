import * as zlib from 'node:zlib'

import { CompressionError } from '../../../errors.js'
import type { Codec, DecompressLimits } from './codec.js'
import { checkPieces, tooLarge } from './codec.js'
import { clampChunk, zlibFailure } from './gzip.js'
import { codecPackage } from './optional-package.js'
import { withLeastWindow, zstdFrames } from './zstd-frames.js'

/** zstd by node's own zlib from node 22.15 on, level 1 to 22; before that it is read by the package `fzstd`. */
export const zstd: Codec = {
  compress(records, level) {
    if (node.zstdCompressSync === undefined) {
      throw new CompressionError(
        `zstd is written from node 22.15 on, and this is ${process.version}: choose another compression`,
        { codec: 'zstd' },
      )
    }
    const chunkSize = clampChunk(records.length + (records.length >>> 8) + 64)
    return node.zstdCompressSync(
      records,
      level === undefined ? { chunkSize } : { chunkSize, params: { [levelParameter]: level } },
    )
  },

  decompress(bytes, limits) {
    return node.zstdDecompressSync === undefined
      ? decompressByPackage(bytes, limits)
      : decompressByNode(node.zstdDecompressSync, bytes, limits)
  },
}

/** Of node 22.15 and later: the types at hand are those of the oldest node that is supported. */
const node = zlib as typeof zlib & {
  readonly zstdCompressSync?: (bytes: Uint8Array, options: object) => Buffer
  readonly zstdDecompressSync?: (bytes: Uint8Array, options: object) => Buffer
}

/** `ZSTD_c_compressionLevel`. */
const levelParameter = 100

function decompressByNode(
  zstdDecompressSync: (bytes: Uint8Array, options: object) => Buffer,
  bytes: Buffer,
  limits: DecompressLimits,
): Buffer {
  const parts: Buffer[] = []
  let left = limits.maxBytes
  // Node stops at the end of the first frame, without a word.
  for (const frame of zstdFrames(bytes, limits)) {
    // Java's frames do not say their size: four times is what most records shrink to.
    const chunkSize = clampChunk(Math.min(frame.bytes.length * 4, left) + 64)
    try {
      const part = zstdDecompressSync(frame.bytes, { maxOutputLength: Math.max(left, 1), chunkSize })
      left -= part.length
      parts.push(part)
    } catch (cause) {
      zlibFailure(cause, limits)
    }
    if (left < 0) tooLarge(limits)
    checkPieces('zstd frames', parts.length, limits.maxBytes - left, limits)
  }
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)
}

/** What every decoder of zstd must be able to do, and what level 19 uses. */
const maxWindow = 8 * 1024 * 1024
/** Two GiB in full blocks. */
const maxBlocks = 16_384
/** A block costs a move of the window: of a full one, 64 times its bytes. Beyond this, twice as much is allowed. */
const maxMoved = 2 ** 31

/** Frame by frame, block by block, so that it stops at the limit. Exported for the tests on later nodes. */
export function decompressByPackage(bytes: Buffer, limits: DecompressLimits): Buffer {
  const { Decompress } = library()
  const parts: Uint8Array[] = []
  let total = 0
  let frames = 0
  let moved = 0
  for (const frame of zstdFrames(bytes, limits)) {
    checkPieces('zstd frames', ++frames, total, limits)
    if (frame.window > maxWindow) limits.fail(`zstd: a window of ${frame.window} bytes, more than this node can read`)
    if (frame.blockCount > maxBlocks) limits.fail(`zstd: ${frame.blockCount} blocks, more than this node can read`)
    try {
      const stream = new Decompress(part => {
        total += part.length
        moved += frame.window
        // Thrown through the library, which is the only way to stop it.
        if (total > limits.maxBytes) throw new Error('too large')
        if (moved > maxMoved + 128 * total) throw new Error(`blocks that hold ${total} bytes, too little for so many`)
        parts.push(part)
      })
      stream.push(withLeastWindow(frame), true)
    } catch (cause) {
      if (total > limits.maxBytes) tooLarge(limits)
      limits.fail(`zstd: ${(cause as Error).message}`, cause)
    }
  }
  return Buffer.concat(parts, total)
}

interface FzstdLibrary {
  readonly Decompress: new (ondata: (part: Uint8Array) => void) => { push(bytes: Uint8Array, final: boolean): void }
}

let loaded: FzstdLibrary | undefined

function library(): FzstdLibrary {
  loaded ??= codecPackage<FzstdLibrary>('fzstd', 'zstd', ` on node ${process.version}`)
  return loaded
}
