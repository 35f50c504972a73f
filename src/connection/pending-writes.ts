import type { Subscriber, Unsubscribable } from 'rxjs'
import { type Due, DueHeap } from './due-heap.js'

/** The bytes of one message, in one part or several. */
export type Parts = Uint8Array | readonly Uint8Array[]

/**
 * A write that somebody waits for, and what unsubscribing from it does.
 *
 * One object, without closures or arrays of its own: where many writes wait at once, the memory they keep alive is what
 * they cost, since the garbage collector copies it.
 */
export class Write implements Due, Unsubscribable {
  /** Emptied when it is withdrawn. */
  parts: Parts
  readonly length: number
  readonly timeout: number
  /** Until when it may wait. */
  readonly due: number
  readonly subscriber: Subscriber<number>
  /** It waits no more: it goes out whole, or has been found overdue. */
  begun = false
  place = -1
  readonly #withdraw: (write: Write) => void

  constructor(
    parts: Parts,
    length: number,
    timeout: number,
    due: number,
    subscriber: Subscriber<number>,
    withdraw: (write: Write) => void,
  ) {
    this.parts = parts
    this.length = length
    this.timeout = timeout
    this.due = due
    this.subscriber = subscriber
    this.#withdraw = withdraw
  }

  unsubscribe(): void {
    this.#withdraw(this)
  }
}

/** What `send` was given is queued as the bare bytes. */
export type Message = Uint8Array | Write

/** Whether somebody waits for it; what `send` was given is the bare bytes. */
export function isWrite(message: Message): message is Write {
  return !(message instanceof Uint8Array)
}

/** Stands in the place of what was taken from the queue. */
const TAKEN = new Uint8Array(0)

/** What waits to be written: in order, and where some of it falls due, by its deadline. */
export class PendingWrites {
  #messages: Message[] = []
  /** Where the first is that still waits. */
  #head = 0
  /** How many that wait are withdrawn: passed over, and swept out once they are the most. */
  #withdrawn = 0
  /** The writes that wait by their deadlines: from the first expiry, which most queues never see, until none waits. */
  #byDue: DueHeap<Write> | undefined

  push(message: Message): void {
    this.#messages.push(message)
    if (this.#byDue !== undefined && isWrite(message)) this.#byDue.push(message)
  }

  /** The first that has not been withdrawn. */
  get first(): Message | undefined {
    for (; this.#head < this.#messages.length; this.#head++) {
      const message = this.#messages[this.#head] as Message
      if (!isWrite(message) || !message.subscriber.closed) return message
      this.#messages[this.#head] = TAKEN
      this.#withdrawn--
    }
    return undefined
  }

  /** Takes out the one that {@link PendingWrites.first} gave: it is let go, although its place stays until the sweep. */
  shift(): void {
    const message = this.#messages[this.#head] as Message
    if (this.#byDue !== undefined && isWrite(message)) this.#byDue.remove(message)
    this.#messages[this.#head++] = TAKEN
  }

  /** Some have been taken out: their places may be dropped. */
  compact(): void {
    if (this.#head * 2 >= this.#messages.length) this.#sweep()
  }

  withdraw(write: Write): void {
    write.parts = TAKEN
    this.#byDue?.remove(write)
    this.#withdrawn++
    if (this.#withdrawn * 2 > this.#messages.length - this.#head) this.#sweep()
  }

  /** The write that is due first. */
  get firstDue(): Write | undefined {
    if (this.#head === this.#messages.length) this.#byDue = undefined
    else this.#byDue ??= this.#inOrder()
    return this.#byDue?.first
  }

  /** Nothing waits any more: returns the writes that did. */
  takeAll(): readonly Write[] {
    const writes = this.#messages.slice(this.#head).filter(isWrite)
    this.#messages = []
    this.#byDue = undefined
    this.#head = 0
    this.#withdrawn = 0
    return writes.filter(({ subscriber }) => !subscriber.closed)
  }

  #inOrder(): DueHeap<Write> {
    const heap = new DueHeap<Write>()
    for (let at = this.#head; at < this.#messages.length; at++) {
      const message = this.#messages[at] as Message
      if (isWrite(message) && !message.subscriber.closed) heap.push(message)
    }
    return heap
  }

  /** Drops the places of what was taken or withdrawn; each place is paid for once. */
  #sweep(): void {
    const left = this.#head < this.#messages.length ? this.#messages.slice(this.#head) : []
    this.#messages = this.#withdrawn > 0 ? left.filter(one => !isWrite(one) || !one.subscriber.closed) : left
    this.#head = 0
    this.#withdrawn = 0
  }
}
