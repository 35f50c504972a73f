import { type Listed, RequestList } from './request-list.js'

const NEVER = Number.POSITIVE_INFINITY
const NONE: readonly never[] = []

/**
 * Where a request stands.
 *
 * - `waiting`: not written, and can be withdrawn as if it had never been.
 * - `sent`: handed to the connection; somebody waits for its answer (with acks=0: for its last byte to be written).
 * - `dropped`: sent, and then unsubscribed: its answer is consumed, and until its deadline it may take its time.
 * - `late`: sent, and past its deadline: its answer is consumed.
 * - `ended`: answered, withdrawn, or lost with the connection.
 */
export type Phase = 'waiting' | 'sent' | 'dropped' | 'late' | 'ended'

/** What the machine must know of a request. */
export interface RequestFacts {
  /** In ms, or Infinity. */
  readonly timeout: number
  /** When that has passed, by the clock that all events carry. */
  readonly due: number
  /** In bytes, its header included. */
  readonly size: number
  /** Whether the broker answers it: not Produce with acks=0. */
  readonly answered: boolean
  /** Part of a handshake: goes at once, whatever holds the others back. */
  readonly urgent: boolean
}

/** A request on its way; the edge hangs its own on a subclass. */
export class Pending<Self extends Pending<Self> = Pending<never>> implements Listed<Self> {
  phase: Phase = 'waiting'
  correlationId = -1
  due: number
  /** How many bytes the connection had read when this was handed to it. */
  readBefore = 0
  previous: Self | undefined
  next: Self | undefined
  readonly timeout: number
  readonly size: number
  readonly answered: boolean
  readonly urgent: boolean

  constructor(facts: RequestFacts) {
    this.timeout = facts.timeout
    this.due = facts.due
    this.size = facts.size
    this.answered = facts.answered
    this.urgent = facts.urgent
  }
}

/** What has become of the requests that a look at the clock found overdue. */
export interface Expiry<P> {
  /** Withdrawn, never sent. */
  readonly unsent: readonly P[]
  /** Given up alone: the connection lives, and their answers will be consumed. */
  readonly alone: readonly P[]
  /** The request that shows that the connection is dead. */
  readonly dead: P | undefined
}

/** What the connection took with it when it ended. */
export interface Losses<P> {
  readonly unsent: readonly P[]
  readonly unknown: readonly P[]
}

/** Bounds of {@link RequestMachine}. */
export interface RequestLimits {
  /** How many requests may be unanswered at once, those nobody waits for any more included. */
  readonly maxInFlight: number
  /** How many bytes are handed to the connection at once, unless one request alone is longer. */
  readonly maxBatchBytes: number
}

/**
 * Decides what happens to the requests of one connection; knows neither sockets nor timers, only what it is told and
 * the time at which. Every event returns what is to be done about it.
 *
 * Kafka answers the requests of a connection in the order in which they came, so those in flight are a queue: an answer
 * belongs to the first or to none. One batch is written at a time, and what gathers meanwhile is the next.
 *
 * Invariants: `waiting` and `urgent` hold requests in phase `waiting`, `inFlight` those that are to be answered in phase
 * `sent`, `dropped` or `late`, `writing` what was handed over and not taken by the kernel yet. No live request is due
 * before `lookAt`.
 */
export class RequestMachine<P extends Pending<P>> {
  /** When the first may be overdue; at times too early, where that one has ended meanwhile. */
  lookAt = NEVER
  /** Until when the broker has asked not to be sent anything (KIP-219). */
  mutedUntil = Number.NEGATIVE_INFINITY
  /** From when on the broker would hang up on all but a handshake: its session is over (KIP-368). */
  sessionEnds = NEVER
  /** True once nothing can be sent any more. */
  ended = false
  readonly #limits: RequestLimits
  readonly #waiting = new RequestList<P>()
  readonly #urgent = new RequestList<P>()
  readonly #inFlight = new RequestList<P>()
  #writing: readonly P[] = NONE
  /** While a handshake is under way: only what belongs to it may go. */
  #held = false
  #nextId: number

  constructor(limits: RequestLimits, firstId = 0) {
    this.#limits = limits
    this.#nextId = firstId
  }

  /** Whether there is something that {@link RequestMachine.take} would give now. */
  canSend(now: number): boolean {
    if (this.#writing.length > 0) return false
    if (this.#urgent.first !== undefined) return true
    return this.#mayGo(this.#waiting.first, now)
  }

  /** Whether what may go depends on the time: not where the broker never asked for silence and its session has no end. */
  get asksTime(): boolean {
    return this.mutedUntil > Number.NEGATIVE_INFINITY || this.sessionEnds < NEVER
  }

  /** Whether something waits for the end of muting and for nothing else. */
  get waitsMuted(): boolean {
    return this.#waiting.first !== undefined && !this.#held
  }

  /** Somebody asks. */
  add(request: P): void {
    if (request.urgent) this.#urgent.push(request)
    else this.#waiting.push(request)
    if (request.due < this.lookAt) this.lookAt = request.due
  }

  /** Nobody waits for it any more: unsent it goes without a trace, sent its answer is still to be consumed. */
  withdraw(request: P): void {
    if (request.phase === 'waiting') {
      this.#listOf(request).remove(request)
      request.phase = 'ended'
    } else if (request.phase === 'sent') request.phase = request.answered ? 'dropped' : 'ended'
  }

  /** The next batch to write, in order and with correlation ids; empty when nothing may go. */
  take(now: number, bytesRead: number): readonly P[] {
    if (!this.canSend(now)) return NONE
    const batch: P[] = []
    let size = 0
    for (;;) {
      const urgent = this.#urgent.first
      const next = urgent ?? this.#waiting.first
      if (next === undefined || (urgent === undefined && !this.#mayGo(next, now))) break
      size += next.size
      if (batch.length > 0 && size > this.#limits.maxBatchBytes) break
      this.#listOf(next).remove(next)
      this.#send(next, bytesRead)
      batch.push(next)
    }
    this.#writing = batch
    return batch
  }

  /** The kernel has taken the batch: returns those that are done with that. */
  written(): readonly P[] {
    const done = this.#writing.filter(request => !request.answered && request.phase === 'sent')
    for (const request of done) request.phase = 'ended'
    this.#writing = NONE
    return done
  }

  /** The request that an answer belongs to; undefined when that is not the one that was due. */
  answered(correlationId: number): P | undefined {
    const first = this.#inFlight.first
    if (first === undefined || first.correlationId !== correlationId) return undefined
    this.#inFlight.remove(first)
    return first
  }

  /** Which answer is due; undefined when none is. */
  get dueAnswer(): P | undefined {
    return this.#inFlight.first
  }

  /** The broker asks to be left alone until then. */
  mute(until: number): void {
    if (until > this.mutedUntil) this.mutedUntil = until
  }

  /** From now on only urgent requests go; what was sent is still answered. */
  hold(): void {
    this.#held = true
  }

  release(): void {
    this.#held = false
  }

  /**
   * Looks for overdue requests. One that was sent is the end of the connection when nothing at all was read since, and
   * none that was sent before it may still take its time; else it is given up alone.
   */
  expire(now: number, bytesRead: number): Expiry<P> {
    this.lookAt = NEVER
    const unsent = [...this.#expireWaiting(this.#urgent, now), ...this.#expireWaiting(this.#waiting, now)]
    const alone: P[] = []
    /** The deadline of the last request before this one that may still take its time. */
    let patience = Number.NEGATIVE_INFINITY
    for (const request of this.#inFlight) {
      const { phase } = request
      // A handshake behind a long poll has its own time once the poll has had its own.
      if (request.due <= now && request.urgent && patience > now) request.due = patience + request.timeout
      if (request.due > now) {
        if (phase === 'late') continue
        if (request.due > patience) patience = request.due
        if (request.due < this.lookAt) this.lookAt = request.due
        continue
      }
      if (patience <= now && request.readBefore === bytesRead) return { unsent, alone, dead: request }
      request.phase = 'late'
      if (phase === 'sent') alone.push(request)
    }
    for (const request of this.#writing) {
      if (request.answered || request.phase !== 'sent') continue
      if (request.due > now) this.lookAt = Math.min(this.lookAt, request.due)
      else {
        request.phase = 'ended'
        alone.push(request)
      }
    }
    return { unsent, alone, dead: undefined }
  }

  /** The connection has ended: returns all that somebody still waits for. */
  end(): Losses<P> {
    this.ended = true
    this.lookAt = NEVER
    const unsent = [...this.#urgent.takeAll(), ...this.#waiting.takeAll()]
    const sent = [...this.#inFlight.takeAll(), ...this.#writing.filter(({ answered }) => !answered)]
    const unknown = sent.filter(({ phase }) => phase === 'sent')
    this.#writing = NONE
    for (const request of unsent) request.phase = 'ended'
    for (const request of sent) request.phase = 'ended'
    return { unsent, unknown }
  }

  #mayGo(request: P | undefined, now: number): boolean {
    if (request === undefined || this.#held || now < this.mutedUntil || now >= this.sessionEnds) return false
    return !request.answered || this.#inFlight.size < this.#limits.maxInFlight
  }

  #send(request: P, bytesRead: number): void {
    request.phase = 'sent'
    request.readBefore = bytesRead
    request.correlationId = this.#nextId
    // A broker gives back whatever it was given; below zero it would look like an accident.
    this.#nextId = (this.#nextId + 1) & 0x7fffffff
    if (request.answered) this.#inFlight.push(request)
  }

  #listOf(request: P): RequestList<P> {
    return request.urgent ? this.#urgent : this.#waiting
  }

  #expireWaiting(list: RequestList<P>, now: number): P[] {
    const expired: P[] = []
    for (const request of list) {
      if (request.due > now) {
        if (request.due < this.lookAt) this.lookAt = request.due
        continue
      }
      list.remove(request)
      request.phase = 'ended'
      expired.push(request)
    }
    return expired
  }
}
