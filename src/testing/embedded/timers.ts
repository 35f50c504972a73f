/** Something that happens at a given time unless it is cancelled before. */
export interface Timer {
  readonly due: number
  cancel(): void
}

/** What is to happen later, without a clock: whoever has one asks for {@link Timers.next} and calls {@link Timers.run}. */
export interface Timers {
  at(due: number, run: (now: number) => void): Timer
  /** When the first is due; Infinity when there is none. */
  next(): number
  /** Runs what is due by `now`, the earliest first, what that adds included. */
  run(now: number): void
}

/** Makes an empty set of timers. */
export function timers(): Timers {
  const waiting = new Set<{ due: number; run: (now: number) => void }>()

  const first = () => {
    let earliest: { due: number; run: (now: number) => void } | undefined
    for (const timer of waiting) if (earliest === undefined || timer.due < earliest.due) earliest = timer
    return earliest
  }

  return {
    at(due, run) {
      const timer = { due, run }
      // A time that never comes needs no place.
      if (due < Number.POSITIVE_INFINITY) waiting.add(timer)
      return { due, cancel: () => void waiting.delete(timer) }
    },
    next: () => first()?.due ?? Number.POSITIVE_INFINITY,
    run(now) {
      for (let timer = first(); timer !== undefined && timer.due <= now; timer = first()) {
        waiting.delete(timer)
        timer.run(now)
      }
    },
  }
}
