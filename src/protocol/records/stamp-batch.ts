import { ArgumentError } from '../../errors.js'
import { field, headerBytes } from './batch-v2.js'
import { crc32c } from './crc32c.js'
import { crc32cShifted } from './crc32c-shifted.js'
import { type BatchProducer, checkProducer } from './record-batch-options.js'

/**
 * Writes another producer id, epoch and base sequence into a closed batch of magic 2, in place, and returns the batch.
 * What is left out stays as it is.
 *
 * For idempotence, where these are known when a batch is sent, not when it is compressed; and for sending it anew under
 * others. The checksum is changed by what the new numbers change in it, so this takes the same time for a batch of any
 * size, and leaves a corrupt one corrupt. Nothing may be sending the batch meanwhile.
 *
 * @throws {ArgumentError} when `batch` is no batch of magic 2, or a number is out of its range
 *
 * @example
 * import { RecordBatchWriter, stampBatch } from 'kafka-rx/protocol'
 *
 * const writer = new RecordBatchWriter({ compression: 'gzip' })
 * writer.append({ value: 'paid', timestamp: Date.now() })
 * const batch = writer.close()
 * stampBatch(batch, { producerId: 4000n, producerEpoch: 0, baseSequence: 17 })
 */
export function stampBatch(batch: Buffer, producer: BatchProducer): Buffer {
  if (!Buffer.isBuffer(batch) || batch.length < headerBytes || batch[field.magic] !== 2) {
    throw new ArgumentError('stampBatch wants a batch of magic 2, as RecordBatchWriter writes it')
  }
  checkProducer(producer, 'stampBatch()')
  const stamp = batch.subarray(field.producerId, field.count)
  const before = crc32c(stamp)
  if (producer.producerId !== undefined) batch.writeBigInt64BE(producer.producerId, field.producerId)
  if (producer.producerEpoch !== undefined) batch.writeInt16BE(producer.producerEpoch, field.producerEpoch)
  if (producer.baseSequence !== undefined) batch.writeInt32BE(producer.baseSequence, field.baseSequence)
  const change = crc32cShifted(before ^ crc32c(stamp), batch.length - field.count)
  batch.writeUInt32BE((batch.readUInt32BE(field.crc) ^ change) >>> 0, field.crc)
  return batch
}
