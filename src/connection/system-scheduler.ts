import { asapScheduler, asyncScheduler, type SchedulerAction, type SchedulerLike, Subscription } from 'rxjs'

/**
 * Where time comes from when nobody hands in a scheduler: asyncScheduler's timers on a clock that only goes forward.
 * The wall clock does not: stepped back by an hour, it would keep a deadline of a second pending for an hour.
 *
 * Inside `TestScheduler.run`, which makes asyncScheduler virtual, all of this file is virtual too.
 */
export const systemScheduler: SchedulerLike = {
  now: () => currentClock().now(),
  schedule: asyncScheduler.schedule.bind(asyncScheduler),
}

/** As {@link systemScheduler}, for what may wait idle: its timers do not keep a process alive. */
export const idleScheduler: SchedulerLike = {
  now: systemScheduler.now,
  schedule<T>(work: Work<T>, delay = 0, state?: T): Subscription {
    if (isVirtual()) return asyncScheduler.schedule(work, delay, state)
    return new IdleAction(work).schedule(state, delay)
  },
}

/** As asapScheduler for work without a delay, at a third of what that costs. */
export const microtaskScheduler: SchedulerLike = {
  now: systemScheduler.now,
  schedule<T>(work: Work<T>, delay = 0, state?: T): Subscription {
    if (delay > 0 || isVirtual()) return asapScheduler.schedule(work, delay, state)
    return new MicrotaskAction(work).schedule(state)
  },
}

/** Where what must not happen inside a call happens: in a microtask of real time, or in a turn of a scheduler's own. */
export function turnsOf(scheduler: SchedulerLike): SchedulerLike {
  return scheduler === systemScheduler || scheduler === asyncScheduler ? microtaskScheduler : scheduler
}

/** Does what is to go on only when the I/O that is ready has been done; on a scheduler of one's own, in its next turn. */
export function afterIo(scheduler: SchedulerLike, work: () => void): Subscription {
  const isSystem = scheduler === systemScheduler || scheduler === asyncScheduler
  if (!isSystem || isVirtual()) return scheduler.schedule(work)
  const immediate = setImmediate(work)
  return new Subscription(() => clearImmediate(immediate))
}

/** The same scheduler, with timers that do not keep a process alive; a scheduler of one's own does as it does. */
export function idleOf(scheduler: SchedulerLike): SchedulerLike {
  return scheduler === systemScheduler ? idleScheduler : scheduler
}

/** What has the time, and nothing else. */
export interface Clock {
  now(): number
}

/** The clock of a scheduler, where many look at it: of {@link systemScheduler} without asking anew what is virtual. */
export function clockOf(scheduler: SchedulerLike): Clock {
  return scheduler === systemScheduler || scheduler === idleScheduler ? currentClock() : scheduler
}

type Work<T> = (this: SchedulerAction<T>, state?: T) => void

const monotonic: Clock = { now: () => performance.now() }

function currentClock(): Clock {
  return isVirtual() ? asyncScheduler : monotonic
}

/** Virtual time begins at 0 and does not come near the wall clock, which asyncScheduler shows otherwise. */
function isVirtual(): boolean {
  const wall = Date.now()
  return asyncScheduler.now() < wall
}

/** One timer, which can be armed again from inside its work. */
class IdleAction<T> extends Subscription implements SchedulerAction<T> {
  readonly #work: Work<T>
  #timer: NodeJS.Timeout | undefined

  constructor(work: Work<T>) {
    super(() => clearTimeout(this.#timer))
    this.#work = work
  }

  schedule(state?: T, delay = 0): Subscription {
    if (this.closed) return this
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      try {
        this.#work.call(this, state)
      } finally {
        if (this.#timer === undefined) this.unsubscribe()
      }
    }, delay).unref()
    return this
  }
}

/** One microtask, which can be asked for again from inside its work. */
class MicrotaskAction<T> extends Subscription implements SchedulerAction<T> {
  readonly #work: Work<T>
  #state: T | undefined
  #isAsked = false

  constructor(work: Work<T>) {
    super()
    this.#work = work
  }

  schedule(state?: T): Subscription {
    this.#state = state
    this.#isAsked = true
    queueMicrotask(() => this.#run())
    return this
  }

  #run(): void {
    if (this.closed) return
    this.#isAsked = false
    try {
      this.#work.call(this, this.#state)
    } finally {
      if (!this.#isAsked) this.unsubscribe()
    }
  }
}
