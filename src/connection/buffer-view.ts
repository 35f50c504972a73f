import { checkBytes } from './check-arguments.js'

/** No bytes at all. */
export const NOTHING = Buffer.alloc(0)

/** The same bytes as a Buffer, not copied. */
export function bufferView(bytes: Uint8Array): Buffer {
  if (Buffer.isBuffer(bytes)) return bytes
  checkBytes(bytes)
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/**
 * One view over two that lie side by side in memory, else undefined.
 *
 * A socket reads into a slab, so neighbouring chunks nearly always do: a slice that spans them need not be copied.
 */
export function joinAdjacent(first: Buffer, second: Buffer): Buffer | undefined {
  if (first.buffer !== second.buffer || first.byteOffset + first.length !== second.byteOffset) return undefined
  return Buffer.from(first.buffer, first.byteOffset, first.length + second.length)
}
