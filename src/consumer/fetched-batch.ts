import { ProtocolError } from '../errors.js'
import type { BatchV2 } from '../protocol/records/batch-v2.js'
import type { LegacyBatch } from '../protocol/records/legacy-batch.js'
import { RecordIterator } from '../protocol/records/record-iterator.js'
import { type ConsumerRecord, consumerRecord, type RecordOrigin } from './consumer-record.js'
import { LegacyConsumerRecord } from './legacy-consumer-record.js'

/** What a {@link FetchedBatch} is part of. */
export interface BatchOwner {
  readonly topic: string
  readonly partition: number
  /** The record of this index among all of them, `relative` offsets behind the first batch's base, is handled. */
  acknowledge(index: number, relative: number): void
}

/** Reads the records of one batch. */
export interface RecordReader {
  /** The next one; undefined at the end. Throws ProtocolError or CompressionError. */
  read(): ConsumerRecord | undefined
}

/** One batch of a portion: decompressed and its checksum verified when its records are first read. */
export class FetchedBatch implements RecordOrigin {
  readonly topic: string
  readonly partition: number
  readonly baseOffset: bigint
  readonly lastOffset: bigint
  /** -1 where it has none. */
  readonly leaderEpoch: number
  readonly count: number
  baseTimestamp = -1
  appendTime: number | null = null
  bytes: Buffer = none
  start = 0
  readonly owner: BatchOwner
  readonly #batch: BatchV2 | LegacyBatch
  /** The index of its first record among those of the portion. */
  readonly #firstIndex: number
  /** How far its base is behind that of the portion's first batch. */
  readonly #distance: number
  #isPlain = false

  constructor(owner: BatchOwner, batch: BatchV2 | LegacyBatch, firstIndex: number, portionBase: bigint) {
    this.owner = owner
    this.topic = owner.topic
    this.partition = owner.partition
    this.#batch = batch
    this.baseOffset = batch.baseOffset
    this.lastOffset = batch.lastOffset
    this.leaderEpoch = batch.partitionLeaderEpoch
    this.count = 'count' in batch ? batch.count : countOf(batch)
    this.#firstIndex = firstIndex
    this.#distance = Number(this.baseOffset - portionBase)
  }

  /** Reads its records, from the first on. Throws ProtocolError where its checksum is wrong. */
  reader(): RecordReader {
    const batch = this.#batch
    if (!('plain' in batch)) return this.#legacyReader(batch)
    if (!this.#isPlain) {
      const { bytes, start } = this.#plain(batch)
      this.bytes = bytes
      this.start = start
      this.baseTimestamp = Number(batch.baseTimestamp)
      this.appendTime = batch.timestampType === 'logAppendTime' ? Number(batch.maxTimestamp) : null
      this.#isPlain = true
    }
    return new RecordIterator<FetchedBatch, ConsumerRecord>(this, this.count, consumerRecord)
  }

  acknowledge(index: number, offsetDelta: number): void {
    this.owner.acknowledge(this.#firstIndex + index, this.#distance + offsetDelta)
  }

  /** Which record it is among all of the portion. */
  indexOf(record: ConsumerRecord): number {
    return this.#firstIndex + record.index
  }

  /** How far its last offset is behind the base of the portion's first batch. */
  get lastRelative(): number {
    return this.#distance + Number(this.lastOffset - this.baseOffset)
  }

  /** How far a record of it is behind the base of the portion's first batch. */
  relative(offsetDelta: number): number {
    return this.#distance + offsetDelta
  }

  /** Throws what is wrong with it, and where it is. */
  #plain(batch: BatchV2) {
    try {
      batch.checkCrc()
      return batch.plain()
    } catch (error) {
      throw misplaced(error, this)
    }
  }

  #legacyReader(batch: LegacyBatch): RecordReader {
    const messages = batch[Symbol.iterator]()
    let index = 0
    const read = () => {
      const { done, value } = messages.next()
      return done === true ? undefined : new LegacyConsumerRecord(this, value, index++)
    }
    return { read }
  }
}

const none = Buffer.alloc(0)

/** The same of a partition, where it is of the bytes of a batch. */
export function misplaced(
  error: unknown,
  { topic, partition }: { readonly topic: string; readonly partition: number },
) {
  if (!(error instanceof ProtocolError)) return error
  const { api, version, path, offset, message, cause } = error
  return new ProtocolError(`${topic}-${partition}: ${message}`, { api, version, path, offset, cause })
}

function countOf(batch: LegacyBatch): number {
  return batch.compression === 'none' ? 1 : [...batch].length
}
