import {
  defer,
  EMPTY,
  ignoreElements,
  Observable,
  type SchedulerLike,
  Subject,
  type Subscriber,
  Subscription,
  take,
  type Unsubscribable,
} from 'rxjs'
import { BacklogError, type KafkaError, type Outcome, SendTimeoutError } from '../errors.js'
import type { Deadline, Deadlines } from './deadlines.js'
import { joinSmall } from './join-small.js'
import type { Channel } from './transport.js'

/** The most that is handed to the kernel at once, unless one message alone is longer. */
const MAX_BATCH = 1024 * 1024
const NEVER = Number.POSITIVE_INFINITY

type Parts = Uint8Array | readonly Uint8Array[]

/**
 * A write that somebody waits for, and what unsubscribing from it does.
 *
 * One object, without closures or arrays of its own: where many writes wait at once, the memory they keep alive is what
 * they cost, since the garbage collector copies it.
 */
class Write implements Unsubscribable {
  /** Emptied when it is withdrawn. */
  parts: Parts
  readonly length: number
  readonly timeout: number
  readonly due: number
  readonly secret: boolean
  readonly subscriber: Subscriber<number>
  /** Begun, it goes out whole; until then it can be withdrawn whole. */
  begun = false
  readonly #withdraw: (write: Write) => void

  constructor(
    parts: Parts,
    length: number,
    timeout: number,
    due: number,
    secret: boolean,
    subscriber: Subscriber<number>,
    withdraw: (write: Write) => void,
  ) {
    this.parts = parts
    this.length = length
    this.timeout = timeout
    this.due = due
    this.secret = secret
    this.subscriber = subscriber
    this.#withdraw = withdraw
  }

  unsubscribe(): void {
    this.#withdraw(this)
  }
}

/** What `send` was given is queued as the bare bytes. */
type Message = Uint8Array | Write

/** What the kernel is taking now. */
interface Batch {
  readonly buffers: readonly Uint8Array[]
  readonly length: number
  readonly writes: readonly Write[]
  /** Whether there are credentials in it. */
  readonly secret: boolean
  /** The earliest deadline of all in it, and how long that was. */
  readonly due: number
  readonly timeout: number
}

interface WriteQueueOptions {
  readonly channel: Channel
  readonly deadlines: Deadlines
  /** Where that is told which must not be told inside a call. */
  readonly turns: SchedulerLike
  /** Of a batch of `send`, in ms. */
  readonly timeout: number
  readonly maxQueuedBytes: number
  /** ` to localhost:9092`, for messages. */
  readonly to: string
  readonly onWritten: (buffers: readonly Uint8Array[], length: number, secret: boolean) => void
  /** The socket, or a write that had begun, has failed: nothing more can be written. */
  readonly onFailed: (error: unknown) => void
}

/**
 * All that is to be written, in order: what gathers while the kernel takes one batch is the next.
 *
 * So at most one write is under way, what waits can be withdrawn whole, and 100,000 small messages take a dozen writes.
 */
export class WriteQueue {
  /** How many bytes the kernel has not taken yet. */
  bytes = 0
  /** Completes once the kernel has taken all that is queued, or the queue is closed. */
  readonly flushed: Observable<never> = defer(() =>
    this.bytes === 0 ? EMPTY : this.#drained.pipe(take(1), ignoreElements()),
  )
  readonly #options: WriteQueueOptions
  /** The earliest of all; it may be early, where that one has ended meanwhile. */
  readonly #deadline: Deadline
  readonly #drained = new Subject<void>()
  #waiting: Message[] = []
  /** Where the first is that still waits. */
  #head = 0
  /** How many that wait are withdrawn: passed over, and swept out once they are the most. */
  #withdrawn = 0
  #batch: Batch | undefined
  #writing = Subscription.EMPTY
  /** While writers are told: those who write again from inside that gather for one batch. */
  #settling = false
  #refused: ((outcome: Outcome) => KafkaError) | undefined
  #closed = false

  constructor(options: WriteQueueOptions) {
    this.#options = options
    this.#deadline = options.deadlines.add(() => this.#expire())
  }

  /** Queues a message that nobody waits for; returns why not, if so. */
  push(bytes: Uint8Array): KafkaError | undefined {
    const refused = this.#refusal(bytes.length)
    if (refused) return refused
    this.bytes += bytes.length
    this.#waiting.push(bytes)
    this.#pump()
    return undefined
  }

  /** Queues a message when subscribed; emits its length once the kernel has taken it. */
  write(parts: Parts, length: number, timeout: number, secret: boolean): Observable<number> {
    return new Observable(subscriber => {
      const refused = this.#refusal(length)
      if (refused) return this.#options.turns.schedule(() => subscriber.error(refused))
      const due = timeout === NEVER ? NEVER : this.#options.deadlines.now() + timeout
      const write = new Write(parts, length, timeout, due, secret, subscriber, this.#withdraw)
      this.bytes += length
      this.#waiting.push(write)
      this.#expireBy(due)
      this.#pump()
      return write
    })
  }

  /** Takes no more from now on; what is queued still goes out. */
  refuse(error: (outcome: Outcome) => KafkaError): void {
    this.#refused ??= error
  }

  /** Ends every writer with the error for what became of it, now and later. */
  close(error: (outcome: Outcome) => KafkaError): void {
    if (this.#closed) return
    this.#closed = true
    this.#refused = error
    this.#deadline.unsubscribe()
    this.#writing.unsubscribe()
    const begun = this.#batch?.writes ?? []
    const waiting = this.#waiting.slice(this.#head).filter(isWrite)
    this.#batch = undefined
    this.#waiting = []
    this.#head = 0
    this.bytes = 0
    for (const { subscriber } of begun) subscriber.error(error('unknown'))
    for (const { subscriber } of waiting) subscriber.error(error('unsent'))
    this.#drained.next()
  }

  #refusal(length: number): KafkaError | undefined {
    if (this.#refused !== undefined) return this.#refused('unsent')
    const { maxQueuedBytes, to } = this.#options
    if (this.bytes + length <= maxQueuedBytes) return undefined
    const backlog = `${this.bytes} bytes wait to be written${to}`
    return new BacklogError(`${backlog}; ${length} more would exceed maxQueuedBytes (${maxQueuedBytes})`, {
      outcome: 'unsent',
    })
  }

  #pump(): void {
    if (this.#batch !== undefined || this.#settling || this.#closed) return
    const batch = this.#nextBatch()
    if (batch === undefined) return
    this.#batch = batch
    this.#expireBy(batch.due)
    // What ends inside this call, which may be inside a writer's own subscribe, is told on the next turn.
    const { channel, turns } = this.#options
    let inside = true
    const tell = (work: () => void) => (inside ? turns.schedule(work) : work())
    this.#writing = channel.write(batch.buffers).subscribe({
      error: error => tell(() => this.#options.onFailed(error)),
      complete: () => tell(() => this.#settle(batch)),
    })
    inside = false
  }

  #nextBatch(): Batch | undefined {
    const buffers: Uint8Array[] = []
    const writes: Write[] = []
    let length = 0
    let sent = false
    let secret = false
    for (; this.#head < this.#waiting.length; this.#head++) {
      const message = this.#waiting[this.#head] as Message
      if (buffers.length > 0 && length + message.length > MAX_BATCH) break
      // What is taken is let go, although its place stays until the sweep.
      this.#waiting[this.#head] = TAKEN
      if (!isWrite(message)) {
        buffers.push(message)
        sent = true
      } else if (message.subscriber.closed) {
        this.#withdrawn--
        continue
      } else {
        message.begun = true
        secret ||= message.secret
        if (message.parts instanceof Uint8Array) buffers.push(message.parts)
        else for (const part of message.parts) buffers.push(part)
        writes.push(message)
      }
      length += message.length
    }
    if (this.#head * 2 >= this.#waiting.length) this.#sweep()
    if (buffers.length === 0) return undefined
    const { due, timeout } = this.#earliest(writes, sent)
    return { buffers: joinSmall(buffers), length, writes, secret, due, timeout }
  }

  #earliest(writes: readonly Write[], sent: boolean): { due: number; timeout: number } {
    const { timeout, deadlines } = this.#options
    let earliest = { due: sent && timeout !== NEVER ? deadlines.now() + timeout : NEVER, timeout }
    for (const write of writes) if (write.due < earliest.due) earliest = write
    return earliest
  }

  #settle(batch: Batch): void {
    if (this.#closed) return
    this.#batch = undefined
    this.bytes -= batch.length
    this.#options.onWritten(batch.buffers, batch.length, batch.secret)
    this.#settling = true
    for (const { subscriber, length } of batch.writes) {
      subscriber.next(length)
      subscriber.complete()
    }
    this.#settling = false
    this.#pump()
    this.#checkDrained()
  }

  #checkDrained(): void {
    if (this.bytes > 0 || this.#closed) return
    this.#deadline.clear()
    this.#drained.next()
  }

  readonly #withdraw = (write: Write): void => {
    if (write.begun || this.#closed) return
    write.parts = TAKEN
    this.bytes -= write.length
    this.#withdrawn++
    if (this.#withdrawn * 2 > this.#waiting.length - this.#head) this.#sweep()
    this.#checkDrained()
  }

  /** Drops the places of what was taken or withdrawn; each place is paid for once. */
  #sweep(): void {
    const left = this.#head < this.#waiting.length ? this.#waiting.slice(this.#head) : []
    this.#waiting = this.#withdrawn > 0 ? left.filter(message => !isWrite(message) || !message.subscriber.closed) : left
    this.#head = 0
    this.#withdrawn = 0
  }

  #expireBy(due: number): void {
    if (due < this.#deadline.due) this.#deadline.expireAt(due)
  }

  #expire(): void {
    const now = this.#options.deadlines.now()
    if (this.#batch !== undefined && this.#batch.due <= now) {
      this.#options.onFailed(this.#timedOut(this.#batch.timeout, true))
      return
    }
    const writes = this.#waiting.slice(this.#head).filter(isWrite)
    for (const { due, timeout, subscriber } of writes) if (due <= now) subscriber.error(this.#timedOut(timeout, false))
    for (const { due, subscriber } of writes) if (!subscriber.closed) this.#expireBy(due)
    if (this.#batch !== undefined) this.#expireBy(this.#batch.due)
  }

  #timedOut(timeout: number, started: boolean): SendTimeoutError {
    const what = started ? 'a write that had begun' : 'a write still queued'
    const fate = started
      ? 'the connection is given up, since a begun write cannot be withdrawn'
      : 'it was withdrawn unsent'
    const message = `${what} was not taken within ${timeout} ms${this.#options.to}, which does not read: ${fate}`
    return new SendTimeoutError(message, { started })
  }
}

/** Stands in the place of what was taken from the queue. */
const TAKEN = new Uint8Array(0)

function isWrite(message: Message): message is Write {
  return !(message instanceof Uint8Array)
}
