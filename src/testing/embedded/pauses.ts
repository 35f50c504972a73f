import type { SchedulerLike, Subscription } from 'rxjs'

/** How much happens at once before the event loop has a turn: some ms of requests, which each take some us. */
const mostAtOnce = 200

/**
 * Lets a conversation that takes no time pause now and then, so that timers and sockets have their turn: client and
 * broker are in one process, and what they say to one another is done in microtasks, for as long as they talk.
 *
 * A pause is one action of the scheduler without a delay: in virtual time none at all.
 */
export class Pauses {
  readonly #scheduler: SchedulerLike
  readonly #waiting = new Set<() => void>()
  #done = 0
  #next: Subscription | undefined

  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler
  }

  /** Whether something may happen now; if not, `again` is called when it may. */
  admit(again: () => void): boolean {
    this.#next ??= this.#scheduler.schedule(() => this.#begin())
    if (this.#done < mostAtOnce) {
      this.#done++
      return true
    }
    this.#waiting.add(again)
    return false
  }

  stop(): void {
    this.#next?.unsubscribe()
    this.#waiting.clear()
  }

  #begin(): void {
    this.#next = undefined
    this.#done = 0
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const again of waiting) again()
  }
}
