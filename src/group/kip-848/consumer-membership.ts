import {
  catchError,
  defer,
  EMPTY,
  finalize,
  ignoreElements,
  Observable,
  Subject,
  type Subscriber,
  Subscription,
} from 'rxjs'
import { Alarm } from '../../cluster/alarm.js'
import type { View } from '../../cluster/view.js'
import { ConsumerGroupHeartbeat } from '../../protocol/messages/consumer-group-heartbeat.js'
import { newMemberId } from '../member-id.js'
import type { Holder, MemberIdentity, Membership, MembershipOptions } from '../membership.js'
import { subscribedTopics } from '../subscription.js'
import type { Beat, Effect } from './member-epoch.js'
import { MemberEpochMachine } from './member-epoch-machine.js'

/** The broker's, `group.consumer.session.timeout.ms`, which it tells nobody: as it comes. */
const SESSION_TIMEOUT = 45_000

/** Being in a group by the new protocol (KIP-848): the edge around {@link MemberEpochMachine}. */
export function consumerMembership(options: MembershipOptions, holder: Holder): Membership {
  return new ConsumerMembership(options, holder)
}

class ConsumerMembership implements Membership {
  readonly #options: MembershipOptions
  readonly #holder: Holder
  readonly #left = new Subject<never>()
  #machine: MemberEpochMachine | undefined
  /** What goes on for the machine: timer, heartbeat, what the holder sees to. */
  #active = new Subscription()
  #holding = new Subscription()
  #alarm: Alarm | undefined
  #subscriber: Subscriber<never> | undefined
  /** To be done, in order, and not from within one another. */
  readonly #effects: Effect[] = []
  #isRunning = false

  constructor(options: MembershipOptions, holder: Holder) {
    this.#options = options
    this.#holder = holder
  }

  readonly life: Observable<never> = new Observable(subscriber => {
    const { cluster, group, topics, instanceId = null, rack = null, rebalanceTimeout } = this.#options
    const { requestTimeout, random } = cluster.settings
    const settings = {
      group,
      instanceId,
      rack,
      rebalanceTimeout,
      memberId: newMemberId(random),
      sessionTimeout: SESSION_TIMEOUT,
      // So that another can be tried before the session is over.
      requestTimeout: Math.min(requestTimeout, SESSION_TIMEOUT / 3),
      joinTimeout: requestTimeout,
      backoff: cluster.backoff,
    }
    const machine = new MemberEpochMachine(settings, this.#now)
    this.#machine = machine
    this.#subscriber = subscriber
    const active = new Subscription()
    this.#active = active
    const alarm = new Alarm(cluster.scheduler, () => this.#do(machine.tick(this.#now)))
    this.#alarm = alarm
    subscriber.add(active)
    active.add(() => alarm.clear())
    subscriber.add(this.#left.subscribe(subscriber))
    const wanted = { topics: topics instanceof RegExp ? ('all' as const) : topics, create: false }
    const fail = (error: unknown) => subscriber.error(error)
    const name = (view: View) => this.#do(machine.name(namesOf(view), this.#now))
    active.add(cluster.metadata.watch(wanted).subscribe({ next: name, error: fail }))
    const subscribe = (names: readonly string[]) => this.#do(machine.subscribe(names, this.#now))
    active.add(subscribedTopics(cluster, topics).subscribe({ next: subscribe, error: fail }))
  })

  get identity(): MemberIdentity | undefined {
    return this.#machine?.identity
  }

  commitRefused(_errorCode: number, identity: MemberIdentity): void {
    if (this.#machine !== undefined) this.#do(this.#machine.doubt(identity, this.#now))
  }

  leave(): Observable<never> {
    return defer(() => {
      const goodBye = this.#machine?.leave()
      this.#active.unsubscribe()
      if (goodBye === undefined) return EMPTY
      const { cluster, group } = this.#options
      const { requestTimeout: timeout } = cluster.settings
      const to = { coordinator: { group } }
      return cluster.request(ConsumerGroupHeartbeat, { body: goodBye, to, timeout }).pipe(
        ignoreElements(),
        // Who cannot be told finds out when the session is over.
        catchError(() => EMPTY),
      )
    }).pipe(finalize(() => this.#left.complete()))
  }

  get #now(): number {
    return this.#options.cluster.scheduler.now()
  }

  #do(effects: readonly Effect[]): void {
    this.#effects.push(...effects)
    if (this.#isRunning) return
    this.#isRunning = true
    for (let effect = this.#effects.shift(); effect !== undefined; effect = this.#effects.shift()) {
      if (!this.#active.closed) this.#perform(effect)
    }
    this.#isRunning = false
    if (!this.#active.closed) this.#alarm?.set(this.#machine?.lookAt ?? Number.POSITIVE_INFINITY)
  }

  #perform(effect: Effect): void {
    const { cluster, group } = this.#options
    const holder = this.#holder
    switch (effect.type) {
      case 'heartbeat':
        this.#send(effect.beat)
        return
      case 'assign': {
        const { partitions, generation } = effect
        cluster.events.tell({ type: 'assigned', group, partitions, generation })
        this.#hold(holder.assigned(partitions, generation))
        return
      }
      case 'revoke': {
        const { partitions } = effect
        cluster.events.tell({ type: 'revoked', group, partitions })
        this.#hold(holder.revoked(partitions))
        return
      }
      case 'lose': {
        const { partitions, cause } = effect
        cluster.events.tell({ type: 'lost', group, partitions, cause })
        this.#hold(partitions.length === 0 ? EMPTY : holder.lost(partitions, cause))
        return
      }
      case 'in-touch':
        holder.inTouch(effect.is)
        return
      case 'refresh':
        cluster.metadata.stale()
        return
      case 'retrying':
        cluster.events.tell({ ...effect, what: `ConsumerGroupHeartbeat of ${group}` })
        return
      case 'blocked':
        cluster.events.tell({ ...effect, group })
        return
      case 'fail':
        this.#subscriber?.error(effect.error)
    }
  }

  #send(beat: Beat): void {
    const { cluster, group } = this.#options
    const machine = this.#machine
    if (machine === undefined) return
    // Made anew each time that it is sent: what was not answered is said again, with all that is true by then.
    const body = () => machine.compose(beat, this.#now)
    const request = cluster.request(ConsumerGroupHeartbeat, {
      body,
      to: { coordinator: { group } },
      timeout: beat.timeout,
    })
    this.#active.add(
      request.subscribe({
        next: response => this.#do(machine.answered(beat, response, this.#now)),
        error: error => this.#do(machine.failed(beat, error, this.#now)),
      }),
    )
  }

  /** The holder sees to this, and no longer to what came before. */
  #hold(work: Observable<unknown>): void {
    this.#holding.unsubscribe()
    const holding = new Subscription()
    this.#holding = holding
    this.#active.add(holding)
    holding.add(
      work.subscribe({
        error: error => this.#subscriber?.error(error),
        complete: () => {
          this.#active.remove(holding)
          if (this.#machine !== undefined) this.#do(this.#machine.done(this.#now))
        },
      }),
    )
  }
}

function namesOf({ topics }: View): ReadonlyMap<string, string> {
  return new Map([...topics.values()].map(({ id, name }) => [id, name]))
}
