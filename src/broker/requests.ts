import { Observable, type SchedulerLike, Subject, type Subscriber, Subscription } from 'rxjs'
import type { Connection } from '../connection/connection.js'
import type { Deadline } from '../connection/deadlines.js'
import { decodeFrames } from '../connection/decode-frames.js'
import { messageOf } from '../connection/message-of.js'
import {
  ArgumentError,
  ClosedError,
  ConnectionError,
  KafkaError,
  type Outcome,
  ProtocolError,
  RequestTimeoutError,
} from '../errors.js'
import type { BrokerSettings } from './broker-options.js'
import { Call } from './call.js'
import { throttleOf } from './client-throttle.js'
import { frameRequests } from './frame-requests.js'
import { bodyOf, correlationIdOf, decodeBody } from './read-response.js'
import { RequestMachine } from './request-machine.js'
import type { Route } from './route.js'

/** The most that is handed to the connection at once: what waits can still be withdrawn. */
const MAX_BATCH = 1024 * 1024
const NEVER = Number.POSITIVE_INFINITY

/** How one request departs from the others. */
export interface CallOptions {
  /** In ms from the subscribe, or Infinity. */
  readonly timeout: number
  /** False for Produce with acks=0. Default true. */
  readonly answered?: boolean
  /** Part of a handshake. */
  readonly urgent?: boolean
  /** Its body is not to be dumped. */
  readonly secret?: boolean
}

/**
 * The requests of one connection: carries the events of the connection and its users to the {@link RequestMachine}, and
 * does what that says. Reads the connection from the start to its end.
 */
export class Requests {
  readonly connection: Connection
  readonly #machine: RequestMachine<Call>
  readonly #settings: BrokerSettings
  readonly #peer: string
  /** The longest request that the connection would take. */
  readonly #maxBytes: number
  readonly #expiry: Deadline
  readonly #unmuting: Deadline
  readonly #reading: Subscription
  #writing = Subscription.EMPTY
  #flushScheduled = false
  /** While a response is handed over: what is asked for from inside goes out after it. */
  #delivering = false
  /** Whether any request but those of a handshake has been answered: until then a hang-up may mean SASL. */
  #hasAnswered = false
  /** For how many reasons what is read may hold credentials: a handshake, and each request like that in flight. */
  #secretsDue = 0
  /** Emits when nothing can be asked any more. */
  readonly end = new Subject<void>()
  /** What later requests are refused with. */
  #lost: KafkaError | undefined

  constructor(connection: Connection, settings: BrokerSettings) {
    const { host, port, maxMessageBytes, maxQueuedBytes } = settings.connect
    this.connection = connection
    this.#settings = settings
    this.#peer = `${host}:${port}`
    this.#maxBytes = Math.min(maxMessageBytes, maxQueuedBytes)
    this.#machine = new RequestMachine({
      maxInFlight: settings.maxInFlight,
      maxBatchBytes: Math.min(MAX_BATCH, this.#maxBytes),
    })
    this.#expiry = connection.deadlines.add(() => this.#expire())
    this.#unmuting = connection.deadlines.add(() => this.#scheduleFlush())
    this.#reading = connection.pipe(decodeFrames({ timeout: settings.requestTimeout })).subscribe({
      next: frame => this.#answered(frame),
      error: error => this.fail(error),
      complete: () => this.#end(new ConnectionError(`${this.#peer} has closed the connection`)),
    })
  }

  /** Whether nothing can be asked any more. */
  get ended(): boolean {
    return this.#machine.ended
  }

  /** One request for each subscription, its body as `encode` gives it then. Emits the decoded response. */
  call(route: Route, encode: () => Buffer, options: CallOptions): Observable<unknown> {
    const { timeout, answered = true, urgent = false, secret = false } = options
    const { turns } = this.#settings.connect
    return new Observable(subscriber => {
      if (this.#lost !== undefined) return later(turns, subscriber, this.#refused(route))
      let body: Buffer
      try {
        body = encode()
      } catch (error) {
        return later(turns, subscriber, withOutcome(error, 'unsent'))
      }
      const size = route.head.length + body.length
      if (size > this.#maxBytes) return later(turns, subscriber, this.#tooLong(route, size))
      const due = timeout === NEVER ? NEVER : this.connection.deadlines.now() + timeout
      const machine = this.#machine
      const call = new Call({ timeout, due, size, answered, urgent }, machine, route, body, secret, subscriber)
      machine.add(call)
      this.#watch()
      this.#scheduleFlush()
      return call
    })
  }

  /** Lets only urgent requests go until {@link Requests.release}, and dumps nothing that is read. */
  hold(): void {
    this.#machine.hold()
    this.#expectSecrets(1)
  }

  release(): void {
    this.#machine.release()
    this.#expectSecrets(-1)
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

  #expectSecrets(more: number): void {
    this.#secretsDue += more
    this.connection.readsSecrets = this.#secretsDue > 0
  }

  /** Written on the next turn, so that what is asked in one goes out together. */
  #scheduleFlush(): void {
    if (this.#delivering) return
    if (this.#flushScheduled || !this.#machine.canSend(this.#clock())) {
      this.#awaitUnmuting()
      return
    }
    this.#flushScheduled = true
    this.#settings.connect.turns.schedule(() => {
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
    const { connection } = this
    const batch = this.#machine.take(this.#clock(), connection.bytesRead)
    if (batch.length === 0) {
      this.#awaitUnmuting()
      return
    }
    const parts = frameRequests(batch)
    const timeout = this.#settings.requestTimeout
    let secrets = 0
    for (const { secret } of batch) if (secret) secrets++
    this.#expectSecrets(secrets)
    const written = secrets > 0 ? connection.writeSecret(parts, { timeout }) : connection.write(parts, { timeout })
    this.#writing = written.subscribe({
      error: error => this.fail(error),
      complete: () => this.#written(),
    })
  }

  #written(): void {
    for (const { subscriber } of this.#machine.written()) subscriber.complete()
    this.#flush()
  }

  #answered(frame: Buffer): void {
    try {
      const id = correlationIdOf(frame)
      const call = this.#machine.dueAnswer
      if (call?.correlationId !== id) throw this.#strayAnswer(id)
      // Where this throws, the request is still in flight and fails with the others.
      const body = bodyOf(frame, call.route)
      this.#machine.answered(id)
      if (call.secret) this.#expectSecrets(-1)
      this.#hasAnswered ||= !call.urgent
      this.#delivering = true
      this.#deliver(call, body)
    } catch (error) {
      this.fail(error)
      return
    } finally {
      this.#delivering = false
    }
    // With nothing in flight no other answer can lie in the same chunk, and nothing more will gather.
    if (this.#machine.dueAnswer === undefined && !this.#flushScheduled) this.#flush()
    else this.#scheduleFlush()
  }

  #deliver(call: Call, body: Buffer): void {
    const { route, subscriber, phase } = call
    call.phase = 'ended'
    let response: unknown
    try {
      response = decodeBody(body, route)
    } catch (error) {
      // The broker has answered, and whether with success nobody can say.
      if (phase === 'sent') subscriber.error(withOutcome(error, 'unknown'))
      return
    }
    // Nobody may wait for it any more: what it asks for holds all the same.
    const throttle = throttleOf(route.api.name, route.version, response)
    if (throttle > 0) this.#machine.mute(this.connection.deadlines.now() + throttle)
    if (phase !== 'sent') return
    subscriber.next(response)
    subscriber.complete()
  }

  #watch(): void {
    const { lookAt } = this.#machine
    if (lookAt < this.#expiry.due) this.#expiry.expireAt(lookAt)
  }

  #expire(): void {
    const { deadlines, bytesRead } = this.connection
    const { unsent, alone, dead } = this.#machine.expire(deadlines.now(), bytesRead)
    for (const call of unsent) call.subscriber.error(this.#timedOut(call, 'unsent'))
    for (const call of alone) call.subscriber.error(this.#timedOut(call, 'unknown'))
    if (dead !== undefined) this.fail(this.#timedOut(dead, 'unknown', true))
    else this.#watch()
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
    for (const call of unknown) {
      const isOverdue = error instanceof RequestTimeoutError && call.due <= now
      call.subscriber.error(isOverdue ? this.#timedOut(call, 'unknown', true) : this.#lostWith(call, 'unknown', error))
    }
    for (const call of unsent) call.subscriber.error(this.#lostWith(call, 'unsent', error))
    this.end.next()
  }

  #timedOut({ route, timeout }: Call, outcome: Outcome, isDead = false): RequestTimeoutError {
    const api = route.api.name
    const what =
      outcome === 'unsent'
        ? `${api} waited ${timeout} ms for its turn and was not sent`
        : `${api} was not answered within ${timeout} ms`
    const fate = isDead ? ', nor was anything else read since: the connection is taken for dead' : ''
    return new RequestTimeoutError(`${this.#peer}: ${what}${fate}`, { api, timeout, outcome })
  }

  #lostWith({ route, urgent }: Call, outcome: Outcome, cause: KafkaError): KafkaError {
    const fate = outcome === 'unsent' ? 'was not sent' : 'was not answered'
    const message = `${route.api.name} ${fate}: ${cause.message}${outcome === 'unknown' ? this.#hint(urgent, cause) : ''}`
    if (cause instanceof ClosedError) return new ClosedError(message, { cause, outcome })
    return new ConnectionError(message, { cause, outcome, retriable: cause.retriable })
  }

  /** What a hang-up so early may mean: a SASL listener answers ApiVersions to anybody, and hangs up on what comes next. */
  #hint(isHandshake: boolean, cause: KafkaError): string {
    const { sasl, connect } = this.#settings
    if (this.#hasAnswered || !(cause instanceof ConnectionError)) return ''
    if (isHandshake) return connect.tls === false && this.connection.bytesRead === 0 ? '; is the listener TLS?' : ''
    return sasl === undefined ? ' on the first request; does the listener ask for SASL? Then give `sasl`' : ''
  }

  #refused({ api }: Route): ClosedError {
    const message = `${api.name} cannot be asked of ${this.#peer}: ${this.#lost?.message}`
    return new ClosedError(message, { cause: this.#lost, outcome: 'unsent' })
  }

  #tooLong({ api }: Route, size: number): ArgumentError {
    const { maxMessageBytes, maxQueuedBytes } = this.#settings.connect
    const bound = maxMessageBytes <= maxQueuedBytes ? 'maxMessageBytes' : 'maxQueuedBytes'
    return new ArgumentError(`${api.name} of ${size} bytes is longer than ${bound} (${this.#maxBytes})`, {
      outcome: 'unsent',
    })
  }

  #strayAnswer(id: number): ProtocolError {
    const due = this.#machine.dueAnswer
    const wanted = due === undefined ? 'none was due' : `${due.correlationId} (${due.route.api.name}) was due`
    const message = `${this.#peer} answered correlation id ${id} where ${wanted}: its answers cannot be told apart`
    return new ProtocolError(message, { api: 'ResponseHeader', version: 0, path: 'correlationId', offset: 0 })
  }
}

/** Not inside its own subscribe, where `repeat()` and `retry()` would recurse. */
function later(turns: SchedulerLike, subscriber: Subscriber<unknown>, error: unknown): Subscription {
  return turns.schedule(() => subscriber.error(error))
}

/** What the codec threw knows nothing of requests. */
function withOutcome(error: unknown, outcome: Outcome): unknown {
  if (!(error instanceof ProtocolError)) return error
  const { message, api, version, path, offset } = error
  return new ProtocolError(message, { api, version, path, offset, outcome, cause: error })
}
