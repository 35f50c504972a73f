import { defer, finalize, map, mergeMap, Observable, retry, type SchedulerLike, Subscription, tap, timer } from 'rxjs'
import { brokerError } from '../broker/broker-error.js'
import type { Broker } from '../broker/index.js'
import { ConnectError, KafkaError, RequestTimeoutError } from '../errors.js'
import type { Api } from '../protocol/api.js'
import { type Answer, askAny, type Candidate, isHopeless } from './ask-any.js'
import type { Address } from './bootstrap.js'
import type { Events } from './events.js'
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
  readonly version?: number | undefined
}

/** What a request and its repetitions share. */
export interface Call {
  readonly due: number
  /** How many brokers have it now. */
  inFlight: number
}

/** What a {@link Router} is made of. */
export interface RouterOptions {
  readonly scheduler: SchedulerLike
  readonly events: Events
  readonly backoff: (attempt: number) => number
  /** Who may be asked when anybody will do, in order. */
  readonly candidates: () => readonly Candidate[]
  readonly lend: (address: Address, lane: string) => Observable<Broker>
  readonly destinationOf: (to: Exclude<RequestTarget, 'any'>) => Destination
  readonly onUnreachable: () => void
  /** Which of a broker's connections an API goes over. */
  readonly laneOf: (api: Api<never, unknown>) => string
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
      const call: Call = { due: scheduler.now() + timeout, inFlight: 0 }
      let last: KafkaError | undefined
      const life = new Subscription()
      subscriber.add(life)
      if (timeout !== Number.POSITIVE_INFINITY) {
        // What is in flight then has this deadline too, and knows better what became of it.
        const expire = () => call.inFlight > 0 || subscriber.error(outOfTime(api.name, timeout, last))
        life.add(scheduler.schedule(expire, timeout))
      }
      const once =
        to === 'any'
          ? defer(() => this.askAnybody(api, routed, call)).pipe(map(({ value }) => value))
          : this.#ask(api, routed, this.#options.destinationOf(to), call)
      const again = (error: unknown, attempt: number): Observable<unknown> => {
        if (!this.#mayRepeat(api, error) || scheduler.now() >= call.due) throw error
        last = error
        return this.#wait(api.name, error, attempt)
      }
      life.add(once.pipe(retry({ delay: again })).subscribe(subscriber))
    })
  }

  /** Asks one after another until one answers, once. */
  askAnybody<Body, Response>(api: Api<Body, Response>, routed: Routed<Body>, call: Call): Observable<Answer<Response>> {
    const { scheduler, onUnreachable, lend, candidates, laneOf, isRepeatable } = this.#options
    const ask = ({ address }: Candidate) =>
      withBroker(lend(address, laneOf(api)), broker => this.#send(broker, api, routed, call))
    const isFinal = (error: unknown) => !this.#mayRepeat(api, error)
    return askAny(candidates(), ask, { scheduler, onUnreachable, isFinal, mayHedge: isRepeatable(api) })
  }

  #ask<Body, Response>(
    api: Api<Body, Response>,
    routed: Routed<Body>,
    { find, wrong, forget }: Destination,
    call: Call,
  ): Observable<Response> {
    const { lend, laneOf } = this.#options
    return find.pipe(
      mergeMap(address =>
        withBroker(lend(address, laneOf(api)), broker => this.#send(broker, api, routed, call)).pipe(
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

  #send<Body, Response>(
    broker: Broker,
    api: Api<Body, Response>,
    { body, version }: Routed<Body>,
    call: Call,
  ): Observable<Response> {
    return defer(() => {
      const timeout = Math.max(call.due - this.#options.scheduler.now(), 1)
      const whole = typeof body === 'function' ? (body as (broker: Broker) => Body)(broker) : body
      call.inFlight++
      return broker.request(api, whole, { timeout, version }).pipe(finalize(() => call.inFlight--))
    })
  }

  /** What certainly had no effect, or may have it twice. */
  #mayRepeat(api: Api<never, unknown>, error: unknown): error is KafkaError {
    if (!(error instanceof KafkaError) || isHopeless(error)) return false
    if (error.outcome === 'unknown') return this.#options.isRepeatable(api)
    return error.retriable
  }

  #wait(what: string, cause: KafkaError, attempt: number): Observable<unknown> {
    const { events, backoff, scheduler } = this.#options
    const delay = backoff(attempt)
    events.tell({ type: 'retrying', what, attempt, delay, cause })
    return timer(delay, scheduler)
  }
}

function outOfTime(api: string, timeout: number, cause: KafkaError | undefined): KafkaError {
  if (cause instanceof ConnectError) return cause
  const why = cause === undefined ? '' : `; last: ${cause.message}`
  return new RequestTimeoutError(`${api} was not answered within ${timeout} ms${why}`, {
    api,
    timeout,
    outcome: cause?.outcome ?? 'unsent',
    ...(cause && { cause }),
  })
}
