import { checkOptions, type OptionNames } from '../../errors/check-options.js'
import { ArgumentError } from '../../errors.js'
import { batchFailure } from './batch-failure.js'
import { BatchV2, headerBytes } from './batch-v2.js'
import { LegacyBatch } from './legacy-batch.js'
import type { RecordBatch } from './record-batch.js'

/** How {@link recordBatches} reads. */
export interface RecordBatchesOptions {
  /** Verify the checksum of each batch when the iteration reaches it; default true. */
  readonly checkCrc?: boolean | undefined
  /** The most bytes that a batch may decompress to; default 1 GiB, and never more than 2 GiB - 1, as in Java. */
  readonly maxDecompressedBytes?: number | undefined
}

/**
 * The record batches in `bytes`, as a fetch response or a produce request has them: formats (magic) 0, 1 and 2.
 *
 * Lazy: a cursor over `bytes`, which must not change meanwhile. A batch is looked at when the iteration reaches it, its
 * records when it is iterated, their fields when they are asked for. A batch that is cut off at the end, as a broker cuts
 * a fetch, is left out.
 *
 * @throws {ArgumentError} when what is given is not bytes, an option is unknown, or `maxDecompressedBytes` not a positive integer
 * Iterating throws {@link ProtocolError} where the bytes are not batches, or a checksum does not match; and
 * {@link CompressionError} where a codec's package is missing.
 *
 * @example
 * import { recordBatches } from 'kafka-rx/protocol'
 *
 * declare const fetched: Buffer
 * for (const batch of recordBatches(fetched)) {
 *   if (batch.isControl) continue
 *   for (const record of batch) console.log(record.offset, record.value?.toString())
 * }
 */
export function recordBatches(bytes: Uint8Array, options: RecordBatchesOptions = {}): Iterable<RecordBatch> {
  checkOptions(options, names, 'recordBatches()')
  const { checkCrc = true, maxDecompressedBytes = 1024 ** 3 } = options
  if (!(bytes instanceof Uint8Array)) throw new ArgumentError(`recordBatches wants bytes, got ${typeof bytes}`)
  if (
    !(
      maxDecompressedBytes > 0 &&
      (Number.isInteger(maxDecompressedBytes) || maxDecompressedBytes === Number.POSITIVE_INFINITY)
    )
  ) {
    throw new ArgumentError(`maxDecompressedBytes must be a positive integer, not ${maxDecompressedBytes}`)
  }
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const maxBytes = Math.min(maxDecompressedBytes, 0x7fffffff)
  return { [Symbol.iterator]: () => batchesIn(buffer, checkCrc, maxBytes) }
}

const names: OptionNames<RecordBatchesOptions> = { checkCrc: true, maxDecompressedBytes: true }

/** Offset and length, which are the same in all formats. */
const prefixBytes = 12
const magicAt = 16
/** Of the smallest message, one of magic 0 without key and value, after the prefix. */
const leastLength = 14

/** The batches one after another; see {@link recordBatches}. */
export function* batchesIn(bytes: Buffer, checkCrc: boolean, maxBytes: number): Generator<BatchV2 | LegacyBatch> {
  let at = 0
  while (bytes.length - at > magicAt) {
    const length = bytes.readInt32BE(at + 8)
    const magic = bytes.readInt8(at + magicAt)
    const place = { magic, baseOffset: bytes.readBigInt64BE(at), path: 'length', offset: 8 }
    if (length < leastLength) batchFailure(`${length} is less than any batch has`, place)
    if (magic < 0 || magic > 2) batchFailure('an unknown format', { ...place, path: 'magic', offset: magicAt })
    const end = at + prefixBytes + length
    if (end > bytes.length) return
    if (magic === 2 && end - at < headerBytes) batchFailure(`${length} is less than any batch has`, place)
    const batch = bytes.subarray(at, end)
    yield magic === 2 ? new BatchV2(batch, maxBytes, checkCrc) : new LegacyBatch(batch, maxBytes, checkCrc)
    at = end
  }
}
