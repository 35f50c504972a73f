import {
  catchError,
  concat,
  defer,
  EMPTY,
  ignoreElements,
  Observable,
  type SchedulerLike,
  Subject,
  type Subscription,
  tap,
  throwError,
  timer,
} from 'rxjs'
import type { BrokerOptions, MeantBroker, MeantBrokerOptions } from '../broker/broker-options.js'
import { type Broker, broker } from '../broker/index.js'
import { BrokerError, ConnectError, ConnectionError, type KafkaError } from '../errors.js'
import { errors } from '../protocol/error-codes.js'
import { isHopeless } from './ask-any.js'
import { type Address, addressKey } from './bootstrap.js'
import type { Events } from './events.js'
import { Lane } from './lane.js'
import { Reach } from './reach.js'

/** What {@link Connections} are made of. */
export interface ConnectionsOptions {
  /** Those of every connection. */
  readonly broker: Omit<BrokerOptions, 'host' | 'port'>
  readonly scheduler: SchedulerLike
  /** Its timers keep no process alive. */
  readonly idleScheduler: SchedulerLike
  readonly idleTimeout: number
  readonly backoff: (attempt: number) => number
  readonly events: Events
  /** -1 where nobody knows. */
  readonly nodeIdAt: (address: Address) => number
  /** Whom the address is known to lead to. */
  readonly meantAt: (address: Address) => MeantBroker | undefined
  /** An open connection has failed. */
  readonly onLost: () => void
  /** Somebody else is at an address (KIP-1242). */
  readonly onMisrouted: () => void
}

/** A connection that is kept. */
interface Kept {
  readonly address: Address
  readonly lane: Lane
  readonly since: number
  /** Since when nobody has used it. */
  idleSince: number
}

/**
 * The connections of one client, by address and lane: opened when somebody needs one, shared, kept idle for a while.
 *
 * A broker reads a connection's next request when it has answered the last, so what may wait has a lane of its own. The
 * lanes of one address share their backoff.
 */
export class Connections {
  /** Emits when there is one less. */
  readonly ended = new Subject<void>()
  readonly #options: ConnectionsOptions
  readonly #kept = new Map<string, Kept>()
  readonly #reaches = new Map<string, Reach>()
  /** Set while idle ones wait for their end. */
  #sweep: Subscription | undefined
  /** For how many it is that what is idle closes at once. */
  #drainers = 0
  #hasOpened = false

  constructor(options: ConnectionsOptions) {
    this.#options = options
  }

  /** How many are open or being opened. */
  get count(): number {
    return this.#kept.size
  }

  /** Whether credentials and certificates have ever been right. */
  get hasOpened(): boolean {
    return this.#hasOpened
  }

  /** Whether there is an open connection. */
  isOpen(address: Address, lane: string): boolean {
    return this.#kept.get(laneKey(address, lane))?.lane.broker !== undefined
  }

  /** Whether there is one of any lane. */
  isOpenAt(address: Address): boolean {
    for (const kept of this.#kept.values()) {
      if (kept.lane.broker !== undefined && addressKey(kept.address) === addressKey(address)) return true
    }
    return false
  }

  /** How long the address should be left alone, in ms. */
  waitFor(address: Address): number {
    return this.#reaches.get(addressKey(address))?.wait(this.#options.scheduler.now()) ?? 0
  }

  /** Why the address cannot be reached; undefined where it can, or nobody has tried. */
  failureAt({ host, port }: Address): KafkaError | undefined {
    const key = addressKey({ host, port })
    let failure = this.#reaches.get(key)?.cause
    for (const { address, lane, since } of this.#kept.values()) {
      if (addressKey(address) !== key) continue
      if (lane.broker !== undefined) return undefined
      failure ??= new ConnectError(`not open within ${this.#options.scheduler.now() - since} ms`, { host, port })
    }
    return failure
  }

  /**
   * Lends a connection: emits the broker once it is open and stays; unsubscribing gives it back. Waits out the backoff of
   * its address first. Ends with the error of the connection, whatever it was; completes when it is let go here.
   */
  lend({ host, port }: Address, lane: string): Observable<Broker> {
    return new Observable(user => {
      const address = { host, port }
      const key = laneKey(address, lane)
      let kept = this.#kept.get(key)
      if (kept === undefined || kept.lane.hasEnded) {
        kept = { address, lane: this.#newLane(key, address), since: this.#options.scheduler.now(), idleSince: 0 }
        this.#kept.set(key, kept)
      }
      kept.lane.enter(user)
    })
  }

  /** Ends all connections to an address, for those who use them with this error. */
  letGo(address: Address, cause: KafkaError): void {
    for (const kept of [...this.#kept.values()]) {
      if (addressKey(kept.address) === addressKey(address)) kept.lane.close(cause)
    }
    this.#reaches.delete(addressKey(address))
  }

  /** While subscribed, what is idle closes at once. */
  readonly draining: Observable<never> = new Observable(() => {
    this.#drainers++
    this.#closeIdle()
    return () => {
      this.#drainers--
    }
  })

  #newLane(key: string, address: Address): Lane {
    const { events, nodeIdAt, onLost, scheduler } = this.#options
    const reach = this.#reachOf(address)
    const told = () => ({ nodeId: nodeIdAt(address), ...address })
    let isOpen = false
    const lane: Lane = new Lane({
      open: defer(() => {
        const wait = reach.wait(scheduler.now())
        const waited = wait > 0 ? timer(wait, scheduler).pipe(ignoreElements()) : EMPTY
        return concat(
          waited,
          defer(() => broker(this.#optionsFor(address))),
        )
      }).pipe(
        tap({ error: error => reach.failed(scheduler.now(), error) }),
        catchError(error => throwError(() => this.#judge(error, address, reach, isOpen))),
      ),
      opened: () => {
        isOpen = true
        this.#hasOpened = true
        reach.reached()
        events.tell({ type: 'connected', ...told() })
      },
      ended: error => {
        if (this.#kept.get(key)?.lane === lane) this.#kept.delete(key)
        if (this.#kept.size === 0) this.#stopSweep()
        if (isOpen) events.tell({ type: 'disconnected', ...told(), ...(error && { cause: error }) })
        if (isOpen && error !== undefined) onLost()
        this.ended.next()
      },
      idle: () => this.#becameIdle(key),
    })
    return lane
  }

  /** What an error means where the cluster was once reached: much that would be final may pass. */
  #judge(error: KafkaError, { host, port }: Address, reach: Reach, wasOpen: boolean): KafkaError {
    if (error instanceof BrokerError && error.number === errors.REBOOTSTRAP_REQUIRED.code) {
      this.#options.onMisrouted()
      const message = `cannot connect to ${host}:${port}: it leads to another broker than it did`
      return new ConnectError(message, { host, port, outcome: 'unsent', retriable: true, cause: error })
    }
    if (!isHopeless(error) || !this.#hasOpened || !reach.refused(this.#options.scheduler.now())) return error
    const settings = { outcome: 'unsent', retriable: true, cause: error } as const
    // What has ended an open connection may have been right at its opening: the next one tells.
    if (wasOpen) return new ConnectionError(error.message, settings)
    return new ConnectError(error.message, { host, port, ...settings })
  }

  #optionsFor(address: Address): MeantBrokerOptions {
    const { broker, meantAt } = this.#options
    return { ...broker, ...address, known: this.#knownOf(address), meant: meantAt(address) }
  }

  /** What an open connection to the same broker has learnt: with the last one it is forgotten, as it may come back another. */
  #knownOf(address: Address): Broker | undefined {
    for (const kept of this.#kept.values()) {
      if (addressKey(kept.address) === addressKey(address) && kept.lane.broker !== undefined) return kept.lane.broker
    }
    return undefined
  }

  #reachOf(address: Address): Reach {
    const key = addressKey(address)
    let reach = this.#reaches.get(key)
    if (reach === undefined) {
      reach = new Reach(this.#options.backoff)
      this.#reaches.set(key, reach)
    }
    return reach
  }

  #becameIdle(key: string): void {
    const kept = this.#kept.get(key)
    if (kept === undefined) return
    kept.idleSince = this.#options.scheduler.now()
    if (this.#drainers > 0) kept.lane.close()
    else this.#sweepIn(this.#options.idleTimeout)
  }

  /** One timer for all: who is used again meanwhile costs it nothing. */
  #sweepIn(delay: number): void {
    if (this.#sweep !== undefined || delay === Number.POSITIVE_INFINITY) return
    this.#sweep = this.#options.idleScheduler.schedule(() => {
      this.#sweep = undefined
      this.#closeOverdue()
    }, delay)
  }

  #stopSweep(): void {
    this.#sweep?.unsubscribe()
    this.#sweep = undefined
  }

  #closeOverdue(): void {
    const { scheduler, idleTimeout } = this.#options
    const now = scheduler.now()
    let next = Number.POSITIVE_INFINITY
    for (const { lane, idleSince } of [...this.#kept.values()]) {
      if (!lane.isIdle) continue
      if (idleSince + idleTimeout <= now) lane.close()
      else next = Math.min(next, idleSince + idleTimeout)
    }
    this.#sweepIn(next - now)
  }

  #closeIdle(): void {
    for (const { lane } of [...this.#kept.values()]) if (lane.isIdle) lane.close()
  }
}

function laneKey(address: Address, lane: string): string {
  return `${addressKey(address)} ${lane}`
}
