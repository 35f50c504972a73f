import { EMPTY, type Observable, type Subscriber, Subscription } from 'rxjs'
import { Alarm } from '../../cluster/alarm.js'
import { ConsumerGroupHeartbeat } from '../../protocol/messages/consumer-group-heartbeat.js'
import { newMemberId } from '../member-id.js'
import type { Holder, MembershipOptions } from '../membership.js'
import type { Beat, Effect } from './member-epoch.js'
import { MemberEpochMachine } from './member-epoch-machine.js'

/** The broker's, `group.consumer.session.timeout.ms`, which it tells nobody: as it comes. */
const SESSION_TIMEOUT = 45_000

/** Does what a {@link MemberEpochMachine} wants done, until it is unsubscribed or has failed. */
export class MemberLife {
  readonly #options: MembershipOptions
  readonly #holder: Holder
  readonly #subscriber: Subscriber<never>
  readonly machine: MemberEpochMachine
  /** All that is under way. */
  readonly active = new Subscription()
  /** What the holder sees to. */
  #holding = Subscription.EMPTY
  readonly #alarm: Alarm
  /** To be done, one after another: doing one may bring others. */
  readonly #effects: Effect[] = []
  #isBusy = false

  constructor(options: MembershipOptions, holder: Holder, subscriber: Subscriber<never>) {
    const { cluster, group, instanceId = null, rack = null, rebalanceTimeout } = options
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
    this.#options = options
    this.#holder = holder
    this.#subscriber = subscriber
    this.machine = new MemberEpochMachine(settings, this.#now)
    this.#alarm = new Alarm(cluster.scheduler, () => this.happen((machine, now) => machine.tick(now)))
    this.active.add(() => this.#alarm.clear())
  }

  /** Tells the machine, and does what it wants done. */
  happen(what: (machine: MemberEpochMachine, now: number) => readonly Effect[]): void {
    if (this.active.closed) return
    this.#effects.push(...what(this.machine, this.#now))
    if (this.#isBusy) return
    this.#isBusy = true
    for (let effect = this.#effects.shift(); effect !== undefined; effect = this.#effects.shift()) {
      if (!this.active.closed) this.#perform(effect)
    }
    this.#isBusy = false
    if (!this.active.closed) this.#alarm.set(this.machine.lookAt)
  }

  get #now(): number {
    return this.#options.cluster.scheduler.now()
  }

  #perform(effect: Effect): void {
    const { group, cluster } = this.#options
    const { events, metadata } = cluster
    const holder = this.#holder
    switch (effect.type) {
      case 'heartbeat':
        this.#send(effect.beat)
        return
      case 'assign': {
        const { partitions, generation } = effect
        events.tell({ type: 'assigned', group, partitions, generation })
        this.#hold(holder.assigned(partitions, generation))
        return
      }
      case 'revoke': {
        const { partitions } = effect
        events.tell({ type: 'revoked', group, partitions })
        this.#hold(holder.revoked(partitions))
        return
      }
      case 'lose': {
        const { partitions, cause } = effect
        events.tell({ type: 'lost', group, partitions, cause })
        this.#hold(partitions.length === 0 ? EMPTY : holder.lost(partitions, cause))
        return
      }
      case 'in-touch':
        holder.inTouch(effect.is)
        return
      case 'refresh':
        metadata.stale()
        return
      case 'retrying':
        events.tell({ ...effect, what: `${ConsumerGroupHeartbeat.name} of ${group}` })
        return
      case 'blocked':
        events.tell({ ...effect, group })
        return
      case 'fail':
        this.#subscriber.error(effect.error)
    }
  }

  #send(beat: Beat): void {
    const { cluster, group } = this.#options
    // Made anew each time that it is sent: what was not answered is said again, with all that is true by then.
    const body = () => this.machine.compose(beat, this.#now)
    const to = { coordinator: { group } }
    this.active.add(
      cluster.request(ConsumerGroupHeartbeat, { body, to, timeout: beat.timeout }).subscribe({
        next: response => this.happen((machine, now) => machine.answered(beat, response, now)),
        error: error => this.happen((machine, now) => machine.failed(beat, error, now)),
      }),
    )
  }

  /** The holder sees to this, and no longer to what came before. */
  #hold(work: Observable<unknown>): void {
    this.#holding.unsubscribe()
    const holding = new Subscription()
    this.#holding = holding
    this.active.add(holding)
    holding.add(
      work.subscribe({
        error: error => this.#subscriber.error(error),
        complete: () => {
          this.active.remove(holding)
          this.happen((machine, now) => machine.done(now))
        },
      }),
    )
  }
}
