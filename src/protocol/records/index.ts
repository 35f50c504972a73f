export { murmur2, toPositive } from '../murmur2.js'
export type { Compression } from './compression/compression.js'
export { type ControlRecord, type ControlType, readControlRecord, transactionMarker } from './control-record.js'
export { crc32c } from './crc32c.js'
export type { KafkaRecord, RecordBatch, RecordHeader, TimestampType } from './record-batch.js'
export {
  type BatchProducer,
  type NewRecord,
  type RecordBatchOptions,
  RecordBatchWriter,
} from './record-batch-writer.js'
export { type RecordBatchesOptions, recordBatches } from './record-batches.js'
