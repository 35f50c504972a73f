import type { Subscriber, Unsubscribable } from 'rxjs'
import type { Due } from '../connection/due-heap.js'
import { NEVER } from '../connection/time-bounds.js'
import { checkTopicIds } from './by-topic-id.js'
import type { Listed } from './request-list.js'
import type { Route } from './route.js'

/**
 * Where a request stands.
 *
 * - `waiting`: not encoded, and can be withdrawn as if it had never been.
 * - `taken`: its turn has come, and others of its batch are still being encoded.
 * - `sent`: handed to the connection; somebody waits for its answer (with acks=0: for its last byte to be written).
 * - `dropped`: sent, and then unsubscribed: its answer is consumed.
 * - `late`: sent, and past its deadline: its answer is consumed.
 * - `ended`: answered, withdrawn, or lost with the connection.
 */
export type Phase = 'waiting' | 'taken' | 'sent' | 'dropped' | 'late' | 'ended'

/** How one request departs from the others. */
export interface CallOptions {
  /** In ms from the subscribe, or Infinity. Default: `requestTimeout`, and what the broker may take by design. */
  readonly timeout?: number | undefined
  /** Part of a handshake: it goes at once, and its `timeout` is how long the connection may be silent. */
  readonly urgent?: boolean
  /** How long the connection may be silent while this answer is owed, all included. Default: see {@link RequestTerms}. */
  readonly silence?: number | undefined
  readonly onWritten?: (() => void) | undefined
}

/** The same, complete. */
export interface RequestTerms {
  /** In ms from the subscribe, or Infinity. */
  readonly timeout: number
  /** Whether the time that the broker may take by design comes on top of that. */
  readonly plusWait: boolean
  /** How long nothing may be read while this one's answer is owed, in ms. */
  readonly patience: number
  /** Whether the time that the broker may take by design comes on top of that. */
  readonly patienceGrows: boolean
  /** Part of a handshake: goes at once, whatever holds the others back. */
  readonly urgent: boolean
  /** Called once the kernel has taken it. */
  readonly onWritten: (() => void) | undefined
}

/**
 * One request from its subscribe to its end, and what unsubscribing from it does: one object, without closures. Only the
 * request machine changes what is not readonly.
 */
export class Request implements Due, Listed<Request>, Unsubscribable {
  phase: Phase = 'waiting'
  correlationId = -1
  /** What the user gave, until its turn. */
  body: unknown
  /** The body as it goes on the wire, until it is handed to the connection. */
  parts: readonly Buffer[] | undefined = undefined
  /** In bytes, its header included: about, while it waits, and exactly from its turn on. */
  size: number
  timeout: number
  due: number
  patience: number
  /** For how many ms the broker may hold the answer back by design; known at its turn. */
  wait = 0
  isAnswered: boolean
  /** When it was asked for; -Infinity where that is of no use, since it has no deadline. */
  readonly askedAt: number
  /** From when on its answer is owed: when the kernel had taken it. */
  sentAt = NEVER
  /** Why it could not be encoded. */
  failure: unknown = undefined
  onWritten: (() => void) | undefined
  place = -1
  previous: Request | undefined = undefined
  next: Request | undefined = undefined
  readonly plusWait: boolean
  readonly patienceGrows: boolean
  readonly urgent: boolean
  readonly route: Route
  readonly subscriber: Subscriber<unknown>
  readonly #owner: { withdraw(request: Request): void }

  constructor(
    owner: { withdraw(request: Request): void },
    route: Route,
    body: unknown,
    { timeout, plusWait, patience, patienceGrows, urgent, onWritten }: RequestTerms,
    now: number,
    subscriber: Subscriber<unknown>,
  ) {
    this.#owner = owner
    this.route = route
    this.body = body
    this.size = route.head.length + route.weigh(body)
    this.isAnswered = typeof body !== 'object' || body === null || route.facts.isAnswered(body)
    this.timeout = timeout
    this.askedAt = timeout < NEVER ? now : Number.NEGATIVE_INFINITY
    this.due = urgent ? NEVER : now + timeout
    this.plusWait = plusWait
    this.patience = patience
    this.patienceGrows = patienceGrows
    this.urgent = urgent
    this.onWritten = onWritten
    this.subscriber = subscriber
  }

  /** Asks for the body, once, and encodes it; false when that failed. */
  encode(): boolean {
    const { route, body } = this
    this.body = undefined
    try {
      const value = typeof body === 'function' ? body() : body
      const parts = route.api.request.encodeParts(value as never, route.version)
      checkTopicIds(route, value)
      let size = route.head.length
      for (const { length } of parts) size += length
      this.parts = parts
      this.size = size
      this.isAnswered = route.facts.isAnswered(value)
      this.wait = this.isAnswered ? route.facts.waits(value) : 0
      return true
    } catch (error) {
      this.failure = error
      return false
    }
  }

  /** The kernel has taken it: told once, to whoever still waits. */
  tellWritten(): void {
    const { onWritten, subscriber } = this
    if (onWritten === undefined) return
    this.onWritten = undefined
    if (subscriber.closed) return
    try {
      onWritten()
    } catch (error) {
      subscriber.error(error)
    }
  }

  unsubscribe(): void {
    if (this.phase !== 'ended') this.#owner.withdraw(this)
  }
}
