import type { TopicPartition } from '../../cluster/topic.js'
import { without } from '../partition-list.js'

const NONE: readonly TopicPartition[] = []

/** What a member owns, and in which of it a change is under way. */
export class Holdings {
  /** What was said to be assigned, less what was given up or lost. */
  owned: readonly TopicPartition[] = NONE
  /** The generation in which it came to own that; -1 for none. */
  since = -1
  /** Of that, what is being given up. */
  #giving = NONE
  /** What it gets when that is done. */
  #coming = NONE
  #wasAssigned = false

  /** What must not be kept while the group is joined again: begins to be given up. */
  yield(isKept: (one: TopicPartition) => boolean): readonly TopicPartition[] {
    this.#giving = this.owned.filter(one => !isKept(one))
    return this.#giving
  }

  /** The assignment of a generation: returns what is not in it any more, which begins to be given up. */
  follow(assignment: readonly TopicPartition[], generation: number): readonly TopicPartition[] {
    this.since = generation
    this.#coming = without(assignment, this.owned)
    this.#giving = without(this.owned, assignment)
    return this.#giving
  }

  /** What began to be given up has been. */
  gaveUp(): void {
    this.owned = without(this.owned, this.#giving)
    this.#giving = NONE
  }

  /** What is new of the assignment is owned from now on; undefined where that is nothing to tell. */
  take(): readonly TopicPartition[] | undefined {
    const coming = this.#coming
    if (coming.length === 0 && this.#wasAssigned) return undefined
    this.#coming = NONE
    this.#wasAssigned = true
    this.owned = [...this.owned, ...coming]
    return coming
  }

  /** Returns what was owned. */
  lose(): readonly TopicPartition[] {
    const lost = this.owned
    this.owned = NONE
    this.since = -1
    this.#giving = NONE
    this.#coming = NONE
    this.#wasAssigned = false
    return lost
  }
}
