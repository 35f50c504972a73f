import { Observable, Subject, type Subscriber, Subscription } from 'rxjs'
import type { Connection } from '../connection/connection.js'
import type { Deadline } from '../connection/deadlines.js'
import { decodeFrames } from '../connection/decode-frames.js'
import { messageOf } from '../connection/message-of.js'
import { NEVER } from '../connection/time-bounds.js'
import { ConnectionError, KafkaError, RequestTimeoutError } from '../errors.js'
import { throttleOf } from './api-facts.js'
import type { BrokerSettings } from './broker-options.js'
import { frameRequests } from './frame-requests.js'
import { bodyOf, correlationIdOf, decodeBody } from './read-response.js'
import { type CallOptions, Request } from './request.js'
import { RequestErrors, withOutcome } from './request-errors.js'
import { RequestMachine } from './request-machine.js'
import type { Route } from './route.js'
import { type Place, traceRequests, traceResponse } from './trace-frames.js'

/** The most that is handed to the connection at once: what waits can still be withdrawn. */
const MAX_BATCH = 1024 * 1024

/**
 * The requests of one connection: carries the events of the connection and its users to the {@link RequestMachine}, and
 * does what that says. Reads the connection from the start to its end.
 */
export class Requests {
  readonly connection: Connection
  readonly #machine: RequestMachine
  readonly #settings: BrokerSettings
  readonly #errors: RequestErrors
  readonly #place: Place
  readonly #expiry: Deadline
  readonly #unmuting: Deadline
  readonly #reading: Subscription
  #writing = Subscription.EMPTY
  #flushScheduled = false
  /** While a response is handed over: what is asked for from inside goes out after it. */
  #delivering = false
  /** Whether any request but those of a handshake has been answered: until then a hang-up may mean SASL. */
  #hasAnswered = false
  /** Emits when nothing can be asked any more. */
  readonly end = new Subject<void>()
  readonly #drained = new Subject<void>()
  /** What later requests are refused with. */
  #lost: KafkaError | undefined

  constructor(connection: Connection, settings: BrokerSettings) {
    const { host, port, maxQueuedBytes } = settings.connect
    this.connection = connection
    this.#settings = settings
    this.#errors = new RequestErrors(settings)
    this.#place = { host, port, localPort: connection.localPort }
    // Frames have names, and are dumped by them: some must not be.
    connection.carriesFrames = true
    const { maxBytes } = this.#errors
    this.#machine = new RequestMachine({
      maxInFlight: settings.maxInFlight,
      maxRequestBytes: maxBytes,
      maxBatchBytes: Math.min(MAX_BATCH, maxBytes),
      maxQueuedBytes,
    })
    this.#expiry = connection.deadlines.add(now => this.#expire(now))
    this.#unmuting = connection.deadlines.add(() => this.#scheduleFlush())
    // A frame may take its time: the connection is judged by whether anything comes at all.
    this.#reading = connection.pipe(decodeFrames({ timeout: NEVER })).subscribe({
      next: frame => this.#answered(frame),
      error: error => this.fail(error),
      complete: () => this.fail(new ConnectionError(`${host}:${port} has closed the connection`)),
    })
  }

  /** Whether nothing can be asked any more. */
  get ended(): boolean {
    return this.#machine.ended
  }

  /** How many bytes wait until the kernel has taken them. */
  get queuedBytes(): number {
    return this.#machine.queuedBytes
  }

  /** For how many ms an answer that nobody waits for may hold back all behind it. */
  get busyFor(): number {
    const { busyUntil } = this.#machine
    return busyUntil > 0 ? Math.max(busyUntil - this.connection.deadlines.now(), 0) : 0
  }

  /** Emits once and completes when nothing waits to be written. */
  readonly drained = new Observable<void>(subscriber => {
    const lost = this.#lost
    if (lost !== undefined) return this.#later(() => subscriber.error(lost))
    const tell = () => {
      subscriber.next()
      subscriber.complete()
    }
    return this.queuedBytes === 0
      ? this.#later(tell)
      : this.#drained.subscribe({ next: tell, error: error => subscriber.error(error) })
  })

  /** One request for each subscription, of this body or of what it gives at its turn. Emits the decoded response. */
  call(route: Route, body: unknown, options: CallOptions): Observable<unknown> {
    const { requestTimeout } = this.#settings
    const { timeout = requestTimeout, urgent = false, silence, onWritten } = options
    const patience = silence ?? (urgent || timeout < NEVER ? timeout : requestTimeout)
    const patienceGrows = silence === undefined
    const terms = { timeout, plusWait: options.timeout === undefined, patience, patienceGrows, urgent, onWritten }
    return new Observable(subscriber => {
      if (this.#lost !== undefined) return this.#refuse(subscriber, route, 0)
      const now = timeout === NEVER ? 0 : this.connection.deadlines.now()
      const request = new Request(this, route, body, terms, now, subscriber)
      const { size } = request
      if (size > this.#errors.maxBytes || !this.#machine.add(request)) return this.#refuse(subscriber, route, size)
      this.#watchFor(request.due)
      this.#scheduleFlush()
      return request
    })
  }

  /** Nobody waits for it any more. */
  withdraw(request: Request): void {
    this.#machine.withdraw(request)
    this.#tellDrained()
  }

  /** Lets only urgent requests go until {@link Requests.release}. Returns whether any answer is due. */
  hold(): boolean {
    return this.#machine.hold()
  }

  release(): void {
    this.#machine.release()
    this.#scheduleFlush()
  }

  /** Until when other requests than those of a handshake may be sent; a timer that is late does not matter then. */
  lasts(until: number): void {
    this.#machine.sessionEnds = until
  }

  /** Ends everything: whoever waits for an answer, then the connection. */
  fail(cause: unknown): void {
    this.#end(cause)
    this.connection.fail(cause)
  }

  /** Written on the next turn, so that what is asked in one goes out together. */
  #scheduleFlush(): void {
    if (this.#delivering) return
    if (this.#flushScheduled || !this.#machine.canSend(this.#clock())) {
      this.#awaitUnmuting()
      return
    }
    this.#flushScheduled = true
    this.#later(() => {
      this.#flushScheduled = false
      this.#flush()
    })
  }

  /** The time, where anything depends on it. */
  #clock(): number {
    return this.#machine.asksTime ? this.connection.deadlines.now() : 0
  }

  #awaitUnmuting(): void {
    const { mutedUntil, waitsMuted } = this.#machine
    if (waitsMuted && mutedUntil > this.#clock()) this.#unmuting.expireAt(mutedUntil)
  }

  #flush(): void {
    if (this.#machine.ended || !this.#machine.canSend(this.#clock())) {
      this.#awaitUnmuting()
      return
    }
    const { batch, unsent } = this.#machine.take(this.connection.deadlines.now())
    if (batch.length > 0) this.#write(batch)
    for (const request of unsent) request.subscriber.error(this.#errors.unsent(request))
    if (batch.length > 0) return
    this.#tellDrained()
    this.#awaitUnmuting()
  }

  #write(batch: readonly Request[]): void {
    traceRequests(batch, this.#place)
    const parts = frameRequests(batch)
    for (const request of batch) request.parts = undefined
    const timeout = this.#settings.requestTimeout
    this.#writing = this.connection.write(parts, { timeout }).subscribe({
      error: error => this.fail(error),
      complete: () => this.#written(),
    })
  }

  #written(): void {
    this.#writing = Subscription.EMPTY
    for (const request of this.#machine.written(this.connection.deadlines.now())) {
      request.tellWritten()
      if (!request.isAnswered) request.subscriber.complete()
    }
    this.#tellDrained()
    this.#flush()
    this.#watch()
  }

  #answered(frame: Buffer): void {
    const { oldest } = this.#machine
    try {
      const id = correlationIdOf(frame)
      const request = this.#machine.answered(id)
      if (request === undefined) throw this.#errors.strayAnswer(id, oldest)
      traceResponse(request, frame, this.#place)
      this.#hasAnswered ||= !request.urgent
      this.#delivering = true
      this.#deliver(request, bodyOf(frame, request.route))
    } catch (error) {
      // Where its answer has no whole header it fails with the others.
      if (oldest?.phase === 'ended') oldest.subscriber.error(this.#errors.lost(oldest, 'unknown', error as KafkaError))
      this.fail(error)
      return
    } finally {
      this.#delivering = false
    }
    // With nothing in flight no other answer can lie in the same chunk, and nothing more will gather.
    if (this.#machine.oldest === undefined && !this.#flushScheduled) this.#flush()
    else this.#scheduleFlush()
    this.#watch()
  }

  #deliver(request: Request, body: Buffer): void {
    const { route, subscriber } = request
    // What is answered has been written, although that may be told later.
    request.tellWritten()
    let response: unknown
    try {
      response = decodeBody(body, route)
    } catch (error) {
      // The broker has answered, and whether with success nobody can say.
      subscriber.error(withOutcome(error, 'unknown'))
      return
    }
    // Nobody may wait for it any more: what it asks for holds all the same.
    const throttle = throttleOf(route.facts, route.version, response as object)
    if (throttle > 0) this.#machine.mute(this.connection.deadlines.now() + throttle)
    subscriber.next(response)
    subscriber.complete()
  }

  /**
   * Refuses what never was added. Whoever keeps an error keeps the functions on its stack until that is looked at, so
   * that none of them may know the body.
   */
  #refuse(subscriber: Subscriber<unknown>, route: Route, size: number): Subscription {
    const { queuedBytes } = this
    return this.#later(() => {
      const lost = this.#lost
      if (lost !== undefined) subscriber.error(this.#errors.refused(route, lost))
      else if (size > this.#errors.maxBytes) subscriber.error(this.#errors.tooLong(route, size))
      else subscriber.error(this.#errors.backlog(route, size, queuedBytes))
    })
  }

  /** Not inside its own subscribe, where `repeat()` and `retry()` would recurse. */
  #later(tell: () => void): Subscription {
    return this.#settings.connect.turns.schedule(tell)
  }

  #watch(): void {
    this.#watchFor(this.#machine.lookAt(this.connection.lastReadAt))
  }

  #watchFor(time: number): void {
    if (time < this.#expiry.due) this.#expiry.expireAt(time)
  }

  #expire(now: number): void {
    const { connection } = this
    const { unsent, alone, dead } = this.#machine.expire(now, connection.lastReadAt)
    for (const request of unsent) request.subscriber.error(this.#errors.timedOut(request, 'unsent'))
    for (const request of alone) request.subscriber.error(this.#errors.timedOut(request, 'unknown'))
    if (dead !== undefined) this.fail(this.#errors.silent(dead))
    else if (!this.#machine.ended) {
      this.#watch()
      this.#tellDrained()
    }
  }

  #tellDrained(): void {
    if (this.#drained.observed && this.queuedBytes === 0) this.#drained.next()
  }

  #end(cause: unknown): void {
    if (this.#lost !== undefined) return
    const error = cause instanceof KafkaError ? cause : new ConnectionError(messageOf(cause), { cause })
    this.#lost = error
    const now = this.connection.deadlines.now()
    const { unsent, unknown } = this.#machine.end()
    this.#reading.unsubscribe()
    this.#writing.unsubscribe()
    this.#expiry.unsubscribe()
    this.#unmuting.unsubscribe()
    for (const request of unknown) request.subscriber.error(this.#whyLost(request, error, now))
    for (const request of unsent) request.subscriber.error(this.#errors.lost(request, 'unsent', error))
    this.#drained.error(error)
    this.end.next()
  }

  #whyLost(request: Request, error: KafkaError, now: number): KafkaError {
    if (error instanceof RequestTimeoutError && request.due <= now)
      return this.#errors.timedOut(request, 'unknown', true)
    const hint = this.#hasAnswered ? '' : this.#errors.hintOf(error, request.urgent, this.connection.bytesRead)
    return this.#errors.lost(request, 'unknown', error, hint)
  }
}
