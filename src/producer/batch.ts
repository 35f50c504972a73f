import type { KafkaError } from '../errors.js'
import { type BatchProducer, type NewHeader, type RecordBatchWriter, stampBatch } from '../protocol/records/index.js'
import type { BatchPlace } from './delivery.js'
import type { Entry, Failure, Waiting } from './entry.js'
import type { Link } from './line.js'
import type { Memory } from './memory.js'
import type { Data } from './producer-record.js'
import { SequencedBatch } from './sequenced-batch.js'

/** What a batch tells of itself to the queue that it stands in. */
export interface BatchOwner {
  /** Whoever waited for a record has left before any connection was handed it. */
  withdrawn(): void
  /** Nobody waits for any of its records any more, and it has not been handed to a connection. */
  abandoned(batch: Batch): void
}

/**
 * Records of one partition that travel together.
 *
 * Invariants: `#entries[i]` is record i as it was written, undefined once nobody waits for it; `live` counts the others.
 * Their times end in their order. What it holds of the memory is given back once, when it has ended.
 */
export class Batch extends SequencedBatch implements Waiting, Link<Batch> {
  before: Batch | undefined = undefined
  behind: Batch | undefined = undefined
  /** How many records there are for which somebody waits. */
  live = 0
  /** No more go in. */
  isFull = false
  /** How often it has failed and goes again, and why the last time. */
  failures = 0
  cause: KafkaError | undefined = undefined
  /** It is not to go before. */
  notBefore = Number.NEGATIVE_INFINITY
  /** From when on it need not wait for more records. */
  readonly lingersUntil: number
  readonly #owner: BatchOwner
  readonly #memory: Memory
  #writer: RecordBatchWriter
  #entries: (Entry | undefined)[]
  /** Nobody waits for those before. */
  #head = 0
  /** Once it takes no more records: when its time is over, whoever of them is still waited for. */
  #due: number | undefined = undefined
  #bytes: Buffer | undefined = undefined
  /** What its bytes say of their producer. */
  #stamp: BatchProducer = {}
  #reserved = 0

  constructor(
    owner: BatchOwner,
    memory: Memory,
    lingersUntil: number,
    writer: RecordBatchWriter,
    entries: readonly Entry[] = [],
  ) {
    super(entries.length)
    this.#owner = owner
    this.#memory = memory
    this.lingersUntil = lingersUntil
    this.#writer = writer
    this.#entries = [...entries]
    for (const [index, entry] of entries.entries()) this.#own(entry, index)
    if (entries.length > 0) this.#reserve()
  }

  /** Before compression. */
  get size(): number {
    return this.#writer.sizeInBytes
  }

  /** When the time of its first record is over; never, once it has ended. */
  get due(): number {
    if (this.#due !== undefined) return this.#due
    return this.#first?.due ?? Number.POSITIVE_INFINITY
  }

  /** Adds a record; false, and nothing is added, when there is no room for it. */
  append(entry: Entry, key: Data, value: Data, headers: readonly NewHeader[] | undefined): boolean {
    const before = this.#writer.sizeInBytes
    if (!this.#writer.appendFields(entry.timestamp, key, value, headers)) return false
    const after = this.#writer.sizeInBytes
    this.#memory.reserve(this.#reserved === 0 ? after : after - before)
    this.#reserved = after
    this.#own(entry, this.#entries.length)
    this.#entries.push(entry)
    this.count++
    return true
  }

  /** Nobody waits for this record any more: unless it was handed over, it will not be sent. */
  withdraw(entry: Entry): void {
    if (this.phase === 'new' && this.#entries[entry.index] === entry) this.#owner.withdrawn()
    this.leaveOut(entry)
  }

  /** The record is told by whoever calls this, and does not go, if it has not gone yet. */
  leaveOut(entry: Entry): void {
    if (this.#entries[entry.index] !== entry) return
    this.#entries[entry.index] = undefined
    this.live--
    // Once handed it is resolved all the same.
    if (this.live > 0 || this.phase !== 'new') return
    this.#end()
    this.#owner.abandoned(this)
  }

  /** Takes no more records, and leaves out those that nobody waits for: to be called before its first handing. */
  seal(): void {
    this.isFull = true
    if (this.live < this.count) this.#rewrite()
    this.#due = this.due
  }

  /** Its bytes, with the sequence that it was given: written into them when they are made, and when it is another. */
  get bytes(): Buffer {
    const { producerId, producerEpoch, baseSequence } = this
    if (this.#bytes !== undefined && (producerId < 0n || this.#isStamped)) return this.#bytes
    const stamp = producerId < 0n ? {} : { producerId, producerEpoch, baseSequence }
    this.#bytes = this.#bytes === undefined ? this.#writer.close(stamp) : stampBatch(this.#bytes, stamp)
    this.#stamp = stamp
    return this.#bytes
  }

  get #isStamped(): boolean {
    const { producerId, producerEpoch, baseSequence } = this.#stamp
    return producerId === this.producerId && producerEpoch === this.producerEpoch && baseSequence === this.baseSequence
  }

  /** Two of half as many records, in order, to go instead, without those that nobody waits for. */
  split(): readonly Batch[] {
    const middle = this.count >>> 1
    return this.#parts([index => index < middle, index => index >= middle])
  }

  /** What is left when the records that nobody waits for are left out, to go instead; none where nothing is. */
  rest(): readonly Batch[] {
    return this.#parts([() => true])
  }

  #parts(isIn: readonly ((index: number) => boolean)[]): readonly Batch[] {
    const all = this.#entries
    const parts = isIn.flatMap(isInPart => {
      const isKept = (index: number) => all[index] !== undefined && isInPart(index)
      const entries = all.filter((entry, index): entry is Entry => entry !== undefined && isInPart(index))
      if (entries.length === 0) return []
      const part = new Batch(this.#owner, this.#memory, this.lingersUntil, this.#writer.filter(isKept), entries)
      part.isFull = true
      part.#due = part.due
      return [part]
    })
    this.#end()
    return parts
  }

  /** Every record was acknowledged. */
  deliver(place: BatchPlace): void {
    for (const entry of this.#end()) if (entry?.place === this) entry.deliver(place)
  }

  /** No record was. */
  fail(failure: Failure): void {
    for (const entry of this.#end()) if (entry?.place === this) entry.fail(failure)
  }

  /** Before its first handing: the records whose time is over fail alone. */
  failOverdue(now: number, failure: Failure): void {
    for (let entry = this.#first; entry !== undefined && entry.due <= now; entry = this.#first) {
      this.leaveOut(entry)
      entry.fail(failure)
    }
  }

  /** The records for which somebody waits. */
  get entries(): readonly Entry[] {
    return this.#entries.filter(entry => entry !== undefined)
  }

  get #first(): Entry | undefined {
    while (this.#head < this.#entries.length && this.#entries[this.#head] === undefined) this.#head++
    return this.#entries[this.#head]
  }

  #end(): readonly (Entry | undefined)[] {
    const entries = this.#entries
    this.#entries = []
    this.live = 0
    this.#due = Number.POSITIVE_INFINITY
    this.#memory.giveBack(this.#reserved)
    this.#reserved = 0
    return entries
  }

  /** Without the records that nobody waits for. */
  #rewrite(): void {
    const before = this.#entries
    this.#writer = this.#writer.filter(index => before[index] !== undefined)
    const entries = this.entries
    this.#memory.giveBack(this.#reserved)
    this.#entries = [...entries]
    this.#head = 0
    this.live = 0
    for (const [index, entry] of entries.entries()) this.#own(entry, index)
    this.count = entries.length
    this.#reserve()
  }

  #own(entry: Entry, index: number): void {
    entry.place = this
    entry.index = index
    this.live++
  }

  #reserve(): void {
    this.#reserved = this.#writer.sizeInBytes
    this.#memory.reserve(this.#reserved)
  }
}
