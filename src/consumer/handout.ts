import { type Observable, type SchedulerLike, Subject, Subscription } from 'rxjs'
import { Alarm } from '../cluster/alarm.js'
import type { Events } from '../cluster/events.js'
import { afterIo } from '../connection/system-scheduler.js'
import type { Held } from './held.js'
import type { Allowance, Over, Reader } from './reader.js'
import { Readers } from './readers.js'

/** How long a reader waits for its turn before that is told, in ms. */
const PATIENCE = 1000
/** How many bytes are handed out before the event loop has its turn. */
const STRETCH = 256 * 1024

/** What a {@link Handout} needs. */
export interface HandoutOptions {
  readonly scheduler: SchedulerLike
  /** Where that happens which must not happen inside a call. */
  readonly turns: SchedulerLike
  readonly events: Events
  /** Whether all that is wanted has been handed out; default: never. */
  readonly isDone?: () => boolean
  /** What was fetched cannot be read: a batch is corrupt, or its codec missing. */
  readonly onFailed: (error: unknown) => void
}

/**
 * Hands out what is ready, to one reader at a time, fairly over the partitions.
 *
 * Everything happens in a loop on a turn of its own, never inside the call that brought it about: what a reader does in
 * its `next` (acknowledge, seek, pause, leave, come) changes what the loop looks at after each record.
 *
 * Invariants: a partition that can be handed out of is in `#ring`, unless the reader of now has it in `#aside`. Between
 * two turns of the event loop no more than {@link STRETCH} bytes are handed out, and what is one piece.
 */
export class Handout {
  readonly #options: HandoutOptions
  readonly #held = new Set<Held>()
  readonly #readers = new Readers()
  /** In the order of their turns. */
  readonly #ring = new Set<Held>()
  /** What the reader of now does not take yet. */
  readonly #aside = new Set<Held>()
  /** Held, and not told of yet. */
  #news: Held[] = []
  readonly #added = new Subject<Held>()
  readonly #allowance: Allowance = { left: STRETCH }
  /** Since when readers wait for their turn, where that was not told yet. */
  readonly #waiting = new Map<Reader, number>()
  readonly #alarm: Alarm
  #isTurnDue = false
  #isLoopDue = false
  #end: { readonly error?: unknown } | undefined

  constructor(options: HandoutOptions) {
    this.#options = options
    this.#alarm = new Alarm(options.scheduler, () => this.#tellWaiting())
  }

  /** Emits each partition that is held from now on, on a turn. */
  get added(): Observable<Held> {
    return this.#added
  }

  /** Those held that were told of. */
  get held(): readonly Held[] {
    return [...this.#held].filter(held => !this.#news.includes(held))
  }

  get end(): { readonly error?: unknown } | undefined {
    return this.#end
  }

  /** A partition is held from now on. */
  add(held: Held): void {
    this.#held.add(held)
    this.#news.push(held)
    this.ready(held)
  }

  /** Whether it is held, and not about to be given up. */
  isReadable(held: Held): boolean {
    return this.#held.has(held) && !held.isHalted
  }

  /** Something of it may be handed out: it was fetched, or the partition is open again. */
  ready(held: Held): void {
    if (!this.#held.has(held)) return
    this.#aside.delete(held)
    this.#ring.add(held)
    this.wake()
  }

  /** A reader takes more again. */
  wake(): void {
    if (this.#isTurnDue) return
    this.#isTurnDue = true
    this.#options.turns.schedule(() => this.#turn())
  }

  /** Hands out to the reader when its turn has come, until that is unsubscribed. */
  read(reader: Reader): Subscription {
    this.#readers.add(reader)
    if (!this.#readers.isServed(reader)) this.#wait(reader)
    this.wake()
    return new Subscription(() => this.#leave(reader))
  }

  /** It is about to be given up: {@link Held.shut} has been told before. */
  halted(held: Held): void {
    for (const reader of this.#readers.all) reader.halted?.(held)
  }

  /** The time of what is still done about records of it is over. */
  cut(held: Held): void {
    for (const reader of this.#readers.all) reader.cut?.(held)
  }

  /** The tenure of before is over; with `revoked` and `lost` the partition is given up. */
  over(held: Held, why: Over): void {
    const isGivenUp = why === 'revoked' || why === 'lost'
    if (isGivenUp) {
      this.#held.delete(held)
      this.#ring.delete(held)
      this.#aside.delete(held)
      this.#news = this.#news.filter(one => one !== held)
    }
    for (const reader of this.#readers.all) {
      reader.over?.(held, why)
      if (isGivenUp) reader.cut?.(held)
    }
  }

  /** Nothing more will come: told to all readers. */
  complete(): void {
    this.#finish({})
  }

  /** Nothing more will come, for that reason. */
  fail(error: unknown): void {
    this.#finish({ error })
  }

  #finish(end: { readonly error?: unknown }): void {
    if (this.#end !== undefined) return
    this.#end = end
    this.#alarm.clear()
    this.#waiting.clear()
    this.#tellEnd()
    if ('error' in end) this.#added.error(end.error)
    else this.#added.complete()
  }

  #tellEnd(): void {
    const end = this.#end
    if (end === undefined) return
    for (const reader of this.#readers.all) {
      if ('error' in end) reader.error(end.error)
      else reader.complete()
    }
  }

  #leave(reader: Reader): void {
    this.#readers.remove(reader)
    this.#waiting.delete(reader)
    if (this.#waiting.size === 0) this.#alarm.clear()
    for (const held of this.#aside) this.#ring.add(held)
    this.#aside.clear()
    if (this.#readers.size > 0) this.wake()
  }

  #turn(): void {
    this.#isTurnDue = false
    if (this.#end !== undefined) {
      this.#tellEnd()
      return
    }
    for (let held = this.#news.shift(); held !== undefined; held = this.#news.shift()) {
      if (!held.isHalted) this.#added.next(held)
    }
    try {
      this.#handOut()
    } catch (error) {
      this.#options.onFailed(error)
      return
    }
    if (this.#options.isDone?.() === true) this.complete()
  }

  #handOut(): void {
    const allowance = this.#allowance
    for (const held of this.#ring) {
      const reader = this.#readers.of(held)
      if (reader === undefined) continue
      if (reader.isFull) return
      if (allowance.left <= 0) return
      this.#expectLoop()
      // Before, since the reader may make it ready from inside.
      this.#ring.delete(held)
      const served = reader.serve(held, allowance)
      if (served === 'dry' || !this.#held.has(held) || this.#ring.has(held)) continue
      // Another reader may take what this one, if it has left meanwhile, did not.
      if (served === 'more' || this.#readers.of(held) !== reader) this.#ring.add(held)
      else this.#aside.add(held)
    }
  }

  /** The event loop has its turn; then it may go on. */
  #expectLoop(): void {
    if (this.#isLoopDue) return
    this.#isLoopDue = true
    afterIo(this.#options.scheduler, () => {
      this.#isLoopDue = false
      this.#allowance.left = STRETCH
      if (this.#ring.size > 0) this.wake()
    })
  }

  #wait(reader: Reader): void {
    this.#waiting.set(reader, this.#options.scheduler.now())
    if (!this.#alarm.isSet) this.#setAlarm()
  }

  #setAlarm(): void {
    for (const since of this.#waiting.values()) {
      this.#alarm.set(since + PATIENCE)
      return
    }
  }

  #tellWaiting(): void {
    const now = this.#options.scheduler.now()
    for (const [reader, since] of this.#waiting) {
      if (since + PATIENCE > now) break
      this.#waiting.delete(reader)
      if (!this.#readers.isServed(reader)) this.#options.events.tell({ type: 'waiting', reader: reader.kind })
    }
    this.#setAlarm()
  }
}
