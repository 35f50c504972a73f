import { AsyncSubject, defer, Observable, type Subscriber, Subscription } from 'rxjs'
import { brokerError } from '../../broker/broker-error.js'
import { Alarm } from '../../cluster/alarm.js'
import { RequestTimeoutError } from '../../errors.js'
import { errors } from '../../protocol/error-codes.js'
import type { Holder, MemberIdentity, Membership } from '../membership.js'
import { subscribedTopics } from '../subscription.js'
import type { ClassicEffect, ClassicEvent } from './classic-events.js'
import { ClassicMachine } from './classic-machine.js'
import { type ClassicMembershipOptions, ClassicRequests } from './classic-requests.js'
import { lead } from './lead.js'

export type { ClassicMembershipOptions }

type OfType<T extends ClassicEffect['type']> = Extract<ClassicEffect, { readonly type: T }>

/** Membership in a group of the classic protocol, whose members assign their partitions themselves. */
export function classicMembership(options: ClassicMembershipOptions, holder: Holder): Membership {
  return new ClassicMembership(options, holder)
}

/** The edge around {@link ClassicMachine}: requests, timers, and who reads the partitions. */
class ClassicMembership implements Membership {
  readonly #options: ClassicMembershipOptions
  readonly #holder: Holder
  readonly #requests: ClassicRequests
  readonly #machine: ClassicMachine
  readonly #alarm: Alarm
  /** Completes when it has left. */
  readonly #left = new AsyncSubject<never>()
  /** Undefined before and after. */
  #life: Subscriber<never> | undefined
  /** What is under way: with the number of its turn; a heartbeat; LeaveGroup; watching what it assigned by as leader. */
  #work = Subscription.EMPTY
  #heartbeat = Subscription.EMPTY
  #goodBye = Subscription.EMPTY
  #leading = Subscription.EMPTY
  /** Whether a broker still has a request of the lane, before whose answer it reads no other. */
  #isLaneBusy = false
  #lanes = 0
  /** What has happened and was not looked at yet: while one thing is done, others may happen. */
  readonly #happenings: ClassicEvent[] = []
  #isBusy = false

  constructor(options: ClassicMembershipOptions, holder: Holder) {
    const { cluster, group, instanceId = null, assignors, sessionTimeout, heartbeatInterval } = options
    this.#options = options
    this.#holder = holder
    this.#requests = new ClassicRequests(options)
    this.#machine = new ClassicMachine({
      group,
      instanceId,
      isEager: assignors.some(({ isCooperative }) => !isCooperative),
      assignors: assignors.map(({ name }) => name),
      sessionTimeout,
      heartbeatInterval,
      backoff: cluster.backoff,
    })
    this.#alarm = new Alarm(cluster.scheduler, () => this.#happen({ type: 'time' }))
  }

  readonly life: Observable<never> = new Observable(subscriber => {
    const { cluster, topics } = this.#options
    this.#life = subscriber
    subscriber.add(() => this.#end())
    subscriber.add(
      subscribedTopics(cluster, topics).subscribe({
        next: names => this.#happen({ type: 'subscribed', topics: names }),
        error: error => subscriber.error(error),
      }),
    )
  })

  get identity(): MemberIdentity | undefined {
    return this.#machine.identity
  }

  commitRefused(errorCode: number, { memberId, generation }: MemberIdentity): void {
    this.#happen({ type: 'refused', errorCode, memberId, generation })
  }

  leave(): Observable<never> {
    return defer(() => {
      const { scheduler, settings } = this.#options.cluster
      const limit = scheduler.schedule(() => this.#happen({ type: 'gone' }), settings.requestTimeout)
      this.#left.subscribe({ complete: () => limit.unsubscribe() })
      this.#happen({ type: 'leave' })
      return this.#left
    })
  }

  #happen(event: ClassicEvent): void {
    this.#happenings.push(event)
    if (this.#isBusy) return
    this.#isBusy = true
    for (let next = this.#happenings.shift(); next !== undefined; next = this.#happenings.shift()) {
      for (const effect of this.#machine.step(next, this.#options.cluster.scheduler.now())) {
        const perform = this.#effects[effect.type] as (effect: ClassicEffect) => void
        // Whoever unsubscribes in the middle of it gets no more than the good-bye.
        if (this.#life !== undefined || isFarewell(effect)) perform(effect)
      }
    }
    this.#isBusy = false
    this.#alarm.set(this.#machine.lookAt)
  }

  readonly #effects: { readonly [T in ClassicEffect['type']]: (effect: OfType<T>) => void } = {
    prepare: ({ turn }) => this.#hold(turn, () => this.#holder.beforeRejoin()),
    revoke: ({ turn, partitions }) => {
      this.#options.cluster.events.tell({ type: 'revoked', group: this.#options.group, partitions })
      this.#hold(turn, () => this.#holder.revoked(partitions))
    },
    assign: ({ turn, partitions, generation }) => {
      this.#options.cluster.events.tell({ type: 'assigned', group: this.#options.group, partitions, generation })
      this.#hold(turn, () => this.#holder.assigned(partitions, generation))
    },
    lose: ({ turn, partitions, cause }) => {
      this.#options.cluster.events.tell({ type: 'lost', group: this.#options.group, partitions, cause })
      this.#hold(turn, () => this.#holder.lost(partitions, cause))
    },
    join: effect => {
      this.#leading.unsubscribe()
      this.#ask(
        effect.turn,
        lane => this.#requests.join(effect, lane),
        answer => ({ type: 'joined', answer }),
      )
    },
    sync: effect => {
      this.#ask(
        effect.turn,
        lane => this.#requests.sync(effect, lane),
        answer => ({ type: 'synced', answer }),
      )
    },
    lead: effect => this.#lead(effect),
    heartbeat: ({ memberId, generation }) => this.#beat({ memberId, generation }),
    inTouch: ({ is }) => this.#holder.inTouch(is),
    blocked: ({ for: late }) => {
      this.#options.cluster.events.tell({ type: 'blocked', group: this.#options.group, for: late })
    },
    retry: ({ what, attempt, delay, cause }) => {
      this.#options.cluster.events.tell({ type: 'retrying', what, attempt, delay, cause })
    },
    stop: () => this.#stop(),
    leave: ({ memberId }) => {
      this.#goodBye = this.#requests.leave(memberId).subscribe({ complete: () => this.#happen({ type: 'gone' }) })
    },
    left: () => {
      this.#goodBye.unsubscribe()
      this.#left.complete()
      this.#life?.complete()
    },
    fail: ({ error }) => this.#life?.error(error),
  }

  #hold(turn: number, work: () => Observable<unknown>): void {
    this.#begin(false).add(
      defer(work).subscribe({
        error: error => this.#life?.error(error),
        complete: () => this.#happen({ type: 'done', turn }),
      }),
    )
  }

  /** Asks what every member is waited for before it is answered. */
  #ask<T>(turn: number, ask: (lane: string) => Observable<T>, toEvent: (answer: T) => Answered): void {
    const begun = this.#begin(true)
    const { member } = this.#options
    const lane = this.#lanes === 0 ? `join:${member}` : `join:${member}:${this.#lanes}`
    const happen = (event: Answered) => {
      // What was not answered in its time may hold up that connection for ever.
      this.#isLaneBusy = event.type === 'failed' && event.error instanceof RequestTimeoutError
      this.#happen({ ...event, turn })
    }
    begun.add(
      defer(() => ask(lane)).subscribe({
        next: answer => happen(toEvent(answer)),
        error: error => happen({ type: 'failed', error }),
      }),
    )
  }

  #beat(self: Pick<MemberIdentity, 'memberId' | 'generation'>): void {
    this.#heartbeat.unsubscribe()
    this.#heartbeat = this.#requests.heartbeat(self).subscribe({
      next: errorCode => this.#happen({ type: 'heard', errorCode, ...self }),
      error: error => this.#happen({ type: 'unheard', error, ...self }),
    })
  }

  /** The topics that it assigned by are watched for as long as that assignment is in force. */
  #lead({ turn, protocol, members, skipAssignment }: OfType<'lead'>): void {
    const { assignors, cluster, group } = this.#options
    this.#begin(false)
    this.#leading = new Subscription()
    const assignor = assignors.find(({ name }) => name === protocol)
    if (assignor === undefined) {
      const what = `JoinGroup of ${group}, which goes by ${protocol}`
      const error = brokerError(errors.INCONSISTENT_GROUP_PROTOCOL.code, what)
      this.#happen({ type: 'failed', turn, error })
      return
    }
    let isAssigned = false
    this.#leading.add(
      lead(cluster.metadata, assignor, members).subscribe({
        next: shares => {
          const assignments = skipAssignment ? [] : shares
          this.#happen(isAssigned ? { type: 'changed' } : { type: 'led', turn, assignments })
          isAssigned = true
        },
        error: error => this.#happen({ type: 'failed', turn, error }),
      }),
    )
  }

  /** Takes the place of what was under way with the number of a turn. */
  #begin(usesLane: boolean): Subscription {
    this.#work.unsubscribe()
    if (this.#isLaneBusy) this.#lanes++
    this.#isLaneBusy = usesLane
    this.#work = new Subscription()
    return this.#work
  }

  #stop(): void {
    this.#begin(false)
    this.#heartbeat.unsubscribe()
    this.#leading.unsubscribe()
  }

  #end(): void {
    this.#life = undefined
    this.#happen({ type: 'abandoned' })
    this.#stop()
    this.#alarm.clear()
  }
}

type Answered = WithoutTurn<OfEvent<'joined'>> | WithoutTurn<OfEvent<'synced'>> | WithoutTurn<OfEvent<'failed'>>
type OfEvent<T extends ClassicEvent['type']> = Extract<ClassicEvent, { readonly type: T }>
type WithoutTurn<T> = Omit<T, 'turn'>

function isFarewell({ type }: ClassicEffect): boolean {
  return type === 'stop' || type === 'leave' || type === 'left'
}
