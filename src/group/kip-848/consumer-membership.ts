import { AsyncSubject, catchError, defer, EMPTY, finalize, ignoreElements, Observable } from 'rxjs'
import type { View } from '../../cluster/view.js'
import { ConsumerGroupHeartbeat } from '../../protocol/messages/consumer-group-heartbeat.js'
import type { Holder, MemberIdentity, Membership, MembershipOptions } from '../membership.js'
import { subscribedTopics } from '../subscription.js'
import { MemberLife } from './member-life.js'

/** Membership in a group of the new protocol (KIP-848), whose coordinator assigns the partitions. */
export function consumerMembership(options: MembershipOptions, holder: Holder): Membership {
  return new ConsumerMembership(options, holder)
}

class ConsumerMembership implements Membership {
  readonly #options: MembershipOptions
  readonly #holder: Holder
  /** Undefined before it has begun. */
  #life: MemberLife | undefined
  /** Completes when it has left. */
  readonly #left = new AsyncSubject<never>()

  constructor(options: MembershipOptions, holder: Holder) {
    this.#options = options
    this.#holder = holder
  }

  readonly life: Observable<never> = new Observable(subscriber => {
    subscriber.add(this.#left.subscribe(subscriber))
    if (subscriber.closed) return
    const { cluster, topics } = this.#options
    const life = new MemberLife(this.#options, this.#holder, subscriber)
    const { active } = life
    this.#life = life
    subscriber.add(active)
    const wanted = { topics: topics instanceof RegExp ? ('all' as const) : topics, create: false }
    const error = (failure: unknown) => subscriber.error(failure)
    active.add(
      cluster.metadata.watch(wanted).subscribe({
        next: view => life.happen((machine, now) => machine.name(namesOf(view), now)),
        error,
      }),
    )
    active.add(
      subscribedTopics(cluster, topics).subscribe({
        next: names => life.happen((machine, now) => machine.subscribe(names, now)),
        error,
      }),
    )
  })

  get identity(): MemberIdentity | undefined {
    return this.#life?.machine.identity
  }

  commitRefused(_errorCode: number, identity: MemberIdentity): void {
    this.#life?.happen((machine, now) => machine.doubt(identity, now))
  }

  leave(): Observable<never> {
    return defer(() => {
      const farewell = this.#life?.machine.leave()
      this.#life?.active.unsubscribe()
      if (farewell === undefined) return EMPTY
      const { cluster, group } = this.#options
      const { requestTimeout: timeout } = cluster.settings
      const to = { coordinator: { group } }
      return cluster.request(ConsumerGroupHeartbeat, { body: farewell, to, timeout }).pipe(
        ignoreElements(),
        // Who cannot be told finds out when the session is over.
        catchError(() => EMPTY),
      )
    }).pipe(finalize(() => this.#left.complete()))
  }
}

/** Topics' names by their ids. */
function namesOf({ topics }: View): ReadonlyMap<string, string> {
  return new Map([...topics.values()].map(({ id, name }) => [id, name]))
}
