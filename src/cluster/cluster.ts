import { Observable, type SchedulerLike, Subject } from 'rxjs'
import { factsOf } from '../broker/api-facts.js'
import type { MeantBroker } from '../broker/broker-options.js'
import type { Broker } from '../broker/index.js'
import { ConnectError, ConnectionError } from '../errors.js'
import type { Api } from '../protocol/api.js'
import { FindCoordinator } from '../protocol/messages/find-coordinator.js'
import { Metadata as MetadataApi, type MetadataResponse } from '../protocol/messages/metadata.js'
import { type Answer, type Candidate, isHopeless, unreachable } from './ask-any.js'
import { backoff } from './backoff.js'
import { type Address, addressKey, shuffle } from './bootstrap.js'
import { Connections } from './connections.js'
import { Coordinators } from './coordinators.js'
import { Events } from './events.js'
import type { KafkaSettings } from './kafka-options.js'
import { REST } from './lane-of.js'
import { Metadata } from './metadata.js'
import { MetadataMachine, type Question } from './metadata-machine.js'
import { destinationOf } from './request-target.js'
import { newCall, type Routed, Router } from './router.js'
import { nothingKnown, type View } from './view.js'

/**
 * A cluster as the storeys above need it: what is known of it, connections to its brokers, requests that find their way.
 *
 * Holds nothing by itself: what is open is so because somebody subscribes, or did a while ago.
 */
export class Cluster {
  readonly settings: KafkaSettings
  readonly events = new Events()
  readonly metadata: Metadata
  readonly #connections: Connections
  readonly #coordinators: Coordinators
  readonly #router: Router
  /** The brokers that were known last. */
  #nodes: View['nodes'] = nothingKnown.nodes
  /** The same where none of them can be reached: they may come back, and the bootstrap servers have gone for good. */
  #formerNodes: View['nodes'] = nothingKnown.nodes
  /** For how many things that nobody subscribes to any more the cluster is still needed. */
  #held = 0
  readonly #letGo = new Subject<void>()

  constructor(settings: KafkaSettings) {
    const { scheduler, idleScheduler, idleTimeout, metadataMaxAge, requestTimeout } = settings
    const { events } = this
    this.settings = settings
    this.#connections = new Connections({
      broker: settings.broker,
      scheduler,
      idleScheduler,
      idleTimeout,
      backoff: this.backoff,
      events,
      nodeIdAt: address => this.#nodeIdAt(address),
      meantAt: address => this.#meantAt(address),
      onLost: () => this.metadata.stale(),
      onMisrouted: () => this.metadata.bootstrapAgain(),
    })
    this.metadata = new Metadata({
      machine: new MetadataMachine({ maxAge: metadataMaxAge, backoff: this.backoff }),
      ask: question => this.#askMetadata(question, requestTimeout),
      isHopeless,
      scheduler,
      events,
      onView: (before, after) => this.#viewChanged(before, after),
    })
    this.#coordinators = new Coordinators(body =>
      this.request(FindCoordinator, { body, to: 'any', timeout: requestTimeout }),
    )
    this.#router = new Router({
      scheduler,
      events,
      backoff: this.backoff,
      candidates: () => this.#candidates(),
      lend: (address, lane) => this.#connections.lend(address, lane),
      destinationOf: to => destinationOf(to, this.metadata, this.#coordinators, () => scheduler.now()),
      onUnreachable: () => this.#bootstrapAgain(),
      whyUnreachable: () => this.#whyUnreachable(),
      wasReached: () => this.#connections.hasOpened,
      nodeIdAt: address => this.#nodeIdAt(address),
      isRepeatable: ({ name }) => factsOf(name).repeatable,
    })
  }

  get scheduler(): SchedulerLike {
    return this.settings.scheduler
  }

  /** The ms to wait after failure number `attempt`. */
  readonly backoff = (attempt: number): number => backoff(this.settings.retryBackoff, attempt, this.settings.random)

  /**
   * Borrows a connection to a node: emits the broker once it is open and stays; unsubscribing gives it back. Ends with
   * the error of the connection; whoever needs it still subscribes again, and waits out the backoff that way.
   */
  connection(nodeId: number, lane: string): Observable<Broker> {
    return new Observable(subscriber => {
      const node = this.metadata.view.nodes.get(nodeId)
      if (node !== undefined)
        return this.#connections.lend({ host: node.host, port: node.port }, lane).subscribe(subscriber)
      const message = `node ${nodeId} is not, or no longer, a broker of the cluster`
      return this.scheduler.schedule(() =>
        subscriber.error(new ConnectError(message, { host: '', port: 0, outcome: 'unsent' })),
      )
    })
  }

  /** One request, sent where it has to go, and again inside its time where that may be; see {@link Router.request}. */
  request<Body, Response>(api: Api<Body, Response>, routed: Routed<Body>): Observable<Response> {
    return this.#router.request(api, routed)
  }

  /** The same, and while it is subscribed to `released` waits. */
  during<T>(work: Observable<T>): Observable<T> {
    return new Observable(subscriber => {
      const letGo = this.hold()
      subscriber.add(work.subscribe(subscriber))
      subscriber.add(letGo)
    })
  }

  /** Until what it returns is called, `released` waits. */
  hold(): () => void {
    let isHeld = true
    this.#held++
    return () => {
      if (!isHeld) return
      isHeld = false
      this.#held--
      this.#letGo.next()
    }
  }

  /** Emits once and completes when nothing is open or under way; meanwhile what is idle closes at once. */
  readonly released: Observable<void> = new Observable(subscriber => {
    const check = () => {
      if (this.#held > 0 || this.#connections.count > 0) return
      subscriber.next()
      subscriber.complete()
    }
    subscriber.add(this.#connections.draining.subscribe())
    subscriber.add(this.#connections.ended.subscribe(check))
    subscriber.add(this.#letGo.subscribe(check))
    subscriber.add(this.scheduler.schedule(check))
  })

  #askMetadata({ topics, create }: Question, timeout: number): Observable<Answer<MetadataResponse>> {
    const body = {
      topics: topics === 'all' ? null : topics.map(name => ({ name })),
      allowAutoTopicCreation: create,
    }
    const due = this.scheduler.now() + timeout
    return this.#router.askAnybody(MetadataApi, { body, to: 'any', timeout }, newCall(due))
  }

  /** Those that may be asked when anybody will do: with an open connection first, then those not just failed. */
  #candidates(): readonly Candidate[] {
    const { random, bootstrap } = this.settings
    const nodes: readonly Address[] = shuffle(this.metadata.view.nodes.values(), random)
    const rank = (address: Address) =>
      this.#connections.isOpen(address, REST) ? -1 : this.#connections.waitFor(address)
    const known = nodes
      .map(({ host, port }) => ({ host, port }))
      .sort((a, b) => rank(a) - rank(b))
      .map(address => ({ address, isBootstrap: false }))
    const keys = new Set(known.map(({ address }) => addressKey(address)))
    const others = [...shuffle(bootstrap, random), ...shuffle(this.#formerNodes.values(), random)].flatMap(
      ({ host, port }) => {
        const address = { host, port }
        if (keys.has(addressKey(address))) return []
        keys.add(addressKey(address))
        return [{ address, isBootstrap: true }]
      },
    )
    return [...known, ...others]
  }

  /** Names every server that may be asked, and why it cannot be; undefined where one can. */
  #whyUnreachable(): ConnectError | undefined {
    const failures = this.#candidates().map(({ address }) => ({ address, error: this.#connections.failureAt(address) }))
    const isTried = failures.some(({ error }) => error !== undefined)
    if (!isTried || failures.some(({ address }) => this.#connections.isOpenAt(address))) return undefined
    return unreachable(failures.map(({ address, error = new Error('not tried yet') }) => ({ address, error })))
  }

  #bootstrapAgain(): void {
    this.#formerNodes = this.#nodes
    this.metadata.bootstrapAgain()
  }

  #viewChanged(before: View, after: View): void {
    if (before.clusterId !== after.clusterId) this.#coordinators.forgetAll()
    // Those that are not known for the moment have not left.
    if (before.nodes === after.nodes || after.nodes.size === 0) return
    const known = this.#nodes
    this.#nodes = after.nodes
    this.#formerNodes = nothingKnown.nodes
    for (const { id, host, port } of known.values()) {
      if (isAt(after, { host, port })) continue
      const message = `node ${id} at ${host}:${port} has left the cluster`
      this.#connections.letGo({ host, port }, new ConnectionError(message, { outcome: 'unknown' }))
    }
  }

  #nodeIdAt({ host, port }: Address): number {
    for (const node of this.metadata.view.nodes.values()) if (node.host === host && node.port === port) return node.id
    return -1
  }

  /** Whom an address is known to lead to. */
  #meantAt(address: Address): MeantBroker | undefined {
    const { clusterId } = this.metadata.view
    const nodeId = this.#nodeIdAt(address)
    return clusterId === null || nodeId < 0 ? undefined : { clusterId, nodeId }
  }
}

function isAt({ nodes }: View, { host, port }: Address): boolean {
  for (const node of nodes.values()) if (node.host === host && node.port === port) return true
  return false
}
