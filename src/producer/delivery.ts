import type { TopicPartition } from '../cluster/topic.js'
import type { ProduceError } from '../errors.js'
import { inspect, inspectFields } from '../protocol/records/inspect-fields.js'

/** A record that was acknowledged. */
export interface Delivery<T = unknown> extends TopicPartition {
  /** What was sent: the record, or the value that a record was made of. */
  readonly input: T
  /** -1 with `acks: 0`, and where the broker had it already and does not say. */
  readonly offset: bigint
  /** In ms since 1970. */
  readonly timestamp: number
  readonly error?: never
  /** The offset as a string: JSON has no bigint. */
  toJSON(): object
}

/** A record that was not, or nobody knows; only with `onError: 'emit'`. */
export interface Undelivered<T = unknown> {
  readonly input: T
  readonly error: ProduceError<T>
  readonly topic?: never
  readonly partition?: never
  readonly offset?: never
}

/** Where a batch has come to stand: its records' offsets follow from it. */
export interface BatchPlace extends TopicPartition {
  /** -1 where it is not known. */
  readonly baseOffset: bigint
  /** Of the broker's clock, where the topic has it so; else -1. */
  readonly logAppendTime: number
}

/** Makes its offset when it is asked for: most are not, and a bigint a record would be the most that it costs. */
export class RecordDelivery<T> implements Delivery<T> {
  declare readonly error?: never
  readonly input: T
  readonly #place: BatchPlace
  readonly #index: number
  readonly #timestamp: number

  constructor(input: T, place: BatchPlace, index: number, timestamp: number) {
    this.input = input
    this.#place = place
    this.#index = index
    this.#timestamp = timestamp
  }

  get topic(): string {
    return this.#place.topic
  }

  get partition(): number {
    return this.#place.partition
  }

  get offset(): bigint {
    const { baseOffset } = this.#place
    return baseOffset < 0n ? -1n : baseOffset + BigInt(this.#index)
  }

  get timestamp(): number {
    const { logAppendTime } = this.#place
    return logAppendTime >= 0 ? logAppendTime : this.#timestamp
  }

  toJSON(): object {
    const { input, topic, partition, offset, timestamp } = this
    return { input, topic, partition, offset: String(offset), timestamp }
  }
  /** @internal */
  [inspect](): object {
    return inspectFields<Delivery<T>>(this, ['input', 'topic', 'partition', 'offset', 'timestamp'])
  }
}
