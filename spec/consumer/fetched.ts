import { transactionMarker } from '../../src/protocol/records/control-record.js'
import type { Compression } from '../../src/protocol/records/index.js'
import { RecordBatchWriter } from '../../src/protocol/records/record-batch-writer.js'

/** A batch of a log. */
export interface LogBatch {
  /** Of its records; what is not there was compacted away. */
  readonly offsets: readonly number[]
  /** Default: the first and last of its records. */
  readonly first?: number
  readonly last?: number
  readonly epoch?: number
  /** Whose transaction it is part of. */
  readonly producer?: bigint
  /** Ends the transaction of its producer; it has one offset. */
  readonly marker?: 'commit' | 'abort'
  readonly compression?: Compression
}

/** Its bytes, as Fetch has them; the value of each record is its offset. */
export function bytesOf(batches: readonly LogBatch[]): Buffer {
  return Buffer.concat(batches.map(bytesOfOne))
}

function bytesOfOne({ offsets, first, last, epoch = 0, producer, marker, compression }: LogBatch): Buffer {
  const baseOffset = BigInt(first ?? offsets[0] ?? 0)
  const writer = new RecordBatchWriter({
    baseOffset,
    lastOffset: BigInt(last ?? offsets.at(-1) ?? Number(baseOffset)),
    partitionLeaderEpoch: epoch,
    ...(compression && { compression }),
    ...(producer !== undefined && { producerId: producer, producerEpoch: 0, isTransactional: true }),
    ...(marker !== undefined && { isControl: true }),
  })
  for (const offset of offsets) {
    const content = marker === undefined ? { value: String(offset) } : transactionMarker(marker, 0)
    writer.append({ ...content, timestamp: 1000 + offset, offset: BigInt(offset) })
  }
  return writer.close()
}
