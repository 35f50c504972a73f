import type { Subscriber, Unsubscribable } from 'rxjs'
import type { Framed } from './frame-requests.js'
import { Pending, type RequestFacts, type RequestMachine } from './request-machine.js'
import type { Route } from './route.js'

/** One request, from its subscribe to its end, and what unsubscribing from it does: one object, without closures. */
export class Call extends Pending<Call> implements Framed, Unsubscribable {
  readonly #machine: RequestMachine<Call>
  readonly route: Route
  readonly body: Buffer
  readonly secret: boolean
  readonly subscriber: Subscriber<unknown>

  constructor(
    facts: RequestFacts,
    machine: RequestMachine<Call>,
    route: Route,
    body: Buffer,
    secret: boolean,
    subscriber: Subscriber<unknown>,
  ) {
    super(facts)
    this.#machine = machine
    this.route = route
    this.body = body
    this.secret = secret
    this.subscriber = subscriber
  }

  unsubscribe(): void {
    this.#machine.withdraw(this)
  }
}
