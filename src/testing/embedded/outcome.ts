/** Neither kind has a response: of `acks=0`, and of what makes Kafka hang up. */
export type Verdict = 'unanswered' | 'hang up'

/** What a handler makes of a request. */
export type Outcome<R> = R | Wait<R> | LastAnswer<R> | Verdict

/** A response after which the broker hangs up. */
export class LastAnswer<R> {
  readonly response: R

  constructor(response: R) {
    this.response = response
  }
}

/** A request that cannot be answered yet. */
export class Wait<R> {
  /** At this time it is answered whatever has happened; Infinity where only `ready` ends it. */
  readonly due: number
  /** Asked whenever something has happened; undefined: not yet. */
  readonly ready: (now: number) => Outcome<R> | undefined
  /** Asked when it is due. */
  readonly expired: (now: number) => Outcome<R>

  constructor(due: number, ready: (now: number) => Outcome<R> | undefined, expired: (now: number) => Outcome<R>) {
    this.due = due
    this.ready = ready
    this.expired = expired
  }
}
