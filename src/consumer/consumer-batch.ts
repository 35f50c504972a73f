import type { ConsumerRecord } from './consumer-record.js'
import type { Portion } from './portion.js'

/** What a {@link ConsumerBatch} is made of. */
export interface BatchContent<K, V> {
  readonly portion: Portion
  /** The first that it has, as it is in the portion. */
  readonly first: ConsumerRecord<unknown, unknown>
  /** May be read again and again. */
  readonly records: Iterable<ConsumerRecord<K, V>>
  readonly count: number
  readonly lastOffset: bigint
  /** Whether it has all records of its portion from the first on. */
  readonly isWhole: boolean
}

/**
 * Records of one partition as they were fetched: an Iterable, which may be read again and again.
 *
 * Without a deserializer nothing is made of its records before they are read. A record that is kept keeps the bytes of all.
 *
 * @example
 * const rows = Array.from(batch, ({ offset, value }) => [offset, value])
 */
export class ConsumerBatch<K = Buffer | null, V = Buffer | null> implements Iterable<ConsumerRecord<K, V>> {
  /** The topic's name. */
  readonly topic: string
  /** The partition's number. */
  readonly partition: number
  /** Of its first record. */
  readonly firstOffset: bigint
  /** Of its last record; where compaction has taken that, where it was. */
  readonly lastOffset: bigint
  /** How many records it has. */
  readonly count: number
  /** When it was fetched: the offset behind the last record that all replicas in sync have. */
  readonly highWatermark: bigint
  readonly #content: BatchContent<K, V>

  /** @internal */
  constructor(content: BatchContent<K, V>) {
    const { portion, first, count, lastOffset } = content
    this.topic = portion.topic
    this.partition = portion.partition
    this.firstOffset = first.offset
    this.lastOffset = lastOffset
    this.count = count
    this.highWatermark = portion.highWatermark
    this.#content = content
  }

  /** Its records, from the first on. */
  [Symbol.iterator](): Iterator<ConsumerRecord<K, V>> {
    return this.#content.records[Symbol.iterator]()
  }

  /**
   * All of it is handled.
   *
   * @internal
   */
  acknowledge(): void {
    const { portion, first, records, isWhole } = this.#content
    if (isWhole) portion.acknowledgeFrom(first as ConsumerRecord)
    else for (const { origin, index, offsetDelta } of records) origin.acknowledge(index, offsetDelta)
  }

  /**
   * The same with the bytes as they came.
   *
   * @internal
   */
  raw(): ConsumerBatch {
    const { records } = this.#content
    return new ConsumerBatch({ ...this.#content, records: { [Symbol.iterator]: () => rawOf(records) } })
  }

  /**
   * How much was fetched with it.
   *
   * @internal
   */
  get bytes(): number {
    return this.#content.portion.bytes
  }

  /**
   * Its first record, with the bytes as they came.
   *
   * @internal
   */
  get first(): ConsumerRecord {
    return this.#content.first.raw()
  }
}

function* rawOf(records: Iterable<ConsumerRecord<unknown, unknown>>): Generator<ConsumerRecord> {
  for (const record of records) yield record.raw()
}
