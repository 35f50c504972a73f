import type { Compression } from './compression/compression.js'

/**
 * Whose clock a timestamp is from: `createTime` the producer's, `logAppendTime` the broker's; `none` in batches of
 * magic 0, which have none.
 */
export type TimestampType = 'none' | 'createTime' | 'logAppendTime'

/** One of a record's headers; keys may repeat, and order is kept. */
export interface RecordHeader {
  readonly key: string
  /** A view of the bytes that were read. */
  readonly value: Buffer | null
}

/**
 * One record of a batch.
 *
 * Made on access: `key`, `value` and the values of headers are views of the bytes that were read (or of the decompressed
 * batch), so a record that is kept keeps all of those; copy what is to stay, with `Buffer.from(record.value)`.
 */
export interface KafkaRecord {
  /** Its place in the partition. */
  readonly offset: bigint
  /** In ms since 1970; -1 where it has none. */
  readonly timestamp: bigint
  readonly key: Buffer | null
  readonly value: Buffer | null
  /**
   * Decoded on the first access.
   *
   * @throws {ProtocolError} on that access, where they are not what the record's length says
   */
  readonly headers: readonly RecordHeader[]
}

/**
 * A run of records as a broker keeps them: a batch of magic 2, or one message of the older formats, which is a batch of
 * its own when compressed and a single record when not.
 *
 * Iterating it decompresses it (each time anew) and reads the records one by one; what is wrong with one is thrown when
 * the iteration gets there, as a ProtocolError.
 */
export interface RecordBatch extends Iterable<KafkaRecord> {
  /** The format: 0, 1 or 2. */
  readonly magic: number
  /** Of the first record, even if compaction has removed it. */
  readonly baseOffset: bigint
  /** Of the last record, even if compaction has removed it: the next batch starts after it. */
  readonly lastOffset: bigint
  readonly compression: Compression
  readonly timestampType: TimestampType
  /** The highest timestamp of its records, or that of the broker's append; -1 where there is none. */
  readonly maxTimestamp: bigint
  /** -1 where the producer was not idempotent. */
  readonly producerId: bigint
  /** -1 where the producer was not idempotent. */
  readonly producerEpoch: number
  /** The sequence number of its first record; -1 where the producer was not idempotent. */
  readonly baseSequence: number
  /** Part of a transaction: to be passed on when that is committed. */
  readonly isTransactional: boolean
  /** Holds control records, which {@link readControlRecord} reads, and none for users. */
  readonly isControl: boolean
  /** Of the leader that appended it; -1 where unknown. */
  readonly partitionLeaderEpoch: number
  /** When compaction may remove its tombstones and transaction markers, in ms since 1970; null where not yet set. */
  readonly deleteHorizon: bigint | null
  /** In bytes, as it stands (compressed), its own header included. */
  readonly sizeInBytes: number
}
