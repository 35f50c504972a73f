import { asapScheduler, EMPTY, type Observable, type SchedulerLike, type Subscription } from 'rxjs'
import { Deadlines } from './deadlines.js'
import { systemScheduler } from './system-scheduler.js'
import { NEVER } from './time-bounds.js'

/** What the operators that read know of their source, and take from it where their own options say nothing. */
export interface ReadTerms {
  /** Where the bytes come from, for messages: ` from localhost:9092`. */
  readonly from: string
  /** What to ask when the peer hangs up early: `; is the listener TLS?`. */
  readonly hint: string
  readonly timeout: number
  readonly maxLength: number
  readonly scheduler: SchedulerLike
  /** Where that happens which must not happen inside a call. */
  readonly turns: SchedulerLike
  /** Completes when the I/O that is ready by now has been done. */
  readonly ioTurn: Observable<never>
  /** Those of the connection; undefined over any other source. */
  readonly deadlines: Deadlines | undefined
}

/** Of a source that is not a connection. */
export const plainTerms: ReadTerms = {
  from: '',
  hint: '',
  timeout: NEVER,
  maxLength: 104_857_600,
  scheduler: systemScheduler,
  turns: asapScheduler,
  ioTurn: EMPTY,
  deadlines: undefined,
}

/** The connection's deadlines, or, off a connection or on a scheduler of one's own, some that end with `owner`. */
export function deadlinesOf(terms: ReadTerms, scheduler: SchedulerLike | undefined, owner: Subscription): Deadlines {
  const { deadlines } = terms
  if (deadlines !== undefined && (scheduler === undefined || scheduler === terms.scheduler)) return deadlines
  const own = new Deadlines(scheduler ?? terms.scheduler, terms.ioTurn)
  owner.add(own)
  return own
}
