import type { Observable, SchedulerLike, Subscription } from 'rxjs'
import { type Clock, clockOf, idleOf } from './system-scheduler.js'
import { MAX_DELAY, NEVER } from './time-bounds.js'

/**
 * Many deadlines, moved often and seldom met, on one action of a scheduler. Moving one is an assignment, not a timer;
 * where the action finds nothing overdue, it is armed again for the earliest.
 *
 * A deadline found overdue first waits one turn of I/O and is looked at again: when the event loop was late, what
 * arrived in time is still in the kernel.
 */
export class Deadlines {
  readonly #given: SchedulerLike
  #scheduler: SchedulerLike
  readonly #clock: Clock
  readonly #ioTurn: Observable<never>
  readonly #all = new Set<Deadline>()
  /** When the action will look; NEVER when none is armed, -Infinity while a turn of I/O is awaited. */
  #looksAt = NEVER
  #action: Subscription | undefined
  #turn: Subscription | undefined
  #closed = false

  constructor(scheduler: SchedulerLike, ioTurn: Observable<never>) {
    this.#given = scheduler
    this.#scheduler = scheduler
    this.#clock = clockOf(scheduler)
    this.#ioTurn = ioTurn
  }

  now(): number {
    return this.#clock.now()
  }

  /**
   * A deadline that is not due yet; `expired` is called once it is, and it is due no more. It is told the time at which
   * that was found out, before the turn of I/O: what fell due since has not had its own.
   */
  add(expired: (now: number) => void): Deadline {
    const deadline = new Deadline(this, expired)
    this.#all.add(deadline)
    return deadline
  }

  /** From now on its timer does not keep the process alive. */
  unref(): void {
    this.#scheduleOn(idleOf(this.#given))
  }

  /** From now on it does again. */
  ref(): void {
    this.#scheduleOn(this.#given)
  }

  /** @internal */
  remove(deadline: Deadline): void {
    this.#all.delete(deadline)
  }

  /** @internal */
  lookAt(due: number): void {
    if (this.#closed || due >= this.#looksAt) return
    this.#looksAt = due
    this.#action?.unsubscribe()
    const delay = Math.min(Math.max(Math.ceil(due - this.#clock.now()), 0), MAX_DELAY)
    this.#action = this.#scheduler.schedule(() => this.#look(), delay)
  }

  /** Disarms the timer for good: what is read or written after the end is answered at once. */
  unsubscribe(): void {
    this.#closed = true
    this.#action?.unsubscribe()
    this.#turn?.unsubscribe()
  }

  #scheduleOn(scheduler: SchedulerLike): void {
    if (scheduler === this.#scheduler) return
    this.#scheduler = scheduler
    const due = this.#looksAt
    if (!Number.isFinite(due)) return
    this.#looksAt = NEVER
    this.lookAt(due)
  }

  #look(): void {
    this.#looksAt = Number.NEGATIVE_INFINITY
    const now = this.#clock.now()
    const overdue = [...this.#all].filter(({ due }) => due <= now).map(deadline => ({ deadline, due: deadline.due }))
    if (overdue.length === 0) this.#lookAgain()
    else this.#turn = this.#ioTurn.subscribe({ complete: () => this.#expire(overdue, now) })
  }

  /** Those that were found overdue, and have not been moved or removed in the turn of I/O since. */
  #expire(overdue: readonly { readonly deadline: Deadline; readonly due: number }[], now: number): void {
    for (const { deadline, due } of overdue) {
      if (deadline.due !== due || !this.#all.has(deadline)) continue
      deadline.due = NEVER
      deadline.expired(now)
    }
    this.#lookAgain()
  }

  #earliest(): number {
    let earliest = NEVER
    for (const { due } of this.#all) if (due < earliest) earliest = due
    return earliest
  }

  #lookAgain(): void {
    this.#looksAt = NEVER
    this.lookAt(this.#earliest())
  }
}

/** One of {@link Deadlines}. */
export class Deadline {
  /** When it expires, by the scheduler's clock. */
  due = NEVER
  readonly expired: (now: number) => void
  readonly #owner: Deadlines

  constructor(owner: Deadlines, expired: (now: number) => void) {
    this.#owner = owner
    this.expired = expired
  }

  /** Expires `timeout` ms from now, instead of when it would have. */
  expireIn(timeout: number): void {
    if (timeout === NEVER) return
    this.expireAt(this.#owner.now() + timeout)
  }

  expireAt(due: number): void {
    this.due = due
    this.#owner.lookAt(due)
  }

  /** Not due for now. */
  clear(): void {
    this.due = NEVER
  }

  unsubscribe(): void {
    this.#owner.remove(this)
  }
}
