import { crc32c } from '../../../src/protocol/records/index.js'

/** A batch of magic 2 around `records` as they are, compressed by the codec of that number or said to be. */
export function batchWith(codec: number, records: Uint8Array, count = 1): Buffer {
  const batch = Buffer.concat([Buffer.alloc(61), records])
  batch.writeInt32BE(batch.length - 12, 8)
  batch[16] = 2
  batch.writeInt16BE(codec, 21)
  batch.writeInt32BE(count, 57)
  batch.writeUInt32BE(crc32c(batch.subarray(21)), 17)
  return batch
}
