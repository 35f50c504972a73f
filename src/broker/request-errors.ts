import {
  ArgumentError,
  BacklogError,
  ClosedError,
  ConnectionError,
  type KafkaError,
  type Outcome,
  ProtocolError,
  RequestTimeoutError,
} from '../errors.js'
import type { BrokerSettings } from './broker-options.js'
import type { Request } from './request.js'
import type { Route } from './route.js'

/** What is told of requests that fail, all of one broker. */
export class RequestErrors {
  readonly #settings: BrokerSettings
  readonly #peer: string
  /** The longest request that the connection would take. */
  readonly maxBytes: number

  constructor(settings: BrokerSettings) {
    const { host, port, maxMessageBytes, maxQueuedBytes } = settings.connect
    this.#settings = settings
    this.#peer = `${host}:${port}`
    this.maxBytes = Math.min(maxMessageBytes, maxQueuedBytes)
  }

  /** Not answered in time; `isDead`: nor was anything else. */
  timedOut({ route, timeout }: Request, outcome: Outcome, isDead = false): RequestTimeoutError {
    const api = route.api.name
    if (outcome === 'unsent') {
      const message = `${this.#peer}: ${api} waited ${timeout} ms for its turn and was not sent`
      return new RequestTimeoutError(message, { api, timeout, outcome })
    }
    const fate = isDead ? ', nor was anything else read since: the connection is taken for dead' : ''
    const message = `${this.#peer}: ${api} was not answered within ${timeout} ms${fate}`
    return new RequestTimeoutError(message, { api, timeout, outcome })
  }

  /** The connection owes the answer to this one, and has been silent for as long as anybody would wait. */
  silent({ route, patience }: Request): RequestTimeoutError {
    const api = route.api.name
    const message = `${this.#peer}: nothing was read for ${patience} ms while ${api} was owed its answer: the connection is taken for dead`
    return new RequestTimeoutError(message, { api, timeout: patience, outcome: 'unknown' })
  }

  /** Lost with the connection. */
  lost({ route }: Request, outcome: Outcome, cause: KafkaError, hint = ''): KafkaError {
    const fate = outcome === 'unsent' ? 'was not sent' : 'was not answered'
    return endedBy(`${route.api.name} ${fate}: ${cause.message}${hint}`, outcome, cause)
  }

  /**
   * What it may mean that the broker hangs up before it has answered anything: a SASL listener answers ApiVersions to
   * anybody, and hangs up on what comes next. A broker that is stopped just then looks the same, so that the error stays
   * retriable.
   */
  hintOf(hangUp: KafkaError, isHandshake: boolean, bytesRead: number): string {
    const { sasl, connect } = this.#settings
    if (!(hangUp instanceof ConnectionError)) return ''
    if (isHandshake) return connect.tls === false && bytesRead === 0 ? '; is the listener TLS?' : ''
    return sasl === undefined ? ' on the first request; does the listener ask for SASL? Then give `sasl`' : ''
  }

  /** Asked after the end. */
  refused({ api }: Route, cause: KafkaError): KafkaError {
    return endedBy(`${api.name} cannot be asked of ${this.#peer}: ${cause.message}`, 'unsent', cause)
  }

  /** Its turn came, and it was not sent. */
  unsent(request: Request): unknown {
    if (request.failure !== undefined) return withOutcome(request.failure, 'unsent')
    return request.size > this.maxBytes ? this.tooLong(request.route, request.size) : this.timedOut(request, 'unsent')
  }

  tooLong({ api }: Route, size: number): ArgumentError {
    const { maxMessageBytes, maxQueuedBytes } = this.#settings.connect
    const bound = maxMessageBytes <= maxQueuedBytes ? 'maxMessageBytes' : 'maxQueuedBytes'
    const message = `${api.name} of ${size} bytes is longer than ${bound} (${this.maxBytes})`
    return new ArgumentError(message, { outcome: 'unsent' })
  }

  /** There is no room for it. */
  backlog({ api }: Route, size: number, queuedBytes: number): BacklogError {
    const { maxQueuedBytes } = this.#settings.connect
    const message = `${queuedBytes} bytes wait to be written to ${this.#peer}; ${api.name} with ${size} more would exceed maxQueuedBytes (${maxQueuedBytes}): ask again when \`drained\` has emitted`
    return new BacklogError(message, { outcome: 'unsent' })
  }

  /** An answer that belongs to no request. */
  strayAnswer(id: number, due: Request | undefined): ProtocolError {
    const wanted = due === undefined ? 'none was due' : `${due.correlationId} (${due.route.api.name}) was due`
    const message = `${this.#peer} answered correlation id ${id} where ${wanted}: its answers cannot be told apart`
    return new ProtocolError(message, { api: 'ResponseHeader', version: 0, path: 'correlationId', offset: 0 })
  }
}

/** A connection that was closed here is closed; any other end is one that a new connection may mend. */
function endedBy(message: string, outcome: Outcome, cause: KafkaError): KafkaError {
  if (cause instanceof ClosedError) return new ClosedError(message, { cause, outcome })
  return new ConnectionError(message, { cause, outcome, retriable: cause.retriable })
}

/** What the codec threw knows nothing of requests. */
export function withOutcome(error: unknown, outcome: Outcome): unknown {
  if (!(error instanceof ProtocolError)) return error
  const { message, api, version, path, offset } = error
  return new ProtocolError(message, { api, version, path, offset, outcome, cause: error })
}
