import { defer, EMPTY, ignoreElements, Observable, type SchedulerLike, Subject, Subscription, take } from 'rxjs'
import { BacklogError, type KafkaError, type Outcome, SendTimeoutError } from '../errors.js'
import type { Deadline, Deadlines } from './deadlines.js'
import { joinSmall } from './join-small.js'
import { isWrite, type Parts, PendingWrites, Write } from './pending-writes.js'
import { NEVER } from './time-bounds.js'
import type { Channel } from './transport.js'

/** The most that is handed to the kernel at once, unless one message alone is longer. */
const MAX_BATCH = 1024 * 1024

/** What the kernel is taking now. */
interface Batch {
  readonly buffers: readonly Uint8Array[]
  readonly length: number
  readonly writes: readonly Write[]
  /** How long the kernel may take, counted from when it began: the shortest timeout of all in it. */
  readonly timeout: number
  readonly due: number
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
  readonly onWritten: (buffers: readonly Uint8Array[], length: number) => void
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
  readonly #waiting = new PendingWrites()
  #batch: Batch | undefined
  #writing = Subscription.EMPTY
  /** While writers are told: those who write again from inside that gather for one batch. */
  #settling = false
  #refused: ((outcome: Outcome) => KafkaError) | undefined
  #closed = false

  constructor(options: WriteQueueOptions) {
    this.#options = options
    this.#deadline = options.deadlines.add(now => this.#expire(now))
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
  write(parts: Parts, length: number, timeout: number): Observable<number> {
    return new Observable(subscriber => {
      const refused = this.#refusal(length)
      if (refused) return this.#options.turns.schedule(() => subscriber.error(refused))
      const now = this.#options.deadlines.now()
      const write = new Write(parts, length, timeout, now + timeout, subscriber, this.#withdraw)
      this.bytes += length
      this.#waiting.push(write)
      this.#pump(now)
      if (!write.begun) this.#expireBy(write.due)
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
    const waiting = this.#waiting.takeAll()
    this.#batch = undefined
    this.bytes = 0
    for (const { subscriber } of begun) if (!subscriber.closed) subscriber.error(error('unknown'))
    for (const { subscriber } of waiting) if (!subscriber.closed) subscriber.error(error('unsent'))
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

  #pump(now?: number): void {
    if (this.#batch !== undefined || this.#settling || this.#closed || this.#waiting.first === undefined) return
    const batch = this.#nextBatch(now ?? this.#options.deadlines.now())
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

  /** What goes next; what is overdue does not go any more. */
  #nextBatch(now: number): Batch | undefined {
    const buffers: Uint8Array[] = []
    const writes: Write[] = []
    const overdue: Write[] = []
    let timeout = NEVER
    let length = 0
    for (let message = this.#waiting.first; message !== undefined; message = this.#waiting.first) {
      if (buffers.length > 0 && length + message.length > MAX_BATCH) break
      this.#waiting.shift()
      if (!isWrite(message)) {
        buffers.push(message)
        timeout = Math.min(timeout, this.#options.timeout)
      } else {
        message.begun = true
        if (message.due <= now) {
          this.bytes -= message.length
          overdue.push(message)
          continue
        }
        timeout = Math.min(timeout, message.timeout)
        if (message.parts instanceof Uint8Array) buffers.push(message.parts)
        else for (const part of message.parts) buffers.push(part)
        writes.push(message)
      }
      length += message.length
    }
    this.#waiting.compact()
    if (overdue.length > 0) this.#tellOverdue(overdue)
    if (buffers.length === 0) return undefined
    return { buffers: joinSmall(buffers), length, writes, timeout, due: now + timeout }
  }

  /** On the next turn: this may be inside another writer's subscribe. */
  #tellOverdue(overdue: readonly Write[]): void {
    this.#options.turns.schedule(() => {
      for (const { timeout, subscriber } of overdue) {
        if (!subscriber.closed) subscriber.error(this.#timedOut(timeout, false))
      }
      this.#checkDrained()
    })
  }

  #settle(batch: Batch): void {
    if (this.#closed) return
    this.#batch = undefined
    this.bytes -= batch.length
    this.#options.onWritten(batch.buffers, batch.length)
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
    this.bytes -= write.length
    this.#waiting.withdraw(write)
    this.#checkDrained()
  }

  #expireBy(due: number): void {
    if (due < this.#deadline.due) this.#deadline.expireAt(due)
  }

  #expire(now: number): void {
    if (this.#batch !== undefined && this.#batch.due <= now) {
      this.#options.onFailed(this.#timedOut(this.#batch.timeout, true))
      return
    }
    for (let write = this.#waiting.firstDue; write !== undefined; write = this.#waiting.firstDue) {
      if (write.due > now) {
        this.#expireBy(write.due)
        break
      }
      write.subscriber.error(this.#timedOut(write.timeout, false))
    }
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
