import { isObservable, Observable, type Subscriber, Subscription } from 'rxjs'
import { describe } from '../errors/check-options.js'
import { ArgumentError, ClosedError, type KafkaError } from '../errors.js'
import { bufferView } from './buffer-view.js'
import { ChunkDeque } from './chunk-deque.js'
import { follow } from './follow.js'
import { plainTerms, type ReadTerms } from './read-terms.js'

/**
 * A source of bytes that is read by demand, in turns, and takes back what a reader did not use.
 *
 * Subscribed means wanting more; who has enough unsubscribes, and the source is left alone. One reader reads at a time,
 * the next waits its turn, first come first served. {@link receive}, {@link tryReceive} and {@link decodeFrames} give
 * back what they read and did not emit, so that the next reader sees every byte once.
 *
 * ```text
 * chunks              --abcd------efgh--|
 * receive(3), take(1) --(abc|)
 * the next reader     --d---------efgh--|
 * ```
 *
 * A reader that has been told of the end completes; every later one gets a {@link ClosedError}.
 *
 * @example
 * const [header, body] = [receive(4), receive(16)]
 * connection.pipe(header, take(1)).subscribe(bytes => console.log('header', bytes))
 * connection.pipe(body, take(1)).subscribe(bytes => console.log('body', bytes))
 */
export class ByteSource extends Observable<Buffer> {
  /** @internal */
  readonly terms: ReadTerms
  readonly #source: Observable<Uint8Array>
  /** How much is read while nobody wants it. */
  readonly #readAhead: number
  readonly #held = new ChunkDeque()
  /** Whose turn it is. */
  #reader: Subscriber<Buffer> | undefined
  /** Who waits, in order. */
  readonly #waiting = new Set<Subscriber<Buffer>>()
  /** How a reader that holds bytes gives them back. */
  readonly #holders = new WeakMap<Subscription, () => void>()
  /** Stands before the first of them. Kept: one begun anew would pass over all who had left, every time. */
  #turns = this.#waiting.values()
  /** Set while the source is subscribed to. */
  #upstream: Subscription | undefined
  /** Set when no more bytes will come; `told` once a reader knows. */
  #end: { readonly error: KafkaError | undefined; told: boolean } | undefined
  /** True while chunks are handed out: whoever adds some or takes a turn meanwhile is served by that loop. */
  #delivering = false
  #deliveryScheduled = false

  /** @internal */
  constructor(source: Observable<Uint8Array>, terms: ReadTerms, readAhead: number) {
    super(subscriber => this.#enter(subscriber))
    this.#source = source
    this.terms = terms
    this.#readAhead = readAhead
  }

  /**
   * Gives bytes back: they are the first thing that the next reader sees, one who already waits included. The last
   * unread is the first read. To be called as one's own read ends, or later: one that goes on reads them again.
   *
   * @example
   * connection.pipe(tryReceive(16), take(1)).subscribe(bytes => connection.unread(bytes.subarray(4)))
   */
  unread(bytes: Uint8Array): void {
    const chunk = bufferView(bytes)
    // Called from inside `next` or `complete`, it comes before what the read that ends is about to give back.
    if (this.#reader !== undefined) this.#holders.get(this.#reader)?.()
    this.giveBack(chunk)
  }

  /** Puts back what a reader read and did not emit. @internal */
  giveBack(chunk: Buffer): void {
    if (this.#end?.told) return
    this.#held.unshift(chunk)
    this.#scheduleDelivery()
  }

  /** Has `giveBack` called when what this reader holds has to come back before it ends. @internal */
  holds(reader: Subscription, giveBack: () => void): void {
    this.#holders.set(reader, giveBack)
  }

  /** Whether this reader waits behind another. @internal */
  isWaiting(reader: Subscription): boolean {
    return this.#waiting.has(reader as Subscriber<Buffer>)
  }

  /** Reads ahead, if that is wanted, before anybody subscribes. @internal */
  readAhead(): void {
    this.#adjustDemand()
  }

  /** Called with every chunk as it comes. @internal */
  protected onChunk(_chunk: Buffer): void {}

  /** Called when the source has completed and its readers know. @internal */
  protected onEnd(): void {}

  /** Nothing more will come: readers get what is held, then the end or the error. @internal */
  protected finish(error?: KafkaError): void {
    if (this.#end !== undefined) return
    this.#end = { error, told: false }
    this.#stop()
    if (!this.#delivering) this.#deliver()
    // A failure is told before anybody else hears of it. A clean end waits for what the reader may yet give back.
    else if (error !== undefined && this.#held.bytes === 0) this.#tell()
  }

  /** Nothing more is given out, not even what is held. @internal */
  protected abandon(error: KafkaError): void {
    this.#end = { error, told: true }
    this.#stop()
    this.#held.clear()
    this.#tellReaders(reader => reader.error(error))
  }

  #enter(subscriber: Subscriber<Buffer>): Subscription {
    if (this.#end?.told) return this.terms.turns.schedule(() => subscriber.error(this.#closedError()))
    if (this.#reader === undefined) {
      this.#reader = subscriber
      this.#scheduleDelivery()
    } else this.#waiting.add(subscriber)
    return new Subscription(() => this.#leave(subscriber))
  }

  #leave(subscriber: Subscriber<Buffer>): void {
    this.#waiting.delete(subscriber)
    if (this.#reader !== subscriber) return
    const next = this.#nextWaiting()
    this.#reader = next
    if (next !== undefined) {
      this.#waiting.delete(next)
      this.#scheduleDelivery()
    } else if (!this.#delivering) this.#adjustDemand()
  }

  #nextWaiting(): Subscriber<Buffer> | undefined {
    const turn = this.#turns.next()
    if (!turn.done) return turn.value
    // At its end it stays there, whoever comes later.
    this.#turns = this.#waiting.values()
    return this.#turns.next().value
  }

  /** Serves a reader that came on the next turn: were it inside its own subscribe, `repeat()` would recurse. */
  #scheduleDelivery(): void {
    if (this.#deliveryScheduled || this.#delivering || this.#reader === undefined) return
    if (this.#upstream !== undefined && this.#held.bytes === 0) return
    this.#deliveryScheduled = true
    this.terms.turns.schedule(() => {
      this.#deliveryScheduled = false
      this.#deliver()
    })
  }

  #deliver(): void {
    if (this.#delivering) return
    this.#delivering = true
    while (this.#reader !== undefined) {
      const chunk = this.#held.shift()
      if (chunk === undefined) break
      this.#reader.next(chunk)
    }
    this.#delivering = false
    if (this.#end === undefined) this.#adjustDemand()
    else this.#tell()
  }

  #tell(): void {
    const end = this.#end
    if (end === undefined || this.#reader === undefined) return
    end.told = true
    this.#tellReaders(reader => (end.error === undefined ? reader.complete() : reader.error(end.error)))
  }

  #tellReaders(tell: (reader: Subscriber<Buffer>) => void): void {
    const readers = this.#reader === undefined ? [] : [this.#reader, ...this.#waiting]
    this.#reader = undefined
    this.#waiting.clear()
    readers.forEach(tell)
  }

  #closedError(): ClosedError {
    const { from } = this.terms
    const cause = this.#end?.error
    if (cause instanceof ClosedError) return cause
    if (cause === undefined) return new ClosedError(`nothing more can be read${from}: the peer has closed`)
    return new ClosedError(`nothing more can be read${from}: ${cause.message}`, { cause })
  }

  #adjustDemand(): void {
    if (this.#reader === undefined && this.#held.bytes >= this.#readAhead) this.#stop()
    else if (this.#upstream === undefined && this.#end === undefined) this.#read()
  }

  #read(): void {
    const upstream = new Subscription()
    this.#upstream = upstream
    follow(this.#source, upstream, {
      next: bytes => this.#arrived(bytes),
      error: error => this.#sourceFailed(error),
      complete: () => {
        this.finish()
        this.onEnd()
      },
    })
  }

  #arrived(bytes: Uint8Array): void {
    try {
      const chunk = bufferView(bytes)
      this.onChunk(chunk)
      this.#held.push(chunk)
    } catch (error) {
      this.#sourceFailed(error)
    }
    this.#deliver()
  }

  /** Who reads now and who waits is told; as with any Observable, who comes later may find the source mended. */
  #sourceFailed(error: unknown): void {
    this.#stop()
    this.#tellReaders(reader => reader.error(error))
  }

  #stop(): void {
    const upstream = this.#upstream
    this.#upstream = undefined
    upstream?.unsubscribe()
  }
}

/**
 * Makes any source of bytes that can be left and resumed a {@link ByteSource}, so that operators over it give back what
 * they did not use.
 *
 * Needed after `tap` or `map` over a connection: without it, an operator that is left in mid-slice has nobody to give
 * the bytes back to, and they are dropped. The source is subscribed to while somebody reads, and only then.
 *
 * @example
 * const logged = byteSource(connection.pipe(tap(chunk => console.log(chunk.length))))
 * logged.pipe(receive(4), take(1)).subscribe(console.log)
 */
export function byteSource(source: Observable<Uint8Array>): ByteSource {
  if (!isObservable(source)) throw new ArgumentError(`byteSource reads an Observable; got ${describe(source)}`)
  return new ByteSource(source, plainTerms, 0)
}

/** What an operator reads from: the source's own, or the defaults of one that is not a {@link ByteSource}. */
export function termsOf(source: Observable<unknown>): ReadTerms {
  return source instanceof ByteSource ? source.terms : plainTerms
}
