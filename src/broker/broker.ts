import { type Observable, observeOn, throwError } from 'rxjs'
import { checkFunction, checkTimeout } from '../connection/check-arguments.js'
import { checkOptions, describe, type OptionNames } from '../errors/check-options.js'
import { ArgumentError } from '../errors.js'
import type { Api } from '../protocol/api.js'
import type { BrokerSettings } from './broker-options.js'
import type { BrokerFeatures, BrokerKnowledge } from './negotiate.js'
import type { Requests } from './requests.js'
import { type AnyApi, type ApiVersionRange, makeRoute, pickVersion, type Route } from './route.js'

/** Options of {@link Broker.request}. */
export interface RequestOptions {
  /**
   * In ms from the subscribe, or `Infinity` for none: the connection's own judge then ends it. Default: the broker's
   * `requestTimeout`, and on top of that, once it is sent, for as long as the broker may take by design (`maxWaitMs` of
   * Fetch, the rebalance of JoinGroup, `timeoutMs`).
   */
  readonly timeout?: number | undefined
  /** The version to ask in, instead of the highest that both sides know. */
  readonly version?: number | undefined
  /**
   * How long the connection may be silent while it owes this answer, in ms: past that it is taken for dead. Default: the
   * `timeout`, or where that is `Infinity` the broker's `requestTimeout`, and what the broker may take by design.
   */
  readonly silence?: number | undefined
  /** Called once this machine's kernel has taken the request whole, which says nothing of the broker. */
  readonly onWritten?: (() => void) | undefined
}

const names: OptionNames<RequestOptions> = { timeout: true, version: true, silence: true, onWritten: true }

/** The routes of one API: of the highest version in common, and, by version, of those that were asked for. */
interface Routes {
  highest: Route | undefined
  readonly pinned: Map<number, Route>
}

/**
 * One broker, connected and authenticated: requests and their responses, many at a time over one connection.
 *
 * Opened by {@link broker}, whose unsubscribing closes it; not to be constructed.
 */
export class Broker implements BrokerKnowledge {
  readonly host: string
  readonly port: number
  /** The versions that the broker knows of each API, by the API's key. */
  readonly versions: ReadonlyMap<number, ApiVersionRange>
  /** The features that the cluster has agreed on. */
  readonly features: BrokerFeatures
  /**
   * Emits `undefined` once and completes when nothing waits to be written any more: what a request that met a
   * {@link BacklogError} waits for. Errors when the connection has ended.
   *
   * @example
   * broker({ host }, one =>
   *   one
   *     .request(Metadata, { topics: null })
   *     .pipe(retry({ delay: error => (error instanceof BacklogError ? one.drained : throwError(() => error)) })),
   * ).subscribe()
   */
  readonly drained: Observable<void>
  readonly #requests: Requests
  readonly #settings: BrokerSettings
  readonly #routes = new Map<AnyApi, Routes>()

  /** @internal */
  constructor(requests: Requests, { versions, features }: BrokerKnowledge, settings: BrokerSettings) {
    this.host = settings.connect.host
    this.port = settings.connect.port
    this.versions = versions
    this.features = features
    this.drained = requests.drained
    this.#requests = requests
    this.#settings = settings
  }

  /** True once the connection has ended, for whatever reason. */
  get closed(): boolean {
    return this.#requests.ended
  }

  /** How many bytes of requests wait until the kernel has taken them; `maxQueuedBytes` bounds it. */
  get queuedBytes(): number {
    return this.#requests.queuedBytes
  }

  /**
   * For how many ms the connection may be busy with answers that nobody waits for any more, as that to a long poll that
   * was unsubscribed: a broker answers in order, so that all that is asked now comes after. 0: not at all.
   */
  get busyFor(): number {
    return this.#requests.busyFor
  }

  /**
   * Cold: asks once for each subscription, in the highest version that both sides know; emits the response as it was
   * decoded, error codes and all, and completes. Produce with `acks: 0`, which is not answered, completes without a
   * value once it is written.
   *
   * Requests of one turn leave in one write; at most `maxInFlight` are unanswered at once, the rest wait in order and
   * are encoded when their turn comes. Unsubscribed or overdue while it waits, a request is never sent; later, its
   * response is consumed and dropped. While the broker asks for silence (`throttleTimeMs`, KIP-219), or authenticates
   * anew, requests wait.
   *
   * ```text
   * request(a)    --(a|)        answered after 2 ms
   * request(b)    -----#        not answered within 5 ms: `timeout` runs from the subscribe
   * ```
   *
   * Bytes in a response are views of what was read, and keep that (up to 256 KiB) alive: copy what is to be kept. Bytes
   * in the body are not copied: they must not change until the request is written.
   *
   * @param api  one of `kafka-rx/protocol`
   * @param body  the request as the API declares it, or a function that gives it and is called once its turn has come
   * @throws {ArgumentError} when an option cannot be right, or there is no such API
   * Errors with {@link UnsupportedVersionError} when there is no version in common, or not the one asked for; with
   * {@link ProtocolError} when the body cannot be encoded or the response cannot be decoded; with {@link BacklogError}
   * when more than `maxQueuedBytes` would wait, see {@link Broker.drained}; with {@link RequestTimeoutError}, alone or,
   * where the connection has been silent for as long as the oldest request on it was given, with all that is under way;
   * with {@link ConnectionError} when the connection is lost or has been, and {@link ClosedError} when it is closed here.
   * `outcome` says whether the request was sent.
   *
   * @example
   * import { broker } from 'kafka-rx'
   * import { Metadata } from 'kafka-rx/protocol'
   *
   * broker({ host: 'localhost' }, kafka => kafka.request(Metadata, { topics: null })).subscribe(({ topics }) => {
   *   for (const { name, partitions } of topics) console.log(name, partitions.length)
   * })
   */
  request<Body, Response>(
    api: Api<Body, Response>,
    body: NoInfer<Body> | (() => NoInfer<Body>),
    options: RequestOptions = {},
  ): Observable<Response> {
    checkApi(api)
    checkOptions(options, names, 'request()')
    const { timeout, version, silence, onWritten } = options
    checkTimeout(timeout)
    checkTimeout(silence, 'silence')
    checkVersion(version)
    if (onWritten !== undefined) checkFunction('onWritten', onWritten)
    let route: Route
    try {
      route = this.#routeOf(api, version)
    } catch (error) {
      return throwError(() => error).pipe(observeOn(this.#settings.connect.turns))
    }
    return this.#requests.call(route, body, { timeout, silence, onWritten }) as Observable<Response>
  }

  /** From now on the open connection keeps the process alive, as it does until {@link Broker.unref}. */
  ref(): void {
    this.#requests.connection.ref()
  }

  /** From now on it does not: for a connection that is only kept for later. */
  unref(): void {
    this.#requests.connection.unref()
  }

  #routeOf(api: AnyApi, pinned: number | undefined): Route {
    let routes = this.#routes.get(api)
    const known = pinned === undefined ? routes?.highest : routes?.pinned.get(pinned)
    if (known !== undefined) return known
    const { host, port, clientId } = { ...this.#settings.connect, ...this.#settings }
    const version = pickVersion(api, this.versions.get(api.key), pinned, `${host}:${port}`)
    const route = makeRoute(api, version, clientId)
    if (routes === undefined) {
      routes = { highest: undefined, pinned: new Map() }
      this.#routes.set(api, routes)
    }
    if (pinned === undefined) routes.highest = route
    else routes.pinned.set(pinned, route)
    return route
  }
}

function checkApi(api: AnyApi | undefined): void {
  if (typeof api?.key === 'number' && typeof api.request?.encode === 'function') return
  throw new ArgumentError(`api must be one of kafka-rx/protocol, as Metadata; got ${describe(api)}`)
}

function checkVersion(version: number | undefined): void {
  if (version === undefined || Number.isInteger(version)) return
  throw new ArgumentError(`version must be an integer; got ${describe(version)}`)
}
