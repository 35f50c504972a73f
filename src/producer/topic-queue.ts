import type { Topic } from '../cluster/topic.js'
import { ArgumentError } from '../errors.js'
import type { NewHeader } from '../protocol/records/index.js'
import type { Entry, Waiting } from './entry.js'
import { type BatchSettings, PartitionQueue } from './partition-queue.js'
import { partitionOfKey, type Sticky } from './partitioner.js'
import type { ProducerConfig } from './producer-options.js'
import type { Data, ProducerRecord } from './producer-record.js'
import { checkSize } from './record-size.js'
import type { Serialized } from './serialize.js'

/** A record that waits for its topic to be known, for a serializer, or behind one that does. */
interface Waits {
  /** Undefined once nobody waits for it. */
  entry: Entry | undefined
  /** Undefined until its serializers have ended. */
  data: Serialized | undefined
  readonly bytes: number
}

/** For the memory, where a value is not bytes yet. */
const UNKNOWN_SIZE = 1024

/**
 * The records of one topic on their way to its partitions.
 *
 * Records get their partition in the order in which they came: one whose serializer takes its time holds back those
 * behind it. Invariant: `#waiting` has no hole at its head.
 */
export class TopicQueue implements Waiting {
  readonly name: string
  /** As the cluster describes it; undefined until it has. */
  topic: Topic | undefined
  /** In order, one for each partition that the topic has. */
  readonly partitions: PartitionQueue[] = []
  readonly #sticky: Sticky
  readonly #batches: BatchSettings
  #waiting: Waits[] = []
  #head = 0

  constructor(name: string, sticky: Sticky, batches: BatchSettings) {
    this.name = name
    this.#sticky = sticky
    this.#batches = batches
  }

  /** Whether a record that comes now can go straight to its partition. */
  get isClear(): boolean {
    return this.topic !== undefined && this.#head === this.#waiting.length
  }

  /** Whether nothing of it is under way. */
  get isIdle(): boolean {
    return this.#head === this.#waiting.length && this.partitions.every(({ isIdle }) => isIdle)
  }

  /** When the time of the first record is over that is under way. */
  get due(): number {
    let due = this.#waiting[this.#head]?.entry?.due ?? Number.POSITIVE_INFINITY
    for (const partition of this.partitions) due = Math.min(due, partition.due)
    return due
  }

  /** The records that no connection has been handed. */
  *entries(): Generator<Entry> {
    for (const { entry } of this.#waiting.slice(this.#head)) if (entry !== undefined) yield entry
    for (const { batches } of this.partitions) for (const batch of [...batches]) yield* batch.entries()
  }

  /** Takes in what the cluster says of the topic; returns the partitions whose leader has moved and that have something to go. */
  follow(topic: Topic): readonly PartitionQueue[] {
    const before = this.topic
    this.topic = topic
    for (let index = this.partitions.length; index < topic.partitions.length; index++) {
      this.partitions.push(new PartitionQueue(this.name, index, this.#batches))
    }
    if (before !== undefined && before.id !== topic.id)
      for (const { sequences } of this.partitions) sequences.madeAnew()
    return this.partitions.filter(partition => partition.follow(topic) && !partition.isIdle)
  }

  /**
   * Gives a record its partition, and a place in a batch of that; returns the partition's queue.
   *
   * Throws ArgumentError for what cannot be written.
   */
  put(
    entry: Entry,
    key: Data,
    value: Data,
    headers: readonly NewHeader[] | undefined,
    { now, config }: { readonly now: number; readonly config: ProducerConfig },
  ): PartitionQueue {
    checkSize(key, value, config.maxRequestSize)
    const partition = this.#choose(entry.record, key, config.partitioner)
    const queue = this.partitions[partition]
    if (queue === undefined) {
      throw new ArgumentError(`${this.name} has the partitions 0 to ${this.partitions.length - 1}, not ${partition}`)
    }
    this.#sticky.add(queue.append(entry, key, value, headers, now))
    return queue
  }

  /** Puts a record behind those that wait; `ready` says later what is to be written. */
  wait(entry: Entry, data: Serialized | undefined): (data: Serialized) => void {
    const { key, value } = entry.record
    const waits: Waits = { entry, data, bytes: sizeOf(key) + sizeOf(value) }
    this.#batches.memory.reserve(waits.bytes)
    entry.place = this
    this.#waiting.push(waits)
    return ready => {
      waits.data = ready
    }
  }

  /** The first that waits, if it is ready for its partition; taken out. */
  next(): { readonly entry: Entry; readonly data: Serialized } | undefined {
    const first = this.#waiting[this.#head]
    if (this.topic === undefined || first?.entry === undefined || first.data === undefined) return undefined
    const { entry, data } = first
    this.#drop(first)
    return { entry, data }
  }

  withdraw(entry: Entry): void {
    const waits = this.#waiting.find(one => one.entry === entry)
    if (waits !== undefined) this.#drop(waits)
  }

  /** Takes out all that wait and are meant. */
  takeWhere(isMeant: (entry: Entry) => boolean): readonly Entry[] {
    const taken: Entry[] = []
    for (const waits of this.#waiting.slice(this.#head)) {
      if (waits.entry === undefined || !isMeant(waits.entry)) continue
      taken.push(waits.entry)
      this.#drop(waits)
    }
    return taken
  }

  /** The record's own partition, else what the user says, else as Java has it for the key, else as is best for batching. */
  #choose(record: ProducerRecord<unknown, unknown>, key: Data, partitioner: ProducerConfig['partitioner']): number {
    if (record.partition !== undefined) return record.partition
    const bytes = partitioner === undefined ? undefined : bytesOf(key)
    const chosen = partitioner?.(record, bytes ?? null, this.partitions.length)
    if (chosen !== undefined) return chosen
    if (key === null) return this.#sticky.pick(this.partitions)
    return partitionOfKey(typeof key === 'string' ? Buffer.from(key) : key, this.partitions.length)
  }

  #drop(waits: Waits): void {
    waits.entry = undefined
    this.#batches.memory.giveBack(waits.bytes)
    while (this.#head < this.#waiting.length && this.#waiting[this.#head]?.entry === undefined) this.#head++
    if (this.#head * 2 < this.#waiting.length) return
    this.#waiting = this.#waiting.slice(this.#head)
    this.#head = 0
  }
}

function sizeOf(data: unknown): number {
  if (typeof data === 'string' || data instanceof Uint8Array) return data.length
  return data === null || data === undefined ? 1 : UNKNOWN_SIZE
}

function bytesOf(data: Data): Buffer | null {
  return data === null ? null : Buffer.from(data as Uint8Array)
}
