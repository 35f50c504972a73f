import { type NewHeader, type RecordBatchWriter, stampBatch } from '../protocol/records/index.js'
import type { BatchPlace } from './delivery.js'
import type { Entry, Failure, Waiting } from './entry.js'
import type { Memory } from './memory.js'
import type { Data } from './producer-record.js'
import { SequencedBatch } from './sequenced-batch.js'

/** What a batch tells of itself to the queue that it stands in. */
export interface BatchOwner {
  /** Nobody waits for any of its records any more, and it has not been handed to a connection. */
  abandoned(batch: Batch): void
}

/**
 * Records of one partition that travel together.
 *
 * Invariants: `#entries[i]` is record i as it was written, undefined once nobody waits for it; `live` counts the others.
 * What it holds of the memory is given back once, when it has ended.
 */
export class Batch extends SequencedBatch implements Waiting {
  /** How many records there are for which somebody waits. */
  live = 0
  /** No more go in. */
  isFull = false
  /** How often it has failed and goes again. */
  failures = 0
  /** It is not to go before. */
  notBefore = Number.NEGATIVE_INFINITY
  /** From when on it need not wait for more records. */
  readonly lingersUntil: number
  readonly #owner: BatchOwner
  readonly #memory: Memory
  #writer: RecordBatchWriter
  #entries: (Entry | undefined)[]
  #bytes: Buffer | undefined
  #reserved = 0

  constructor(
    owner: BatchOwner,
    memory: Memory,
    lingersUntil: number,
    writer: RecordBatchWriter,
    entries: (Entry | undefined)[] = [],
  ) {
    super(0)
    this.#owner = owner
    this.#memory = memory
    this.lingersUntil = lingersUntil
    this.#writer = writer
    this.#entries = entries
    this.count = entries.length
    for (const [index, entry] of entries.entries()) this.#own(entry, index)
    if (entries.length > 0) this.#reserve()
  }

  /** Before compression. */
  get size(): number {
    return this.#writer.sizeInBytes
  }

  /** When the time of its first record is over. */
  get due(): number {
    for (const entry of this.#entries) if (entry !== undefined) return entry.due
    return Number.POSITIVE_INFINITY
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
    if (this.#entries[entry.index] !== entry) return
    this.#entries[entry.index] = undefined
    this.live--
    // Once handed it is resolved all the same.
    if (this.live > 0 || this.phase !== 'new') return
    this.release()
    this.#owner.abandoned(this)
  }

  /** Takes no more records, and leaves out those that nobody waits for: to be called before its first handing. */
  seal(): void {
    this.isFull = true
    if (this.live < this.count) this.#rewrite()
  }

  /** Its bytes, with the sequence that it was given. */
  get bytes(): Buffer {
    const { producerId, producerEpoch, baseSequence } = this
    const closed = this.#bytes ?? this.#writer.close()
    this.#bytes = producerId < 0n ? closed : stampBatch(closed, { producerId, producerEpoch, baseSequence })
    return this.#bytes
  }

  /** Two of half as many records, in order, to go instead. */
  split(): readonly Batch[] {
    const middle = this.count >>> 1
    return this.#parts([index => index < middle, index => index >= middle])
  }

  /** What is left when the records that are not there any more are left out, to go instead; none where nothing is. */
  rest(): readonly Batch[] {
    const entries = this.#entries
    return this.#parts([index => entries[index] !== undefined])
  }

  #parts(isIn: readonly ((index: number) => boolean)[]): readonly Batch[] {
    const parts = isIn.flatMap(isInPart => {
      const entries = this.#entries.filter((_, index) => isInPart(index))
      if (!entries.some(entry => entry !== undefined)) return []
      const part = new Batch(this.#owner, this.#memory, this.lingersUntil, this.#writer.filter(isInPart), entries)
      part.isFull = true
      return [part]
    })
    this.#end()
    this.release()
    return parts
  }

  /** Every record was acknowledged. */
  deliver(place: BatchPlace): void {
    this.release()
    const entries = this.#end()
    for (const entry of entries) {
      if (entry?.place === this) entry.deliver(place)
    }
  }

  /** No record was. */
  fail(failure: Failure): void {
    this.release()
    const entries = this.#end()
    for (const entry of entries) if (entry?.place === this) entry.fail(failure)
  }

  /** The records for which somebody waits. */
  *entries(): Generator<Entry> {
    for (const entry of [...this.#entries]) if (entry?.place === this) yield entry
  }

  /** Some records have failed, and are told; before its first handing, the rest go without them. */
  failWhere(isMeant: (entry: Entry) => boolean, failure: Failure | ((entry: Entry) => Failure)): void {
    for (const entry of this.entries()) {
      if (!isMeant(entry)) continue
      this.withdraw(entry)
      entry.fail(typeof failure === 'function' ? failure(entry) : failure)
    }
  }

  /** Gives its memory back; called again, nothing. */
  release(): void {
    this.#memory.giveBack(this.#reserved)
    this.#reserved = 0
  }

  #end(): readonly (Entry | undefined)[] {
    const entries = this.#entries
    this.#entries = []
    this.live = 0
    return entries
  }

  /** Without the records that nobody waits for. */
  #rewrite(): void {
    const entries = this.#entries
    this.#writer = this.#writer.filter(index => entries[index] !== undefined)
    this.#entries = []
    this.live = 0
    for (const entry of entries) {
      if (entry === undefined) continue
      this.#own(entry, this.#entries.length)
      this.#entries.push(entry)
    }
    this.count = this.#entries.length
    this.release()
    this.#reserve()
  }

  #own(entry: Entry | undefined, index: number): void {
    if (entry === undefined) return
    entry.place = this
    entry.index = index
    this.live++
  }

  #reserve(): void {
    this.#reserved = this.#writer.sizeInBytes
    this.#memory.reserve(this.#reserved)
  }
}
