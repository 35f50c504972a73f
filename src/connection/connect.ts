import {
  defer,
  ignoreElements,
  Observable,
  type ObservableInput,
  type Subscriber,
  Subscription,
  TimeoutError,
  timer,
} from 'rxjs'
import { checkOptions } from '../errors/check-options.js'
import { ConnectError, type KafkaError } from '../errors.js'
import { checkFunction } from './check-arguments.js'
import { type ConnectOptions, type ConnectSettings, connectOptionNames, connectSettings } from './connect-options.js'
import { Connection } from './connection.js'
import { Deadlines } from './deadlines.js'
import { isTraced, trace } from './diagnostics.js'
import { follow } from './follow.js'
import { lend } from './lend.js'
import { messageOf } from './message-of.js'

/**
 * Opens a connection when subscribed, emits it once and stays; unsubscribing destroys the socket at once.
 *
 * Completes when the peer has closed and what was queued is flushed, or after `close()`: bytes have an end, so that a
 * peer that hangs up is no error here, and readers complete. To {@link broker} it is one, and `retry` sees it there.
 *
 * `firstValueFrom(connect(…))`
 * and `take(1)` unsubscribe, and so close, at once: for a connection that outlives the call use {@link open}, or give
 * `use`, whose result is mirrored and at whose end what is queued is flushed and the connection closed.
 *
 * ```text
 * connect(options)        --c-------------|     the peer closes
 * connect(options, use)   --------a---b---|     use: --a---b---|
 * ```
 *
 * @param options  see {@link ConnectOptions}
 * @param use  what to do with the connection
 * @throws {ArgumentError} at the call, when an option cannot be right
 * Errors with {@link ConnectError} (host, port, cause) when it cannot connect within `timeout`, and once open as the
 * connection fails: {@link ConnectionError}, {@link SendTimeoutError}, {@link BacklogError}.
 *
 * @example
 * connect({ host: 'localhost' }, connection => connection.pipe(decodeFrames(), map(frame => frame.length)))
 *   .pipe(retry({ count: 5, delay: 1000 }))
 *   .subscribe(length => console.log(`a frame of ${length} bytes`))
 */
export function connect(options: ConnectOptions): Observable<Connection>
export function connect<R>(options: ConnectOptions, use: (connection: Connection) => ObservableInput<R>): Observable<R>
export function connect<R>(
  options: ConnectOptions,
  use?: (connection: Connection) => ObservableInput<R>,
): Observable<Connection | R> {
  checkOptions(options, connectOptionNames, 'connect()')
  const settings = connectSettings(options)
  if (use !== undefined) checkFunction('use', use)
  const opened = new Observable<Connection>(subscriber => openConnection(settings, subscriber))
  return use === undefined ? opened : lend(opened, use, connection => connection.flushed)
}

function openConnection(settings: ConnectSettings, subscriber: Subscriber<Connection>): void {
  const { host, port, transport } = settings
  const socket = new Subscription()
  let connection: Connection | undefined

  const failed = (cause: unknown): void => {
    socket.unsubscribe()
    if (isTraced('failed')) trace('failed', { host, port, error: cause })
    subscriber.error(connectError(settings, cause))
  }
  const ended = (error?: KafkaError): void => {
    // Its readers may still have bytes to read: it is not to be closed under them.
    connection = undefined
    if (error === undefined) subscriber.complete()
    else subscriber.error(error)
  }
  subscriber.add(() => {
    if (connection === undefined) socket.unsubscribe()
    else connection.unsubscribed()
  })

  if (isTraced('connecting')) trace('connecting', { host, port })
  const deadline = connectDeadline(settings, () => failed(new TimeoutError()))
  socket.add(deadline)
  // So that one that throws fails as any other.
  const attempt = defer(() => transport(settings))
  follow(attempt, socket, {
    next: channel => {
      deadline.unsubscribe()
      const opened = new Connection(channel, settings, { destroy: () => socket.unsubscribe(), ended })
      connection = opened
      if (isTraced('connected')) trace('connected', { host, port, localPort: channel.localPort })
      subscriber.next(opened)
      // Only now: the peer may have closed already, and this would be told before the connection was given out.
      opened.readAhead()
    },
    error: error => (connection === undefined ? failed(error) : connection.fail(error)),
    complete: () => (connection === undefined ? failed(new Error('the transport gave no channel')) : connection.end()),
  })
}

/** Found overdue it waits a turn of the scheduler: the event loop may have been late. */
function connectDeadline({ timeout, scheduler }: ConnectSettings, expired: () => void): Deadlines {
  const deadlines = new Deadlines(scheduler, timer(0, scheduler).pipe(ignoreElements()))
  deadlines.add(expired).expireIn(timeout)
  return deadlines
}

function connectError({ host, port, timeout, tls }: ConnectSettings, cause: unknown): ConnectError {
  const code = String((cause as { code?: unknown } | undefined)?.code ?? '')
  const what =
    cause instanceof TimeoutError
      ? `no connection within ${timeout} ms, DNS${tls === false ? '' : ' and TLS'} included`
      : messageOf(cause)
  // Hung up on in the middle of the handshake, as each plain listener does: the message would be the same next time too.
  const isTls = tls !== false && /TLS|SSL|CERT|ISSUER|SIGNATURE|EPROTO|ECONNRESET|EPIPE/.test(code)
  const isFinal = isTls || code === 'ENOTFOUND'
  const message = `cannot connect to ${host}:${port}: ${what}${hintFor(code, what, isTls)}`
  return new ConnectError(message, { cause, host, port, retriable: !isFinal })
}

function hintFor(code: string, what: string, isTls: boolean): string {
  if (code === 'ECONNREFUSED') return '; is the broker running, and is this the port of its listener?'
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return '; is the name right, and can this machine resolve it?'
  if (/ERR_SSL|EPROTO|before secure TLS/.test(code + what) || (isTls && /ECONNRESET|EPIPE/.test(code)))
    return '; is the listener plain text?'
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return '; set `tls.servername` to a name in the certificate'
  if (/CERT|ISSUER|SIGNATURE/.test(code)) return '; give the authority that signed it as `tls.ca`'
  return ''
}
