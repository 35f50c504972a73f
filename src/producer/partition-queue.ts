import type { Topic } from '../cluster/topic.js'
import type { KafkaError } from '../errors.js'
import { type NewHeader, type RecordBatchOptions, RecordBatchWriter } from '../protocol/records/index.js'
import { Batch, type BatchOwner } from './batch.js'
import type { BatchPlace } from './delivery.js'
import type { Entry, Failure } from './entry.js'
import { Line } from './line.js'
import type { Memory } from './memory.js'
import type { Load } from './partitioner.js'
import type { ProducerIdentity } from './producer-identity.js'
import type { Data } from './producer-record.js'
import { Sequences } from './sequences.js'

/** How batches are made. */
export interface BatchSettings {
  readonly writer: RecordBatchOptions
  readonly linger: number
  readonly memory: Memory
  readonly identity: ProducerIdentity
  /** Whoever waited for a record of the topic has left before any connection was handed it. */
  readonly withdrawn: (topic: string) => void
}

/** What decides whether a batch may go now. */
export interface Moment {
  readonly now: number
  /** How many requests the broker has not answered. */
  readonly inFlight: number
  readonly maxInFlight: number
  /** Somebody waits for all to be sent: nothing lingers. */
  readonly isFlushing: boolean
}

/** As many unanswered requests as there may be for a batch to go that could still take more. */
const EAGER = 2
const NEVER = Number.POSITIVE_INFINITY

/**
 * One partition's batches: those that no connection has been handed yet, in the order in which they are to go, and the
 * sequences of those that one has.
 *
 * Invariant: of `batches` only the last may still take records.
 */
export class PartitionQueue implements BatchOwner, Load {
  readonly topic: string
  readonly partition: number
  readonly batches = new Line<Batch>()
  readonly sequences: Sequences<Batch>
  /** The node that leads it, as far as is known; -1 for none. */
  leader = -1
  /** The offset behind the last acknowledged record. */
  ackedEnd = 0n
  readonly #settings: BatchSettings
  /** Acknowledged before what stands before them, in order: told behind that. */
  readonly #early: { readonly batch: Batch; readonly place: BatchPlace }[] = []

  constructor(topic: string, partition: number, settings: BatchSettings) {
    this.topic = topic
    this.partition = partition
    this.#settings = settings
    this.sequences = new Sequences(settings.identity)
  }

  get hasLeader(): boolean {
    return this.leader >= 0
  }

  get queued(): number {
    return this.batches.length
  }

  /** Whether nothing of it is under way. */
  get isIdle(): boolean {
    return this.batches.length === 0 && this.sequences.idle
  }

  /** When the time of the first record is over that is under way. */
  get due(): number {
    let due = this.batches.first?.due ?? NEVER
    for (const batch of this.sequences.open) if (batch.due < due) due = batch.due
    return due
  }

  /** Takes in what the cluster says of it; whether its leader has moved. */
  follow(topic: Topic): boolean {
    const leader = topic.partitions[this.partition]?.leader ?? -1
    if (leader === this.leader) return false
    this.leader = leader
    return true
  }

  /**
   * Puts a record behind the others; returns by how many bytes that is more.
   *
   * Throws ArgumentError for what cannot be written.
   */
  append(entry: Entry, key: Data, value: Data, headers: readonly NewHeader[] | undefined, now: number): number {
    const { last } = this.batches
    if (last !== undefined && !last.isFull) {
      const before = last.size
      if (last.append(entry, key, value, headers)) return last.size - before
      last.isFull = true
    }
    const { linger, memory, writer } = this.#settings
    // What spills behind a full batch does not wait anew.
    const batch = new Batch(this, memory, last?.lingersUntil ?? now + linger, new RecordBatchWriter(writer))
    batch.append(entry, key, value, headers)
    this.batches.push(batch)
    return batch.size
  }

  /** Whether the first batch may go: a full one as long as the broker takes more requests, another while it has few. */
  isReady({ now, inFlight, maxInFlight, isFlushing }: Moment): boolean {
    const { first } = this.batches
    if (first === undefined || inFlight >= maxInFlight) return false
    return first.isFull || (inFlight < EAGER && (isFlushing || first.lingersUntil <= now))
  }

  /** When the first batch may be ready without anything else happening; Infinity when that depends on answers. */
  readyAt({ now, inFlight }: Moment): number {
    const { first } = this.batches
    return first === undefined || inFlight >= EAGER || first.lingersUntil <= now ? NEVER : first.lingersUntil
  }

  /** Ends all of it: what is told depends on what is known. */
  fail(failure: Failure): void {
    const unsent = [...this.batches]
    // Who is told may send again at once: that is another matter, and goes into another batch.
    for (const batch of unsent) batch.isFull = true
    for (const batch of unsent) {
      if (batch.live === 0) continue
      this.batches.remove(batch)
      batch.fail(failure)
    }
    for (const batch of [...this.sequences.open]) this.giveUp(batch, failure)
  }

  /** Ends what is overdue: a batch that a connection was handed as a whole, others' records each at its own time. */
  failOverdue(now: number, failure: (cause: KafkaError | undefined) => Failure): void {
    for (const batch of [...this.sequences.open]) if (batch.due <= now) this.giveUp(batch, failure(batch.cause))
    const { batches } = this
    for (let { first } = batches; first !== undefined && first.due <= now; { first } = batches) {
      first.failOverdue(now, failure(undefined))
    }
  }

  /** Ends a batch that a connection was handed. */
  giveUp(batch: Batch, { cause, reason }: Failure): void {
    batch.fail({ outcome: this.sequences.gaveUp(batch), cause, reason })
    this.tellEarly()
  }

  /**
   * A batch was acknowledged: it is told at once, or, where one before it goes again, behind that one. A leader that waits
   * for its replicas may time out on one and have time for the next, when both are in its log.
   */
  acknowledged(batch: Batch, place: BatchPlace): void {
    if (this.#isFirst(batch)) {
      batch.deliver(place)
      return
    }
    const at = this.#early.findIndex(early => early.batch.turn > batch.turn)
    this.#early.splice(at < 0 ? this.#early.length : at, 0, { batch, place })
  }

  /** Tells those for which nothing is to wait any more. */
  tellEarly(): void {
    for (let early = this.#early[0]; early !== undefined; early = this.#early[0]) {
      if (!this.#isFirst(early.batch)) return
      this.#early.shift()
      early.batch.deliver(early.place)
    }
  }

  /** Whether all that stood before it has been told. */
  #isFirst({ turn }: Batch): boolean {
    for (const open of this.sequences.open) {
      if (open.turn >= turn) return true
      if (!open.told) return false
    }
    return true
  }

  withdrawn(): void {
    this.#settings.withdrawn(this.topic)
  }

  abandoned(batch: Batch): void {
    this.batches.remove(batch)
  }
}
