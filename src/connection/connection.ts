import {
  catchError,
  concat,
  defer,
  EMPTY,
  finalize,
  ignoreElements,
  lastValueFrom,
  type Observable,
  type Subject,
  Subscription,
  throwError,
} from 'rxjs'
import { checkOptions, type OptionNames } from '../errors/check-options.js'
import { KafkaError } from '../errors.js'
import { ByteSource } from './byte-source.js'
import { checkBytes, checkTimeout, messageLength } from './check-arguments.js'
import type { ConnectSettings } from './connect-options.js'
import {
  BY_CLOSE,
  BY_UNSUBSCRIBING,
  closedByPeer,
  closedHere,
  failed,
  lost,
  notFlushed,
  sendHasCompleted,
} from './connection-ends.js'
import { Deadlines } from './deadlines.js'
import { type ConnectionEvent, isTraced, trace } from './diagnostics.js'
import { messageOf } from './message-of.js'
import { SinkSubject } from './sink-subject.js'
import type { Channel } from './transport.js'
import { WriteQueue } from './write-queue.js'

/** How much is read while nobody reads: enough for an idle connection to notice FIN and RST at once. */
const READ_AHEAD = 64 * 1024

/** What holds a connection's socket. */
interface SocketOwner {
  /** Destroys the socket at once. */
  destroy(): void
  /** The connection has ended: of itself, or with an error. */
  ended(error?: KafkaError): void
}

/** Options of {@link Connection.write}. */
export interface WriteOptions {
  /**
   * In ms, or `Infinity` for none: how long it may wait from the subscribe, and then how long the kernel may take over
   * it from when it has begun. Default: the connection's `timeout`.
   */
  readonly timeout?: number | undefined
}

const writeOptionNames: OptionNames<WriteOptions> = { timeout: true }

/**
 * An open socket: an Observable of the chunks that it reads, and a Subject of what it writes.
 *
 * Read it as it is, or through {@link receive}, {@link tryReceive} or {@link decodeFrames}: one reader at a time, the
 * next waits its turn. While nobody reads, up to 64 KiB are read ahead, then TCP holds the peer back. Readers complete
 * when the peer closes, and get {@link ConnectionError} when the socket fails, {@link ClosedError} when it is closed
 * here or the end has been told before.
 *
 * Opened by {@link connect} and {@link open}; not to be constructed.
 *
 * @example
 * connect({ host, port }, connection => {
 *   connection.send.next(Buffer.from('ping'))
 *   return connection.pipe(receive(4), take(1))
 * }).subscribe(answer => console.log(answer.toString()))
 */
export class Connection extends ByteSource {
  /**
   * What is sent: never blocks and keeps order. What gathers while the kernel takes one batch (at most 1 MiB) is the
   * next. Do not change bytes that were sent. Not bytes, empty ones, more than `maxMessageBytes`, or a backlog above
   * `maxQueuedBytes` fail the connection, with {@link ArgumentError} or {@link BacklogError}, as does a batch that the
   * peer does not take within `timeout`, with {@link SendTimeoutError}.
   *
   * `complete()` flushes, then sends FIN, and reading goes on: so does the end of what is subscribed with it, as in
   * `source.subscribe(connection.send)`. `error(e)` fails the connection with `e` as the cause. After the end, `next`
   * is ignored, as by any stopped Subject.
   *
   * @example
   * frames.pipe(encodeFrames()).subscribe(bytes => connection.send.next(bytes))
   */
  readonly send: Subject<Uint8Array> = new SinkSubject({
    next: bytes => this.#enqueue(bytes),
    error: error => this.fail(failed(this.#peer, `send was given an error: ${messageOf(error)}`, error)),
    complete: () => this.#endSending(),
  })
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localAddress: string
  readonly localPort: number
  /**
   * Set by who reads and writes frames whose contents it knows: it dumps them itself, some of which must not be, and
   * wants to know when something was last read. @internal
   */
  carriesFrames = false

  readonly #channel: Channel
  readonly #settings: ConnectSettings
  readonly #owner: SocketOwner
  readonly #deadlines: Deadlines
  readonly #writes: WriteQueue
  readonly #subscriptions = new Subscription()
  #closed = false
  /** What it failed with, known before anybody is told. */
  #failed: KafkaError | undefined
  #bytesRead = 0
  #lastReadAt = Number.NEGATIVE_INFINITY
  #bytesWritten = 0

  /** @internal */
  constructor(channel: Channel, settings: ConnectSettings, owner: SocketOwner) {
    const { host, port, scheduler, turns, timeout, maxMessageBytes, maxQueuedBytes } = settings
    const { ioTurn = EMPTY } = channel
    const deadlines = new Deadlines(scheduler, ioTurn)
    const terms = {
      from: ` from ${host}:${port}`,
      hint: settings.tls === false ? '; is the listener TLS?' : '',
      timeout,
      maxLength: maxMessageBytes,
      scheduler,
      turns,
      ioTurn,
      deadlines,
    }
    super(channel.incoming, terms, READ_AHEAD)
    this.#channel = channel
    this.#settings = settings
    this.#owner = owner
    this.#deadlines = deadlines
    this.remoteAddress = channel.remoteAddress
    this.remotePort = channel.remotePort
    this.localAddress = channel.localAddress
    this.localPort = channel.localPort
    this.#writes = new WriteQueue({
      channel,
      deadlines,
      turns,
      timeout,
      maxQueuedBytes,
      to: ` to ${host}:${port}`,
      onWritten: (buffers, length) => this.#written(buffers, length),
      onFailed: error => this.fail(error),
    })
  }

  /** True once the connection has ended, for whatever reason. */
  get closed(): boolean {
    return this.#closed
  }

  /** How many bytes wait to be taken by the kernel, those under way included. */
  get queuedBytes(): number {
    return this.#writes.bytes
  }

  /** How many bytes have come from the socket, read by somebody or not. */
  get bytesRead(): number {
    return this.#bytesRead
  }

  /** When bytes last came, by the scheduler's clock, where it carries frames; -Infinity before. @internal */
  get lastReadAt(): number {
    return this.#lastReadAt
  }

  /** How many bytes the kernel has taken. */
  get bytesWritten(): number {
    return this.#bytesWritten
  }

  /**
   * Cold: queues the bytes, behind what was sent before, when subscribed; emits their count and completes when this
   * machine's kernel has taken them, which says nothing of the peer.
   *
   * Unsubscribed or timed out while they wait, they are withdrawn whole and the connection lives; overdue, they are not
   * sent any more. Once begun they go out whole even if unsubscribed, and have `timeout` anew, however long they waited:
   * if the kernel has not taken them by then, the connection fails.
   *
   * ```text
   * write(a)    --(4|)       4 bytes taken after 2 ms
   * ```
   *
   * @param bytes  one message, in one part or several; not to be changed until it is written
   * @throws {ArgumentError} for what is not bytes, none, or more than `maxMessageBytes`
   * Errors with {@link SendTimeoutError} (`started` tells the two cases apart), {@link BacklogError} when the queue is
   * full, {@link ClosedError} after the end, and as the connection does. `outcome` says whether anything was sent.
   *
   * @example
   * from(messages).pipe(concatMap(message => connection.write(message))).subscribe()
   */
  write(bytes: Uint8Array | readonly Uint8Array[], options: WriteOptions = {}): Observable<number> {
    checkOptions(options, writeOptionNames, 'write()')
    checkTimeout(options.timeout)
    const length = messageLength(bytes, this.#settings.maxMessageBytes)
    return this.#writes.write(bytes, length, options.timeout ?? this.#settings.timeout)
  }

  /** Destroys the socket at once; idempotent. Pending readers and writers end with {@link ClosedError}. */
  close(): void {
    this.#close(BY_CLOSE)
  }

  /** Nobody is subscribed to what opened it. @internal */
  unsubscribed(): void {
    this.#close(BY_UNSUBSCRIBING)
  }

  #close(by: string): void {
    const wasClosed = this.#closed
    this.#stop('closed')
    this.abandon(closedHere(this.#peer, by))
    this.#writes.close(outcome => closedHere(this.#peer, by, outcome))
    if (!wasClosed) this.#owner.ended()
  }

  /**
   * Ends the connection with care: flushes, sends FIN, reads to the peer's end, in all at most `timeout` ms, then
   * closes. Never rejects.
   *
   * @example
   * await using connection = await open({ host, port })
   */
  [Symbol.asyncDispose](): Promise<void> {
    this.send.complete()
    this.#deadlines.add(() => this.close()).expireIn(this.#settings.timeout)
    const toTheEnd = concat(this.flushed, this.pipe(ignoreElements())).pipe(
      catchError(() => EMPTY),
      finalize(() => this.close()),
    )
    return lastValueFrom(toTheEnd, { defaultValue: undefined })
  }

  /** From now on the socket and its deadlines keep the process alive, as until {@link Connection.unref}. @internal */
  ref(): void {
    this.#channel.ref?.()
    this.#deadlines.ref()
  }

  /** From now on they do not. @internal */
  unref(): void {
    this.#channel.unref?.()
    this.#deadlines.unref()
  }

  /** Those of this connection, which end with it. @internal */
  get deadlines(): Deadlines {
    return this.#deadlines
  }

  /** Completes once what is queued has been written; errors as the connection does. @internal */
  get flushed(): Observable<never> {
    return concat(
      this.#writes.flushed,
      defer(() => (this.#failed === undefined ? EMPTY : throwError(() => this.#failed))),
    )
  }

  /** Destroys the socket, then tells readers, writers and `connect()`, in that order. @internal */
  fail(cause: unknown): void {
    if (this.#closed) return
    const error = cause instanceof KafkaError ? cause : failed(this.#peer, messageOf(cause), cause)
    this.#failed = error
    this.#stop('failed', error)
    this.finish(error)
    this.#writes.close(outcome => lost(error, outcome))
    this.#owner.ended(error)
  }

  /** The socket has ended cleanly. @internal */
  end(): void {
    if (this.#closed) return
    this.#stop('closed')
    this.finish()
    this.#writes.close(outcome => closedByPeer(this.#peer, outcome))
    this.#owner.ended()
  }

  /** @internal */
  protected override onChunk(chunk: Buffer): void {
    this.#bytesRead += chunk.length
    // The clock is read only where somebody asks for it.
    if (this.carriesFrames) this.#lastReadAt = this.#deadlines.now()
    if (isTraced('read')) {
      trace('read', { ...this.#event(), bytes: chunk.length }, this.carriesFrames ? [] : [chunk])
    }
  }

  /** The peer has sent FIN, and readers know: what is queued is still flushed. @internal */
  protected override onEnd(): void {
    if (isTraced('end')) trace('end', this.#event())
    const { timeout } = this.#settings
    this.#deadlines.add(() => this.fail(notFlushed(this.#peer, timeout))).expireIn(timeout)
    this.#subscriptions.add(this.#writes.flushed.subscribe({ complete: () => this.end() }))
  }

  get #peer(): string {
    return `${this.#settings.host}:${this.#settings.port}`
  }

  #event(): ConnectionEvent {
    const { host, port } = this.#settings
    return { host, port, localPort: this.localPort }
  }

  #enqueue(bytes: Uint8Array): void {
    try {
      // One part only, unlike write().
      checkBytes(bytes)
      messageLength(bytes, this.#settings.maxMessageBytes)
    } catch (error) {
      this.fail(error)
      return
    }
    const refused = this.#writes.push(bytes)
    if (refused) this.fail(refused)
  }

  #endSending(): void {
    if (this.#closed) return
    this.#writes.refuse(outcome => sendHasCompleted(this.#peer, outcome))
    this.#subscriptions.add(this.#writes.flushed.subscribe({ complete: () => this.#closed || this.#channel.end() }))
  }

  #written(buffers: readonly Uint8Array[], length: number): void {
    this.#bytesWritten += length
    if (isTraced('written')) {
      trace('written', { ...this.#event(), bytes: length }, this.carriesFrames ? [] : buffers)
    }
  }

  #stop(why: 'closed' | 'failed', error?: KafkaError): void {
    if (this.#closed) return
    this.#closed = true
    if (isTraced(why)) trace(why, { ...this.#event(), ...(error && { error }) })
    this.#subscriptions.unsubscribe()
    this.#deadlines.unsubscribe()
    this.#owner.destroy()
    this.send.complete()
  }
}
