import type { Subscription } from 'rxjs'
import { brokerError } from '../broker/broker-error.js'
import type { Topic } from '../cluster/topic.js'
import { ArgumentError, type KafkaError } from '../errors.js'
import { errors } from '../protocol/error-codes.js'
import type { NewHeader } from '../protocol/records/index.js'
import type { Entry, Failure, Waiting } from './entry.js'
import { unsent } from './failures.js'
import { Line, type Link } from './line.js'
import { type BatchSettings, PartitionQueue } from './partition-queue.js'
import { partitionOfKey, type Sticky } from './partitioner.js'
import type { ProducerConfig } from './producer-options.js'
import type { Data, ProducerRecord } from './producer-record.js'
import { checkSize } from './record-size.js'
import type { Serialized } from './serialize.js'

/** For the memory, where a value is not bytes yet. */
const UNKNOWN_SIZE = 1024
/** For the memory: what it takes to wait. */
const OVERHEAD = 64

/** A record that waits for its topic to be known, for a serializer, or behind one that does. */
export class WaitingRecord implements Waiting, Link<WaitingRecord> {
  before: WaitingRecord | undefined = undefined
  behind: WaitingRecord | undefined = undefined
  readonly entry: Entry
  readonly bytes: number
  /** Undefined until its serializers have ended. */
  data: Serialized | undefined
  /** Of the serializers, where they take their time. */
  work: Subscription | undefined = undefined
  readonly #queue: TopicQueue

  constructor(queue: TopicQueue, entry: Entry, data: Serialized | undefined) {
    this.#queue = queue
    this.entry = entry
    this.data = data
    this.bytes = sizeOf(entry.record.key) + sizeOf(entry.record.value) + OVERHEAD
  }

  withdraw(): void {
    this.#queue.withdraw(this)
  }
}

/**
 * The records of one topic on their way to its partitions.
 *
 * Records get their partition in the order in which they came: one whose serializer takes its time holds back those
 * behind it.
 */
export class TopicQueue {
  readonly name: string
  /** As the cluster describes it; undefined until it has. */
  topic: Topic | undefined
  /** In order, one for each partition that the topic has or once had. */
  readonly partitions: PartitionQueue[] = []
  readonly #sticky: Sticky
  readonly #batches: BatchSettings
  readonly #waiting = new Line<WaitingRecord>()
  /** Those of the partitions of which something is under way, and some of which something was. */
  readonly #busy = new Set<PartitionQueue>()

  constructor(name: string, sticky: Sticky, batches: BatchSettings) {
    this.name = name
    this.#sticky = sticky
    this.#batches = batches
  }

  /** Whether a record that comes now can go straight to its partition. */
  get isClear(): boolean {
    return this.topic !== undefined && this.#waiting.length === 0
  }

  /** Whether nothing of it is under way. */
  get isIdle(): boolean {
    if (this.#waiting.length > 0) return false
    for (const partition of this.#busy) {
      if (!partition.isIdle) return false
      this.#busy.delete(partition)
    }
    return true
  }

  /** When the time of the first record is over that is under way. */
  get due(): number {
    let due = this.#waiting.first?.entry.due ?? Number.POSITIVE_INFINITY
    for (const partition of this.#busy) due = Math.min(due, partition.due)
    return due
  }

  /** Takes in what the cluster says of the topic; returns the partitions whose leader has moved and that have something to go. */
  follow(topic: Topic): readonly PartitionQueue[] {
    const before = this.topic
    this.topic = topic
    for (let index = this.partitions.length; index < topic.partitions.length; index++) {
      this.partitions.push(new PartitionQueue(this.name, index, this.#batches))
    }
    if (before !== undefined && before.id !== topic.id) {
      for (const { sequences } of this.partitions) sequences.madeAnew()
      this.#failVanished()
    }
    const moved = this.partitions.filter(partition => partition.follow(topic))
    if (moved.some(({ hasLeader }) => !hasLeader)) this.#sticky.leave()
    return moved.filter(({ isIdle }) => !isIdle)
  }

  /** A topic that is made anew may have fewer. */
  #failVanished(): void {
    for (const queue of this.partitions.slice(this.#count)) {
      const place = `${this.name}-${queue.partition}, of a topic that was made anew`
      if (!queue.isIdle) queue.fail(unsent(brokerError(errors.UNKNOWN_TOPIC_OR_PARTITION.code, place)))
    }
  }

  /**
   * Gives a record its partition, and a place in a batch of that; returns the partition's queue, or undefined where nobody
   * waits for the record any more.
   *
   * Throws ArgumentError for what cannot be written.
   */
  put(
    entry: Entry,
    key: Data,
    value: Data,
    headers: readonly NewHeader[] | undefined,
    { now, config }: { readonly now: number; readonly config: ProducerConfig },
  ): PartitionQueue | undefined {
    checkSize(key, value, headers, config.maxRequestSize)
    const partition = this.#choose(entry.record, key, config.partitioner)
    const queue = partition < this.#count ? this.partitions[partition] : undefined
    if (queue === undefined) {
      throw new ArgumentError(`${this.name} has the partitions 0 to ${this.#count - 1}, not ${partition}`)
    }
    // The partitioner is the user's, who may have left.
    if (!entry.isOpen) return undefined
    entry.partition = partition
    this.#busy.add(queue)
    this.#sticky.add(queue.append(entry, key, value, headers, now))
    return queue
  }

  /** Puts a record behind those that wait. */
  wait(entry: Entry, data: Serialized | undefined): WaitingRecord {
    const waiting = new WaitingRecord(this, entry, data)
    this.#batches.memory.reserve(waiting.bytes)
    entry.place = waiting
    this.#waiting.push(waiting)
    return waiting
  }

  /** The first that waits, if it is ready for its partition; it waits until it is taken out. */
  get next(): WaitingRecord | undefined {
    const { first } = this.#waiting
    return this.topic === undefined || first?.data === undefined ? undefined : first
  }

  takeOut(waiting: WaitingRecord): void {
    this.#waiting.remove(waiting)
    this.#batches.memory.giveBack(waiting.bytes)
    waiting.work?.unsubscribe()
  }

  /** Nobody waits for its end any more. */
  withdraw(waiting: WaitingRecord): void {
    this.takeOut(waiting)
    this.#batches.withdrawn(this.name)
  }

  /** Ends all of it: what is told depends on what is known. */
  fail(failure: Failure): void {
    for (const waiting of [...this.#waiting]) if (waiting.entry.isOpen) this.#fail(waiting, failure)
    for (const partition of this.partitions) partition.fail(failure)
  }

  /** Ends those whose time is over; `failure` is made for what failed last. */
  failOverdue(now: number, failure: (cause: KafkaError | undefined) => Failure): void {
    for (let { first } = this.#waiting; first !== undefined && first.entry.due <= now; { first } = this.#waiting) {
      this.#fail(first, failure(undefined))
    }
    for (const partition of this.partitions) partition.failOverdue(now, failure)
  }

  #fail(waiting: WaitingRecord, failure: Failure): void {
    this.takeOut(waiting)
    waiting.entry.fail(failure)
  }

  get #count(): number {
    return this.topic?.partitions.length ?? 0
  }

  /** The record's own partition, else what the user says, else as Java has it for the key, else as is best for batching. */
  #choose(record: ProducerRecord<unknown, unknown>, key: Data, partitioner: ProducerConfig['partitioner']): number {
    if (record.partition !== undefined) return record.partition
    const bytes = partitioner === undefined ? undefined : bytesOf(key)
    const chosen = partitioner?.(record, bytes ?? null, this.#count)
    if (chosen !== undefined) return chosen
    if (key === null) return this.#sticky.pick(this.#current)
    return partitionOfKey(typeof key === 'string' ? Buffer.from(key) : key, this.#count)
  }

  get #current(): readonly PartitionQueue[] {
    const count = this.#count
    return count === this.partitions.length ? this.partitions : this.partitions.slice(0, count)
  }
}

function sizeOf(data: unknown): number {
  if (typeof data === 'string' || data instanceof Uint8Array) return data.length
  return data === null || data === undefined ? 1 : UNKNOWN_SIZE
}

function bytesOf(data: Data): Buffer | null {
  return data === null ? null : Buffer.from(data as Uint8Array)
}
