import { DueHeap } from '../connection/due-heap.js'
import { NEVER } from '../connection/time-bounds.js'
import type { Request } from './request.js'
import { RequestList } from './request-list.js'

const LONG_AGO = Number.NEGATIVE_INFINITY
/** What waited in line for less than this part of its time did not wait. */
const PROMPT = 10
const NONE: readonly never[] = []

/** What a turn has brought. */
export interface Taken {
  /** To be written, in order. */
  readonly batch: readonly Request[]
  /** Overdue, too long, or not to be encoded: ended, and never sent. */
  readonly unsent: readonly Request[]
}

/** What has become of the requests that a look at the clock found overdue. */
export interface Expiry {
  /** Withdrawn, never sent. */
  readonly unsent: readonly Request[]
  /** Given up alone: the connection lives, and their answers will be consumed. */
  readonly alone: readonly Request[]
  /** Whose answer the connection owes, silent for too long: it is dead, and nothing else has been looked at. */
  readonly dead: Request | undefined
}

/** What the connection took with it when it ended. */
export interface Losses {
  readonly unsent: readonly Request[]
  readonly unknown: readonly Request[]
}

/** Bounds of {@link RequestMachine}. */
export interface RequestLimits {
  /** How many requests may be unanswered at once, those nobody waits for any more included. */
  readonly maxInFlight: number
  /** How long one request may be. */
  readonly maxRequestBytes: number
  /** How many bytes are handed to the connection at once, unless one request alone is longer. */
  readonly maxBatchBytes: number
  /** How many bytes may wait until the kernel has taken them. */
  readonly maxQueuedBytes: number
}

/**
 * Decides what happens to the requests of one connection; knows neither sockets nor timers, only what it is told and
 * the time at which. Every event returns what is to be done about it.
 *
 * Kafka answers the requests of a connection in the order in which they came, so those in flight are a queue: an answer
 * belongs to the first or to none. One batch is written at a time, and what gathers meanwhile is the next. A request is
 * encoded when its turn comes; what is overdue by then is never sent.
 *
 * Two clocks run. Each request has its deadline, past which it fails alone. And the connection is judged by its silence:
 * it is dead once nothing has been read for as long as the patience with the oldest answer that it owes, counted from
 * when that request was written, something was last read, or the broker's wish for silence was over, whichever is last.
 * A handshake has no other clock than that: it may stand behind a long poll.
 *
 * Invariants: `waiting` and `urgent` hold the requests in phase `waiting`; `inFlight` those that are to be answered in
 * phase `taken`, `sent`, `dropped` or `late`; `writing` what was taken and the kernel has not taken yet; `due` those of
 * phase `waiting`, `taken` and `sent` that have a deadline. `queuedBytes` is the size of all that waits or is written.
 */
export class RequestMachine {
  /** Until when the broker has asked not to be sent anything (KIP-219). */
  mutedUntil = LONG_AGO
  /** From when on the broker would hang up on all but a handshake: its session is over (KIP-368). */
  sessionEnds = NEVER
  /** True once nothing can be sent any more. */
  ended = false
  queuedBytes = 0
  readonly #limits: RequestLimits
  readonly #waiting = new RequestList<Request>()
  readonly #urgent = new RequestList<Request>()
  readonly #inFlight = new RequestList<Request>()
  readonly #due = new DueHeap<Request>()
  #writing: readonly Request[] = NONE
  /** While bodies are asked of their users, who may ask for more from inside. */
  #taking = false
  /** While a handshake is under way: only what belongs to it may go. */
  #held = false
  /** How many in flight wait by design and are waited for by nobody, and until when the last of them may wait. */
  #unwanted = 0
  #busyUntil = LONG_AGO
  #nextId: number

  constructor(limits: RequestLimits, firstId = 0) {
    this.#limits = limits
    this.#nextId = firstId
  }

  /** Whether there is something that {@link RequestMachine.take} would give now. */
  canSend(now: number): boolean {
    return this.#writing.length === 0 && this.#nextToGo(now) !== undefined
  }

  /** Whether what may go depends on the time: not where the broker never asked for silence and its session has no end. */
  get asksTime(): boolean {
    return this.mutedUntil > LONG_AGO || this.sessionEnds < NEVER
  }

  /** Whether something waits for the end of muting and for nothing else. */
  get waitsMuted(): boolean {
    return this.#waiting.first !== undefined && !this.#held
  }

  /** Until when answers that nobody waits for may be long in coming, and hold back all behind them. */
  get busyUntil(): number {
    return this.#busyUntil
  }

  /** The request whose answer is due. */
  get oldest(): Request | undefined {
    return this.#inFlight.first
  }

  /** Somebody asks; false when there is no room for it. */
  add(request: Request): boolean {
    if (!request.urgent && this.queuedBytes + request.size > this.#limits.maxQueuedBytes) return false
    this.queuedBytes += request.size
    this.#listOf(request).push(request)
    if (request.due < NEVER) this.#due.push(request)
    return true
  }

  /** Nobody waits for it any more: unsent it goes without a trace, sent its answer is still to be consumed. */
  withdraw(request: Request): void {
    if (request.phase === 'waiting' || request.phase === 'taken') this.#discard(request)
    else if (request.phase === 'sent') this.#giveUp(request, 'dropped')
  }

  /** The next batch to write, encoded, in order and with correlation ids. */
  take(now: number): Taken {
    if (this.#taking || this.#writing.length > 0) return { batch: NONE, unsent: NONE }
    const batch: Request[] = []
    const unsent: Request[] = []
    const { maxBatchBytes, maxRequestBytes } = this.#limits
    this.#writing = batch
    this.#taking = true
    let size = 0
    for (let next = this.#nextToGo(now); next !== undefined; next = this.#nextToGo(now)) {
      if (next.due > now) {
        if (batch.length > 0 && size + next.size > maxBatchBytes) break
        const isEncoded = next.parts !== undefined || this.#encode(next)
        // A body is asked of its user, who may have ended this request, or all, meanwhile.
        if (next.phase !== 'waiting') continue
        if (isEncoded && next.size <= maxRequestBytes) {
          if (batch.length > 0 && size + next.size > maxBatchBytes) break
          size += next.size
          this.#take(next)
          batch.push(next)
          continue
        }
      }
      this.#discard(next)
      unsent.push(next)
    }
    this.#taking = false
    this.#writing = batch.filter(({ phase }) => phase === 'taken')
    for (const request of this.#writing) request.phase = 'sent'
    return { batch: this.#writing, unsent }
  }

  /** The kernel has taken the batch: returns who still waits. What is not answered is done with that. */
  written(now: number): readonly Request[] {
    const wanted = this.#writing.filter(({ phase }) => phase === 'sent')
    for (const request of this.#writing) {
      this.queuedBytes -= request.size
      request.sentAt = sentAt(request, now)
      if (request.isAnswered || request.phase === 'ended') continue
      this.#due.remove(request)
      request.phase = 'ended'
    }
    this.#writing = NONE
    return wanted
  }

  /** The request that an answer belongs to, which is done with that; undefined when that is not the one that was due. */
  answered(correlationId: number): Request | undefined {
    const first = this.#inFlight.first
    if (first === undefined || first.correlationId !== correlationId || first.phase === 'taken') return undefined
    this.#inFlight.remove(first)
    if (first.phase === 'sent') this.#due.remove(first)
    else if (first.wait > 0 && --this.#unwanted === 0) this.#busyUntil = LONG_AGO
    first.phase = 'ended'
    return first
  }

  /** The broker asks to be left alone until then. */
  mute(until: number): void {
    if (until > this.mutedUntil) this.mutedUntil = until
  }

  /** From now on only urgent requests go; what was sent is still answered. Returns whether any answer is due. */
  hold(): boolean {
    this.#held = true
    return this.#inFlight.first !== undefined
  }

  release(): void {
    this.#held = false
  }

  /** When the first deadline or the connection's silence may be overdue, as things are. */
  lookAt(lastReadAt: number): number {
    return Math.min(this.#due.first?.due ?? NEVER, this.#deadAt(lastReadAt))
  }

  /** Looks for overdue requests, and whether the connection has been silent for too long. */
  expire(now: number, lastReadAt: number): Expiry {
    if (this.#deadAt(lastReadAt) <= now) return { unsent: NONE, alone: NONE, dead: this.#inFlight.first }
    const unsent: Request[] = []
    const alone: Request[] = []
    for (let first = this.#due.first; first !== undefined && first.due <= now; first = this.#due.first) {
      if (first.phase === 'sent') {
        this.#giveUp(first, 'late')
        alone.push(first)
      } else {
        this.#discard(first)
        unsent.push(first)
      }
    }
    return { unsent, alone, dead: undefined }
  }

  /** The connection has ended: returns all that somebody still waits for. */
  end(): Losses {
    this.ended = true
    const sent = [...this.#inFlight.takeAll(), ...this.#writing.filter(({ isAnswered }) => !isAnswered)]
    const waiting = [...this.#urgent.takeAll(), ...this.#waiting.takeAll()]
    const unsent = [...sent.filter(({ phase }) => phase === 'taken'), ...waiting]
    const unknown = sent.filter(({ phase }) => phase === 'sent')
    this.#due.clear()
    this.#writing = NONE
    this.queuedBytes = 0
    this.#busyUntil = LONG_AGO
    for (const request of [...sent, ...waiting]) end(request)
    return { unsent, unknown }
  }

  #nextToGo(now: number): Request | undefined {
    const urgent = this.#urgent.first
    if (urgent !== undefined) return urgent
    const next = this.#waiting.first
    if (next === undefined || this.#held || now < this.mutedUntil || now >= this.sessionEnds) return undefined
    return !next.isAnswered || this.#inFlight.size < this.#limits.maxInFlight ? next : undefined
  }

  /** Its turn has come: how long it is, how long the broker may take, and whether it answers, is known from now on. */
  #encode(request: Request): boolean {
    const before = request.size
    const isEncoded = request.encode()
    if (request.phase !== 'waiting') return false
    this.queuedBytes += request.size - before
    if (request.patienceGrows) request.patience += request.wait
    if (request.plusWait && request.wait > 0 && request.due < NEVER) {
      request.timeout += request.wait
      this.#due.remove(request)
      request.due += request.wait
      this.#due.push(request)
    }
    return isEncoded
  }

  #take(request: Request): void {
    this.#listOf(request).remove(request)
    request.phase = 'taken'
    request.correlationId = this.#nextId
    // A broker gives back whatever it was given; below zero it would look like an accident.
    this.#nextId = (this.#nextId + 1) & 0x7fffffff
    if (request.isAnswered) this.#inFlight.push(request)
  }

  /** Ends one that was not sent, without a trace. */
  #discard(request: Request): void {
    this.#due.remove(request)
    if (request.phase === 'waiting') this.#listOf(request).remove(request)
    else if (request.isAnswered) this.#inFlight.remove(request)
    this.queuedBytes -= request.size
    end(request)
  }

  /** Nobody waits any more for one that was sent. */
  #giveUp(request: Request, phase: 'dropped' | 'late'): void {
    this.#due.remove(request)
    request.phase = request.isAnswered ? phase : 'ended'
    if (!request.isAnswered || request.wait === 0) return
    this.#unwanted++
    const until = request.sentAt + request.wait
    if (until > this.#busyUntil) this.#busyUntil = until
  }

  #deadAt(lastReadAt: number): number {
    const { oldest } = this
    return oldest === undefined ? NEVER : Math.max(oldest.sentAt, lastReadAt, this.mutedUntil) + oldest.patience
  }

  #listOf(request: Request): RequestList<Request> {
    return request.urgent ? this.#urgent : this.#waiting
  }
}

/**
 * Of one that went nearly at once: when it was asked for, so that its own deadline does not come a hair before that of
 * the silence, and the connection is known to be dead when it fails.
 */
function sentAt({ askedAt, patience, wait }: Request, now: number): number {
  return now - askedAt < (patience - wait) / PROMPT ? askedAt : now
}

/** What ends lets go of what it was given. */
function end(request: Request): void {
  request.phase = 'ended'
  request.body = undefined
  request.parts = undefined
}
