import { type Observable, type Subscriber, Subscription } from 'rxjs'
import type { Broker } from '../broker/index.js'
import { ConnectionError, type KafkaError } from '../errors.js'

/** What a {@link Lane} needs of its owner. */
export interface LaneOwner {
  /** Opens the connection when subscribed, after what has to be waited; emits it once and stays. */
  readonly open: Observable<Broker>
  opened(broker: Broker): void
  /** It is over; without an error it was closed here. */
  ended(error?: KafkaError): void
  /** The last user has left. */
  idle(): void
}

/**
 * One connection that several use: opened for the first of them, kept for a while when the last has left, ended for all
 * when it fails.
 *
 * Invariant: `#users` is empty whenever nobody waits for the broker or holds it; the connection's timers and socket keep
 * the process alive only while it is not.
 */
export class Lane {
  readonly #owner: LaneOwner
  readonly #users = new Set<Subscriber<Broker>>()
  #broker: Broker | undefined
  #life = Subscription.EMPTY
  #hasEnded = false

  constructor(owner: LaneOwner) {
    this.#owner = owner
  }

  /** Undefined until it is open. */
  get broker(): Broker | undefined {
    return this.#broker
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  get isIdle(): boolean {
    return this.#users.size === 0
  }

  /** Gives the broker to the subscriber, now or once it is open, until it unsubscribes. */
  enter(user: Subscriber<Broker>): void {
    this.#users.add(user)
    user.add(() => this.#leave(user))
    if (this.#broker === undefined) {
      if (this.#users.size === 1) this.#begin()
      return
    }
    if (this.#users.size === 1) this.#broker.ref()
    user.next(this.#broker)
  }

  /** Closes the connection; with a cause, those who use it are told. */
  close(cause?: KafkaError): void {
    this.#end(cause)
  }

  #begin(): void {
    this.#life = new Subscription()
    this.#life.add(
      this.#owner.open.subscribe({
        next: broker => this.#opened(broker),
        error: error => this.#end(error),
        complete: () => this.#end(new ConnectionError('the connection has ended')),
      }),
    )
  }

  #opened(broker: Broker): void {
    this.#broker = broker
    this.#owner.opened(broker)
    for (const user of [...this.#users]) user.next(broker)
  }

  #leave(user: Subscriber<Broker>): void {
    if (!this.#users.delete(user) || this.#users.size > 0 || this.#hasEnded) return
    // One that nobody waits for any more is not worth opening.
    if (this.#broker === undefined) {
      this.#end()
      return
    }
    this.#broker.unref()
    this.#owner.idle()
  }

  #end(error?: KafkaError): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    const users = [...this.#users]
    this.#users.clear()
    // First: whoever hears that it has ended finds nothing open.
    this.#life.unsubscribe()
    this.#owner.ended(error)
    for (const user of users) {
      if (error === undefined) user.complete()
      else user.error(error)
    }
  }
}
