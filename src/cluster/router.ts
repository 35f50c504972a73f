import {
  defer,
  finalize,
  interval,
  map,
  mergeMap,
  Observable,
  retry,
  type SchedulerLike,
  Subscription,
  tap,
  timer,
} from 'rxjs'
import { brokerError } from '../broker/broker-error.js'
import type { Broker } from '../broker/index.js'
import { BrokerError, ClosedError, ConnectError, ConnectionError, KafkaError, RequestTimeoutError } from '../errors.js'
import type { Api } from '../protocol/api.js'
import { type Answer, askAny, type Candidate, isHopeless } from './ask-any.js'
import type { Address } from './bootstrap.js'
import type { Events } from './events.js'
import { laneOf } from './lane-of.js'
import type { Destination, RequestTarget } from './request-target.js'
import { findErrorCode } from './routing-error.js'
import { withBroker } from './with-broker.js'

/** A body, or what makes one for the broker that will be asked. */
export type BodyFor<Body> = Body | ((broker: Broker) => Body)

/** One request, wherever it has to go. */
export interface Routed<Body> {
  readonly body: BodyFor<Body>
  readonly to: RequestTarget
  /** In ms from the subscribe, repetitions included. */
  readonly timeout: number
  /** At most, where the broker knows newer ones. */
  readonly maxVersion?: number | undefined
  readonly version?: number | undefined
  /** Over which of the broker's connections: default by the API. */
  readonly lane?: string | undefined
}

/** What a request and its repetitions share. */
export interface Call {
  readonly due: number
  /** How many brokers have it now. */
  inFlight: number
  /** Whether one of them may have done it. */
  isUnknown: boolean
  /** What the last try failed of. */
  last: KafkaError | undefined
}

/** What has no deadline is told after so long that no server can be reached, in ms. */
const UNREACHABLE = 60_000

/** What a {@link Router} is made of. */
export interface RouterOptions {
  readonly scheduler: SchedulerLike
  readonly events: Events
  readonly backoff: (attempt: number) => number
  /** Who may be asked when anybody will do, in order. */
  readonly candidates: () => readonly Candidate[]
  readonly lend: (address: Address, lane: string) => Observable<Broker>
  readonly destinationOf: (to: Exclude<RequestTarget, 'any'>) => Destination
  /** Called when all known brokers have failed. */
  readonly onUnreachable: () => void
  /** Why no server can be reached now; undefined where one can. */
  readonly whyUnreachable: () => ConnectError | undefined
  /** Whether any server ever could be: then an outage is ridden out by who sets no time. */
  readonly wasReached: () => boolean
  readonly nodeIdAt: (address: Address) => number
  readonly isRepeatable: (api: Api<never, unknown>) => boolean
}

/** Sends requests where they have to go, and again where that may be, until they are answered or out of time. */
export class Router {
  readonly #options: RouterOptions

  constructor(options: RouterOptions) {
    this.#options = options
  }

  /** Asks until it is answered by whom it is for; emits that answer and completes. */
  request<Body, Response>(api: Api<Body, Response>, routed: Routed<Body>): Observable<Response> {
    const { scheduler } = this.#options
    const { timeout, to } = routed
    return new Observable(subscriber => {
      const call = newCall(scheduler.now() + timeout)
      const life = new Subscription()
      subscriber.add(life)
      life.add(this.#limit(api.name, timeout, call, error => subscriber.error(error)))
      const once =
        to === 'any'
          ? defer(() => this.askAnybody(api, routed, call)).pipe(map(({ value }) => value))
          : this.#ask(api, routed, this.#options.destinationOf(to), call)
      const again = (error: unknown, attempt: number): Observable<unknown> => {
        if (!this.#mayRepeat(api, error) || scheduler.now() >= call.due) throw error
        call.last = error
        return this.#wait(api.name, error, attempt)
      }
      life.add(once.pipe(retry({ delay: again })).subscribe(subscriber))
    })
  }

  /** Asks one after another until one answers, once. */
  askAnybody<Body, Response>(api: Api<Body, Response>, routed: Routed<Body>, call: Call): Observable<Answer<Response>> {
    const { scheduler, onUnreachable, candidates, isRepeatable } = this.#options
    const ask = ({ address }: Candidate) => this.#askAt(address, api, routed, call)
    // Past the deadline nobody else is asked.
    const isFinal = (error: unknown) => !this.#mayRepeat(api, error) || scheduler.now() >= call.due
    return askAny(candidates(), ask, { scheduler, onUnreachable, isFinal, mayHedge: isRepeatable(api) })
  }

  #ask<Body, Response>(
    api: Api<Body, Response>,
    routed: Routed<Body>,
    { find, wrong, forget }: Destination,
    call: Call,
  ): Observable<Response> {
    return find.pipe(
      mergeMap(address =>
        this.#askAt(address, api, routed, call).pipe(
          map(response => {
            const code = findErrorCode(response, wrong)
            if (code === undefined) return response
            throw brokerError(code, `${api.name} of ${address.host}:${address.port}`)
          }),
        ),
      ),
      tap({ error: forget }),
    )
  }

  #askAt<Body, Response>(
    address: Address,
    api: Api<Body, Response>,
    routed: Routed<Body>,
    call: Call,
  ): Observable<Response> {
    const { lend, events, nodeIdAt } = this.#options
    return withBroker(lend(address, routed.lane ?? laneOf(api)), broker => this.#send(broker, api, routed, call)).pipe(
      tap({
        next: response => {
          const { throttleTimeMs: delay = 0 } = response as { readonly throttleTimeMs?: number }
          if (delay > 0) events.tell({ type: 'throttled', nodeId: nodeIdAt(address), api: api.name, delay })
        },
        error: error => {
          if ((error as KafkaError).outcome === 'unknown') call.isUnknown = true
        },
      }),
    )
  }

  #send<Body, Response>(
    broker: Broker,
    api: Api<Body, Response>,
    { body, version, maxVersion }: Routed<Body>,
    call: Call,
  ): Observable<Response> {
    return defer(() => {
      const timeout = Math.max(call.due - this.#options.scheduler.now(), 1)
      const whole = typeof body === 'function' ? (body as (broker: Broker) => Body)(broker) : body
      call.inFlight++
      const newest = broker.versions.get(api.key)?.max ?? 0
      const asked = maxVersion !== undefined && newest > maxVersion ? maxVersion : version
      return broker.request(api, whole, { timeout, version: asked }).pipe(finalize(() => call.inFlight--))
    })
  }

  /** What certainly had no effect, or may have it twice. */
  #mayRepeat(api: Api<never, unknown>, error: unknown): error is KafkaError {
    if (!(error instanceof KafkaError) || isHopeless(error)) return false
    // Of what never came, though it was waited for.
    if (error instanceof BrokerError && error.outcome === 'unsent') return false
    if (error.outcome === 'unknown') return this.#options.isRepeatable(api)
    // The connection ended before it was sent: whatever that was of, the next one may live.
    return error.retriable || connectionEnds.some(one => error instanceof one)
  }

  /** Fails when time is over, or the cluster could never be reached and nobody set a time. */
  #limit(api: string, timeout: number, call: Call, fail: (error: KafkaError) => void): Subscription {
    const { scheduler, whyUnreachable, wasReached } = this.#options
    if (timeout === Number.POSITIVE_INFINITY) {
      return interval(UNREACHABLE, scheduler).subscribe(() => {
        const why = wasReached() ? undefined : whyUnreachable()
        if (why !== undefined) fail(why)
      })
    }
    return scheduler.schedule(() => {
      // What is in flight has the same deadline, and knows better what became of it.
      if (call.inFlight === 0) fail(outOfTime(api, timeout, call, whyUnreachable()))
    }, timeout)
  }

  #wait(what: string, cause: KafkaError, attempt: number): Observable<unknown> {
    const { events, backoff, scheduler } = this.#options
    const delay = backoff(attempt)
    events.tell({ type: 'retrying', what, attempt, delay, cause })
    return timer(delay, scheduler)
  }
}

/** How a connection may end under a request that was not sent. */
const connectionEnds = [ConnectError, ConnectionError, ClosedError]

/** A request that has not been sent. */
export function newCall(due: number): Call {
  return { due, inFlight: 0, isUnknown: false, last: undefined }
}

function outOfTime(api: string, timeout: number, call: Call, unreachable: ConnectError | undefined): KafkaError {
  if (unreachable !== undefined && !call.isUnknown) return unreachable
  const cause = call.last ?? unreachable
  const why = cause === undefined ? '' : `; last: ${cause.message}`
  return new RequestTimeoutError(`${api} was not answered within ${timeout} ms${why}`, {
    api,
    timeout,
    outcome: call.isUnknown ? 'unknown' : (cause?.outcome ?? 'unsent'),
    ...(cause && { cause }),
  })
}
