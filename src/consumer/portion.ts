import type { ConsumerRecord } from './consumer-record.js'
import type { BatchOwner, FetchedBatch, RecordReader } from './fetched-batch.js'

/** Whose records they are. */
export interface PortionOwner {
  readonly topic: string
  readonly partition: number
  /** So many more records of the portion are handled. */
  settled(portion: Portion, count: number): void
}

/** What a {@link Portion} is made of. */
export interface PortionOptions {
  readonly owner: PortionOwner
  /** Where reading stood: what is before is passed by. */
  readonly startOffset: bigint
  /** The offset behind all of it, what is passed by included. */
  readonly endOffset: bigint
  /** From here on records are left out; undefined for all. */
  readonly to?: bigint | undefined
  /** The highest offset that readers may see, plus one. */
  readonly highWatermark: bigint
  /** What it costs while it is held. */
  readonly bytes: number
  /** The leader epoch of the last of all its batches, those passed by included; -1 where that is not known. */
  readonly leaderEpoch: number
}

/**
 * What one Fetch answer brought of one partition: record batches, handed out once, record by record or as a whole.
 *
 * Which of them are handled is a count, `#settled`, for those up to the first that is not; for any behind that, handled
 * earlier, an array that is made only then.
 */
export class Portion implements BatchOwner {
  readonly topic: string
  readonly partition: number
  readonly startOffset: bigint
  readonly endOffset: bigint
  readonly highWatermark: bigint
  readonly bytes: number
  readonly leaderEpoch: number
  /** Those that came before it and after it. */
  previous: Portion | undefined
  next: Portion | undefined
  readonly #owner: PortionOwner
  #batches: FetchedBatch[] = []
  #base: bigint
  /** How far behind the first batch's base the first wanted record is, and the first unwanted. */
  #from = 0
  #to = Number.POSITIVE_INFINITY
  readonly #toOffset: bigint | undefined
  #count = 0
  #at = 0
  #reader: RecordReader | undefined
  #peeked: ConsumerRecord | undefined
  #handedOut = 0
  /** How far the last one handed out, and the last one of the settled, is behind the first batch's base. */
  #lastHandedOut = -1
  #lastSettled = -1
  #settled = 0
  /** Of each that was handled before its turn, how far it is behind the base, plus one; 0 for the others. */
  #early: Float64Array | undefined
  #earlyCount = 0
  #isReleased = false

  constructor({ owner, startOffset, endOffset, to, highWatermark, bytes, leaderEpoch }: PortionOptions) {
    this.#owner = owner
    this.topic = owner.topic
    this.partition = owner.partition
    this.startOffset = startOffset
    this.endOffset = to !== undefined && to < endOffset ? to : endOffset
    this.highWatermark = highWatermark
    this.bytes = bytes
    this.leaderEpoch = leaderEpoch
    this.#toOffset = to
    this.#base = startOffset
  }

  /** How many records its batches have. */
  get count(): number {
    return this.#count
  }

  /** How many were handed out and are not handled. */
  get inWork(): number {
    return this.#handedOut - this.#settled - this.#earlyCount
  }

  get isHandedOut(): boolean {
    return this.#handedOut === this.#count
  }

  get isReleased(): boolean {
    return this.#isReleased
  }

  get isSettled(): boolean {
    return this.#settled === this.#count
  }

  /** The next to be handed out. */
  get position(): bigint {
    return this.isHandedOut ? this.endOffset : this.#behind(this.#lastHandedOut)
  }

  /** All below is handled. */
  get handled(): bigint {
    return this.isSettled ? this.endOffset : this.#behind(this.#lastSettled)
  }

  /** Of its last record, or, where compaction has taken that, where it was. */
  get lastOffset(): bigint {
    const last = this.#batches.at(-1)?.lastOffset ?? this.endOffset - 1n
    return last < this.endOffset ? last : this.endOffset - 1n
  }

  /** Of the record before an offset; -1 where it is not known, undefined where that record is of an earlier portion. */
  leaderEpochBelow(offset: bigint): number | undefined {
    if (offset >= this.endOffset) return this.leaderEpoch
    return this.#batches.findLast(({ baseOffset }) => baseOffset < offset)?.leaderEpoch
  }

  /** Adds the batch that comes next in the log. */
  add(batch: FetchedBatch): void {
    if (this.#batches.length === 0) {
      this.#base = batch.baseOffset
      this.#from = Number(this.startOffset - batch.baseOffset)
    }
    if (this.#toOffset !== undefined && batch.lastOffset >= this.#toOffset) {
      this.#to = Number(this.#toOffset - this.#base)
    }
    this.#batches.push(batch)
    this.#count += batch.count
  }

  /** The next record, which stays the next; undefined where all are handed out. */
  peek(): ConsumerRecord | undefined {
    this.#peeked ??= this.#read()
    return this.#peeked
  }

  /** Hands out the next record; undefined where all are. */
  take(): ConsumerRecord | undefined {
    const record = this.#peeked ?? this.#read()
    if (record === undefined) return undefined
    this.#peeked = undefined
    this.#handedOut++
    this.#lastHandedOut = this.relativeOf(record)
    return record
  }

  /** All that is not handed out yet is: what {@link recordsFrom} reads. */
  takeAll(): number {
    if (this.#to !== Number.POSITIVE_INFINITY) return this.#takeOneByOne()
    const taken = this.#count - this.#handedOut
    this.#handedOut = this.#count
    this.#peeked = undefined
    this.#reader = undefined
    this.#at = this.#batches.length
    return taken
  }

  /** All records from one on, which may be read again and again, even when the portion has let them go. */
  recordsFrom(first: ConsumerRecord): Iterable<ConsumerRecord> {
    const [batches, from, to] = [this.#batches, this.relativeOf(first), this.#to]
    return { [Symbol.iterator]: () => recordsOf(batches, from, to) }
  }

  acknowledge(index: number, relative: number): void {
    if (index < this.#settled) return
    if (index > this.#settled) {
      this.#early ??= new Float64Array(this.#count)
      if (this.#early[index] !== 0) return
      this.#early[index] = relative + 1
      this.#earlyCount++
      this.#owner.settled(this, 1)
      return
    }
    this.#settled++
    this.#lastSettled = relative
    if (this.#earlyCount > 0) this.#settleEarly()
    this.#owner.settled(this, 1)
  }

  /** All that was handed out is handled. */
  acknowledgeAll(): void {
    const count = this.inWork
    this.#settled = this.#handedOut
    this.#lastSettled = this.#lastHandedOut
    this.#early = undefined
    this.#earlyCount = 0
    if (count > 0) this.#owner.settled(this, count)
  }

  /** All from a record on is handled, of what was handed out. */
  acknowledgeFrom(first: ConsumerRecord): void {
    const from = (first.origin as FetchedBatch).indexOf(first)
    if (this.isSettled) return
    if (from <= this.#settled) {
      this.acknowledgeAll()
      return
    }
    let index = from
    for (const record of this.recordsFrom(first)) {
      if (index === this.#handedOut) return
      this.acknowledge(index++, this.relativeOf(record))
    }
  }

  /** All that was handed out below an offset is handled. */
  acknowledgeBelow(offset: bigint): void {
    if (this.isSettled) return
    if (this.position <= offset) {
      this.acknowledgeAll()
      return
    }
    const to = Number(offset - this.#base)
    let index = 0
    for (const record of recordsOf(this.#batches, Number.NEGATIVE_INFINITY, to)) {
      if (index === this.#handedOut) return
      this.acknowledge(index++, this.relativeOf(record))
    }
  }

  /** Its bytes are not needed any more, save by who holds a record of them. */
  release(): void {
    this.#isReleased = true
    this.#batches = []
    this.#reader = undefined
    this.#early = undefined
  }

  /** How far a record is behind the first batch's base. */
  relativeOf(record: ConsumerRecord): number {
    return (record.origin as FetchedBatch).relative(record.offsetDelta)
  }

  /** How many there are up to where the wanted end, only reading them tells. */
  #takeOneByOne(): number {
    let taken = 0
    while (this.take() !== undefined) taken++
    return taken
  }

  /** Those that had been handled before their turn, up to the next that is not. */
  #settleEarly(): void {
    const early = this.#early as Float64Array
    for (let at = early[this.#settled] ?? 0; at !== 0; at = early[this.#settled] ?? 0) {
      this.#lastSettled = at - 1
      this.#settled++
      this.#earlyCount--
    }
  }

  #read(): ConsumerRecord | undefined {
    for (;;) {
      this.#reader ??= this.#batches[this.#at]?.reader()
      const record = this.#reader?.read()
      if (record !== undefined) {
        const relative = this.relativeOf(record)
        if (relative >= this.#to) return this.#cut()
        if (relative >= this.#from) return record
        // Before the start: as if it had been handed out and handled.
        this.#handedOut++
        this.#settled++
        continue
      }
      if (this.#reader === undefined) return undefined
      this.#reader = undefined
      this.#at++
    }
  }

  /** What is from here on is not wanted. */
  #cut(): undefined {
    this.#count = this.#handedOut
    this.#reader = undefined
    this.#at = this.#batches.length
    return undefined
  }

  #behind(relative: number): bigint {
    return relative < 0 ? this.startOffset : this.#base + BigInt(relative) + 1n
  }
}

function* recordsOf(batches: readonly FetchedBatch[], from: number, to: number): Generator<ConsumerRecord> {
  for (const batch of batches) {
    if (batch.lastRelative < from) continue
    const reader = batch.reader()
    for (let record = reader.read(); record !== undefined; record = reader.read()) {
      const relative = batch.relative(record.offsetDelta)
      if (relative >= to) return
      if (relative >= from) yield record
    }
  }
}
