import type { Subscription } from 'rxjs'
import type { TopicQueue } from './topic-queue.js'

const NEVER = Number.POSITIVE_INFINITY

/** Topics of which something is under way, or just was, and their watching of metadata. */
export class ActiveTopics {
  readonly #watching = new Map<TopicQueue, Subscription>()
  readonly #left: (queue: TopicQueue) => void

  /** @param left  told of each that is let go of */
  constructor(left: (queue: TopicQueue) => void) {
    this.#left = left
  }

  get queues(): Iterable<TopicQueue> {
    return this.#watching.keys()
  }

  get size(): number {
    return this.#watching.size
  }

  has(queue: TopicQueue): boolean {
    return this.#watching.has(queue)
  }

  add(queue: TopicQueue, watching: Subscription): void {
    this.#watching.set(queue, watching)
  }

  /** Whether anything is under way. */
  get isBusy(): boolean {
    for (const queue of this.queues) if (!queue.isIdle) return true
    return false
  }

  /** When the time of the first record is over. */
  get due(): number {
    let due = NEVER
    for (const queue of this.queues) due = Math.min(due, queue.due)
    return due
  }

  /** Lets go of those of which nothing is under way and that are of no use to the next record; whether others are left. */
  leaveUseless(): boolean {
    let isAnyIdle = false
    for (const [queue, watching] of this.#watching) {
      if (!queue.isIdle) continue
      // What is not there is looked for anew.
      if (queue.topic === undefined || watching.closed) this.#leave(queue, watching)
      else isAnyIdle = true
    }
    return isAnyIdle
  }

  /** Lets go of all of which nothing is under way. */
  leaveIdle(): void {
    for (const [queue, watching] of this.#watching) if (queue.isIdle) this.#leave(queue, watching)
  }

  #leave(queue: TopicQueue, watching: Subscription): void {
    watching.unsubscribe()
    this.#watching.delete(queue)
    this.#left(queue)
  }
}
