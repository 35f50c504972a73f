import type { SchedulerLike, Subscription } from 'rxjs'

const NEVER = Number.POSITIVE_INFINITY

/** One timer that may be set for another time: of many that ask for one, the owner says which comes first. */
export class Alarm {
  readonly #scheduler: SchedulerLike
  readonly #ring: () => void
  #timer: Subscription | undefined
  #due = NEVER

  constructor(scheduler: SchedulerLike, ring: () => void) {
    this.#scheduler = scheduler
    this.#ring = ring
  }

  get isSet(): boolean {
    return this.#timer !== undefined
  }

  /** Rings then, and not when it was to before; never, if that is Infinity. */
  set(due: number): void {
    if (due === this.#due) return
    this.clear()
    if (due === NEVER) return
    this.#due = due
    this.#timer = this.#scheduler.schedule(
      () => {
        this.clear()
        this.#ring()
      },
      Math.max(due - this.#scheduler.now(), 0),
    )
  }

  clear(): void {
    this.#timer?.unsubscribe()
    this.#timer = undefined
    this.#due = NEVER
  }
}
