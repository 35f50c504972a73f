import type { TopicPartition } from '../cluster/topic.js'
import type { Budget } from './budget.js'
import type { ConsumerRecord } from './consumer-record.js'
import { Portion, type PortionOwner } from './portion.js'

/** What is to be committed. */
export interface Handled {
  /** All below is handled. */
  readonly offset: bigint
  /** Of the batch before it; -1 where that is not known. */
  readonly leaderEpoch: number
}

/** The rest of a portion, handed out at once. */
export interface Taken {
  readonly portion: Portion
  readonly first: ConsumerRecord
  /** From the first on; may be read again and again. */
  readonly records: Iterable<ConsumerRecord>
  readonly count: number
}

/** How a {@link Tenure} is held. */
export interface TenureOptions {
  readonly partition: TopicPartition
  readonly budget: Budget
  /** Whether what is handed out is in work until it is acknowledged; else it is handled at once. */
  readonly isAcknowledged: boolean
}

/**
 * One stretch of reading a partition: from its assignment, or a `seek`, until it is revoked or lost, or the next `seek`.
 *
 * Its portions are a list: settled ones are dropped from its front, `#current` is the one that is handed out from, those
 * behind it are ready.
 *
 * Invariants: handled <= position <= fetchOffset. When it is over, nothing changes it any more and it holds no bytes.
 */
export class Tenure implements PortionOwner, TopicPartition {
  readonly topic: string
  readonly partition: number
  /** Where it ends: no record from here on is handed out. */
  to: bigint | undefined
  /** Nothing of it is handed out for now: paused, about to be revoked, out of touch; see {@link Held}. */
  isShut = false
  readonly #budget: Budget
  readonly #isAcknowledged: boolean
  #isOver = false
  #startOffset: bigint | undefined
  #fetchOffset = 0n
  #lastEpoch = -1
  #first: Portion | undefined
  #current: Portion | undefined
  #last: Portion | undefined
  #inWork = 0
  #bytes = 0
  #ready = 0
  /** Of what is handled, where no portion is left that says it. */
  #handled: Handled = { offset: 0n, leaderEpoch: -1 }

  constructor({ partition, budget, isAcknowledged }: TenureOptions) {
    this.topic = partition.topic
    this.partition = partition.partition
    this.#budget = budget
    this.#isAcknowledged = isAcknowledged
  }

  /** Nothing of it counts any more. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Where it began; undefined while that is not known. */
  get startOffset(): bigint | undefined {
    return this.#startOffset
  }

  /** The next to be asked for. */
  get fetchOffset(): bigint {
    return this.#fetchOffset
  }

  /** The leader epoch of the record before `fetchOffset`; -1 where that is not known. */
  get lastEpoch(): number {
    return this.#lastEpoch
  }

  /** How many records were handed out and not acknowledged. */
  get inWork(): number {
    return this.#inWork
  }

  /** How much it holds, in bytes. */
  get bytes(): number {
    return this.#bytes
  }

  /** Whether something fetched is not handed out yet; it may turn out to be passed by. */
  get hasReady(): boolean {
    return this.#current !== undefined
  }

  /** What is handed out from; undefined where nothing is ready. */
  get current(): Portion | undefined {
    return this.#current
  }

  /** The next to be handed out. */
  get position(): bigint {
    return this.#current?.position ?? this.#fetchOffset
  }

  /** There is nothing for readers below this offset, where nothing fetched says so. */
  passBy(offset: bigint): void {
    const startOffset = this.#fetchOffset
    if (offset <= startOffset) return
    const nothing = { startOffset, endOffset: offset, highWatermark: offset, bytes: 0, leaderEpoch: -1 }
    this.put(new Portion({ owner: this, ...nothing }))
  }

  /** The leader does not know the epoch of the record before `fetchOffset`. */
  forgetEpoch(): void {
    this.#lastEpoch = -1
  }

  /** Whether all up to `to` is handed out. */
  get isAtEnd(): boolean {
    return this.to !== undefined && this.position >= this.to
  }

  /** What is to be committed. */
  get handled(): Handled {
    const first = this.#first
    if (!this.#isAcknowledged || first === undefined) return { ...this.#handled, offset: this.#handledOffset }
    const offset = first.handled
    return { offset, leaderEpoch: first.leaderEpochBelow(offset) ?? this.#handled.leaderEpoch }
  }

  get #handledOffset(): bigint {
    return this.#isAcknowledged ? this.#handled.offset : this.position
  }

  /** The first record that is in work; undefined where none is. */
  get oldestInWork(): bigint | undefined {
    return this.#inWork === 0 ? undefined : this.handled.offset
  }

  /** Reading begins, or goes on, at this offset: where nothing was fetched yet, or all is handed out and handled. */
  startAt(offset: bigint, leaderEpoch: number): void {
    this.#startOffset ??= offset
    this.#fetchOffset = offset
    this.#lastEpoch = leaderEpoch
    this.#handled = { offset, leaderEpoch }
  }

  /** What was fetched at `fetchOffset` is ready. */
  put(portion: Portion): void {
    this.#fetchOffset = portion.endOffset
    this.#lastEpoch = portion.leaderEpoch
    this.#bytes += portion.bytes
    this.#ready += portion.bytes
    this.#budget.take(portion.bytes)
    this.#budget.ready(portion.bytes)
    if (this.#last === undefined) this.#first = portion
    else this.#last.next = portion
    portion.previous = this.#last
    this.#last = portion
    this.#current ??= portion
    while (this.#current?.isHandedOut) this.#advance()
  }

  /** The next to be handed out, which it stays. Throws what is wrong with its batch. */
  peek(): ConsumerRecord | undefined {
    if (this.isShut) return undefined
    for (;;) {
      const record = this.#current?.peek()
      if (record !== undefined || this.#current === undefined) return record
      this.#advance()
    }
  }

  /** Hands out the next record. Throws what is wrong with its batch. */
  take(): ConsumerRecord | undefined {
    if (this.isShut) return undefined
    for (;;) {
      const portion = this.#current
      if (portion === undefined) return undefined
      const record = portion.take()
      if (record !== undefined && this.#isAcknowledged) this.#inWork++
      if (portion.isHandedOut) this.#advance()
      if (record !== undefined) return record
    }
  }

  /** Hands out all that is left of the portion that is next. Throws what is wrong with its first batch. */
  takePortion(): Taken | undefined {
    const first = this.peek()
    const portion = this.#current
    if (first === undefined || portion === undefined) return undefined
    const records = portion.recordsFrom(first)
    const count = portion.takeAll()
    if (this.#isAcknowledged) this.#inWork += count
    this.#advance()
    return { portion, first, records, count }
  }

  settled(portion: Portion, count: number): void {
    if (this.#isOver) return
    if (this.#isAcknowledged) this.#inWork -= count
    if (portion.isSettled && portion !== this.#current) this.#letGo(portion)
  }

  /** All that was handed out below an offset is handled. */
  acknowledgeBelow(offset: bigint): void {
    // Those that are let go meanwhile are no longer in a row.
    const below: Portion[] = []
    for (let portion = this.#first; portion !== undefined && portion.startOffset < offset; portion = portion.next) {
      below.push(portion)
    }
    for (const portion of below) portion.acknowledgeBelow(offset)
  }

  /** It is over: what it holds is let go. */
  end(): void {
    if (this.#isOver) return
    this.#handled = this.handled
    // What is ready is not handed out any more.
    this.#fetchOffset = this.position
    this.#isOver = true
    this.isShut = true
    this.#budget.handedOut(this.#ready)
    this.#budget.free(this.#bytes)
    this.#ready = 0
    this.#bytes = 0
    this.#inWork = 0
    this.#first = undefined
    this.#current = undefined
    this.#last = undefined
  }

  /** All of the current portion is handed out. */
  #advance(): void {
    const portion = this.#current as Portion
    this.#current = portion.next
    this.#ready -= portion.bytes
    this.#budget.handedOut(portion.bytes)
    if (!this.#isAcknowledged) portion.acknowledgeAll()
    if (portion.isSettled) this.#letGo(portion)
  }

  /** All of it is handled. */
  #letGo(portion: Portion): void {
    if (portion.isReleased) return
    portion.release()
    this.#bytes -= portion.bytes
    this.#budget.free(portion.bytes)
    let first = this.#first
    while (first?.isReleased) {
      const { next, endOffset: offset, leaderEpoch } = first
      this.#handled = { offset, leaderEpoch }
      part(first)
      first = next
    }
    this.#first = first
    if (first === undefined) this.#last = undefined
    else {
      first.previous = undefined
      forgetRepeated(portion)
    }
  }
}

/** Of those in a row that were let go before their turn only the last says anything: one record may hold up many. */
function forgetRepeated(portion: Portion): void {
  if (portion.next?.isReleased) unlink(portion)
  else if (portion.previous?.isReleased) unlink(portion.previous)
}

function unlink(portion: Portion): void {
  const { previous, next } = portion
  if (previous !== undefined) previous.next = next
  if (next !== undefined) next.previous = previous
  part(portion)
}

/** One that V8 has moved among the old would keep all that came after it from being collected with the young. */
function part(portion: Portion): void {
  portion.previous = undefined
  portion.next = undefined
}
