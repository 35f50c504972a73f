import { gunzipSync, gzipSync } from 'node:zlib'

import type { Codec, DecompressLimits } from './codec.js'
import { tooLarge } from './codec.js'

/** gzip by node's own zlib, level 1 to 9. */
export const gzip: Codec = {
  compress(records, level) {
    // One chunk that holds whatever comes out spares node the joining of many small ones.
    const chunkSize = clampChunk(records.length + (records.length >>> 9) + 64)
    return gzipSync(records, level === undefined ? { chunkSize } : { chunkSize, level })
  },

  decompress(bytes, limits) {
    try {
      return gunzipSync(bytes, { maxOutputLength: limits.maxBytes, chunkSize: expectedSize(bytes, limits) })
    } catch (cause) {
      return zlibFailure(cause, limits)
    }
  },
}

/** What node's zlib throws, gzip and zstd alike, told as the batch's failure. */
export function zlibFailure(cause: unknown, limits: DecompressLimits): never {
  if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return tooLarge(limits)
  return limits.fail((cause as Error).message, cause)
}

/** Within what zlib takes as a chunk size, and no more at once than a large batch needs. */
export function clampChunk(bytes: number): number {
  return Math.min(Math.max(bytes, 64), 4 * 1024 * 1024)
}

/** The last four bytes of a gzip member claim its size: believed as far as deflate can expand at all. */
function expectedSize(bytes: Buffer, limits: DecompressLimits): number {
  const claimed = bytes.length < 18 ? 0 : bytes.readUInt32LE(bytes.length - 4)
  return clampChunk(Math.min(claimed, bytes.length * 1032, limits.maxBytes) + 64)
}
