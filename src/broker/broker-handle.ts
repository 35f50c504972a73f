import { type Observable, observeOn, throwError } from 'rxjs'
import { checkOptions, checkTimeout, describe, type OptionNames } from '../connection/check-arguments.js'
import { ArgumentError } from '../errors.js'
import type { Api } from '../protocol/api.js'
import { Produce } from '../protocol/messages/produce.js'
import type { BrokerSettings } from './broker-options.js'
import { isSecret } from './is-secret.js'
import type { Requests } from './requests.js'
import { type AnyApi, type ApiVersionRange, makeRoute, pickVersion, type Route } from './route.js'

/** Options of {@link Broker.request}. */
export interface RequestOptions {
  /** In ms from the subscribe, or `Infinity` for none. Default: the broker's `requestTimeout`. */
  readonly timeout?: number | undefined
  /** The version to ask in, instead of the highest that both sides know. */
  readonly version?: number | undefined
}

const names: OptionNames<RequestOptions> = { timeout: true, version: true }

/**
 * One broker, connected and authenticated: requests and their responses, many at a time over one connection.
 *
 * Opened by {@link broker}; not to be constructed.
 */
export class Broker {
  readonly host: string
  readonly port: number
  /** The versions that the broker knows of each API, by the API's key. */
  readonly versions: ReadonlyMap<number, ApiVersionRange>
  readonly #requests: Requests
  readonly #settings: BrokerSettings
  readonly #routes = new Map<AnyApi, Route>()

  /** @internal */
  constructor(requests: Requests, versions: ReadonlyMap<number, ApiVersionRange>, settings: BrokerSettings) {
    this.host = settings.connect.host
    this.port = settings.connect.port
    this.versions = versions
    this.#requests = requests
    this.#settings = settings
  }

  /** True once the connection has ended, for whatever reason. */
  get closed(): boolean {
    return this.#requests.ended
  }

  /**
   * Cold: asks once for each subscription, in the highest version that both sides know; emits the response as it was
   * decoded, error codes and all, and completes. Produce with `acks: 0`, which is not answered, completes without a
   * value once it is written.
   *
   * Requests of one turn leave in one write; at most `maxInFlight` are unanswered at once, the rest wait in order.
   * Unsubscribed while it waits, a request is never sent; later, its response is consumed and dropped. While the broker
   * asks for silence (`throttleTimeMs`, KIP-219), or authenticates anew, requests wait.
   *
   * ```text
   * request(a)    --(a|)        answered after 2 ms
   * request(b)    -----#        not answered within 5 ms: `timeout` runs from the subscribe
   * ```
   *
   * Bytes in a response are views of what was read, and keep that (up to 256 KiB) alive: copy what is to be kept.
   *
   * @param api  one of `kafka-rx/protocol`
   * @param body  the request as the API declares it; encoded at the subscribe
   * @throws {ArgumentError} when `timeout` or `version` cannot be right, or there is no such API
   * Errors with {@link UnsupportedVersionError} when there is no version in common, or not the one asked for; with
   * {@link ProtocolError} when the body cannot be encoded or the response cannot be decoded; with
   * {@link RequestTimeoutError}, which takes the connection with it if nothing at all was read meanwhile and no earlier
   * request may still take its time; with {@link ConnectionError} when the connection is lost, and {@link ClosedError}
   * when it is closed here or has ended before. `outcome` says whether the request was sent.
   *
   * @example
   * import { broker } from 'kafka-rx'
   * import { Metadata } from 'kafka-rx/protocol'
   *
   * broker({ host: 'localhost' }, kafka => kafka.request(Metadata, { topics: null })).subscribe(({ topics }) => {
   *   for (const { name, partitions } of topics) console.log(name, partitions.length)
   * })
   */
  request<Body, Response>(api: Api<Body, Response>, body: Body, options: RequestOptions = {}): Observable<Response> {
    checkApi(api)
    checkOptions(options, names, 'request()')
    checkTimeout(options.timeout)
    checkVersion(options.version)
    const { timeout = this.#settings.requestTimeout, version } = options
    let route: Route
    try {
      route = this.#routeOf(api, version)
    } catch (error) {
      return throwError(() => error).pipe(observeOn(this.#settings.connect.turns))
    }
    const answered = api.key !== Produce.key || (body as { readonly acks?: unknown } | null | undefined)?.acks !== 0
    const encode = () => api.request.encode(body, route.version)
    return this.#requests.call(route, encode, { timeout, answered, secret: isSecret(api.key) }) as Observable<Response>
  }

  #routeOf(api: AnyApi, pinned: number | undefined): Route {
    const known = this.#routes.get(api)
    if (known !== undefined && (pinned === undefined || pinned === known.version)) return known
    const { host, port, clientId } = { ...this.#settings.connect, ...this.#settings }
    const version = pickVersion(api, this.versions.get(api.key), pinned, `${host}:${port}`)
    const route = makeRoute(api, version, clientId)
    if (pinned === undefined) this.#routes.set(api, route)
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
