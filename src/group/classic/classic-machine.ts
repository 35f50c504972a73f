import type { TopicPartition } from '../../cluster/topic.js'
import { type KafkaError, RequestTimeoutError } from '../../errors.js'
import type { MemberIdentity } from '../membership.js'
import type { ClassicEffect, ClassicEvent } from './classic-events.js'
import { type ClassicMachineOptions, MemberState, NONE } from './member-state.js'
import { Rebalance } from './rebalance.js'
import { isFatal, type Verdict, verdictOf } from './verdict.js'

type OfType<T extends ClassicEvent['type']> = Extract<ClassicEvent, { readonly type: T }>

/**
 * Decides what a member of a classic group does; knows neither sockets nor timers.
 *
 * Nothing counts that ends under the number of an earlier turn, or was answered to a member of another generation.
 */
export class ClassicMachine {
  readonly #state: MemberState
  readonly #rebalance: Rebalance

  constructor(options: ClassicMachineOptions) {
    this.#state = new MemberState(options)
    this.#rebalance = new Rebalance(this.#state)
  }

  get identity(): MemberIdentity | undefined {
    const { self, options } = this.#state
    if (self.generation === NONE) return undefined
    return { group: options.group, instanceId: options.instanceId, ...self, protocol: 'classic' }
  }

  get owned(): readonly TopicPartition[] {
    return this.#state.holdings.owned
  }

  get phase(): string {
    return this.#state.phase
  }

  /** When `time` has something to do. */
  get lookAt(): number {
    return Math.min(this.#state.heartbeats.lookAt, this.#rebalance.resumeAt)
  }

  /** Takes in what happened; returns what to do, in order. */
  step(event: ClassicEvent, now: number): readonly ClassicEffect[] {
    const state = this.#state
    state.now = now
    state.effects = []
    const isPast = 'turn' in event ? event.turn !== state.turn : 'generation' in event && !state.isSelf(event)
    const happen = this.#happenings[event.type] as (event: ClassicEvent) => void
    if (!isPast) happen(event)
    return state.effects
  }

  readonly #happenings: { readonly [T in ClassicEvent['type']]: (event: OfType<T>) => void } = {
    subscribed: ({ topics }) => this.#rebalance.subscribed(topics),
    changed: () => this.#rebalance.ask('the topics of the group have changed'),
    done: () => this.#rebalance.done(),
    joined: ({ answer }) => {
      if (this.#state.phase === 'departing') this.#sayGoodBye(answer.memberId)
      else this.#rebalance.joined(answer)
    },
    led: ({ assignments }) => this.#rebalance.sync(assignments),
    synced: ({ answer }) => this.#rebalance.synced(answer),
    failed: ({ error }) => {
      if (this.#state.phase === 'departing') this.#sayGoodBye('')
      else this.#rebalance.failed(error)
    },
    heard: ({ errorCode }) => this.#heard(errorCode),
    unheard: ({ error }) => this.#unheard(error),
    refused: ({ errorCode }) => this.#refused(errorCode),
    time: () => this.#time(),
    leave: () => this.#leave(),
    gone: () => this.#gone(),
    abandoned: () => this.#abandoned(),
  }

  #heard(errorCode: number): void {
    const { heartbeats, effects, now, isSynced } = this.#state
    if (!heartbeats.isUnderWay) return
    const verdict = verdictOf(errorCode)
    if (verdict !== 'heard' && verdict !== 'rejoin') heartbeats.unheard(now)
    else if (heartbeats.heard(now)) effects.push({ type: 'inTouch', is: true })
    if (verdict === 'rejoin' && isSynced) this.#rebalance.ask('the group rebalances')
    this.#judge(verdict, errorCode, 'Heartbeat')
  }

  #unheard(error: KafkaError): void {
    const { heartbeats, now } = this.#state
    if (!heartbeats.isUnderWay) return
    heartbeats.unheard(now)
    if (isFatal(error)) this.#rebalance.giveUp(error)
  }

  #refused(errorCode: number): void {
    const { heartbeats, isSynced } = this.#state
    const verdict = verdictOf(errorCode)
    // It may be of a rebalance that is over: a heartbeat tells.
    if (verdict === 'rejoin' && isSynced && !heartbeats.isUnderWay) this.#beat()
    this.#judge(verdict, errorCode, 'OffsetCommit')
  }

  #judge(verdict: Verdict, errorCode: number, what: string): void {
    const cause = () => this.#state.error(errorCode, what)
    if (verdict === 'fatal') this.#rebalance.giveUp(cause())
    else if (verdict === 'stranger' || verdict === 'named') this.#rebalance.lose(cause(), '')
    else if (verdict === 'outdated') this.#rebalance.outdated(cause())
  }

  #time(): void {
    const { heartbeats, now, options, effects } = this.#state
    if (heartbeats.runsOut(now)) this.#loseTouch()
    const late = heartbeats.late(now)
    if (late !== undefined) {
      if (late > options.heartbeatInterval) effects.push({ type: 'blocked', for: late })
      this.#beat()
    }
    this.#rebalance.resume()
  }

  #beat(): void {
    const { heartbeats, now, effects, self } = this.#state
    heartbeats.send(now)
    effects.push({ type: 'heartbeat', ...self })
  }

  /** Whether it is a member still, nobody knows until a heartbeat is answered. */
  #loseTouch(): void {
    const { phase, effects, options } = this.#state
    effects.push({ type: 'inTouch', is: false })
    if (phase !== 'joining' && phase !== 'syncing') return
    // A coordinator that is out of reach will not answer this either.
    const { group, sessionTimeout: timeout } = options
    const message = `no heartbeat of ${group} was answered within ${timeout} ms`
    this.#rebalance.again(new RequestTimeoutError(message, { api: 'Heartbeat', timeout }))
  }

  #leave(): void {
    const { phase, memberId, options } = this.#state
    if (phase === 'departing' || phase === 'leaving' || phase === 'left') return
    // Kafka would wait for whoever is given an id and never heard of again (KIP-394).
    const isToBeNamed = phase === 'joining' && memberId === '' && options.instanceId === null
    if (isToBeNamed) this.#state.phase = 'departing'
    else this.#sayGoodBye(memberId)
  }

  #sayGoodBye(memberId: string): void {
    this.#state.resign()
    this.#state.do('leaving', () => ({ type: 'stop' }))
    // A static member's place is kept for it (KIP-345).
    if (memberId === '' || this.#state.options.instanceId !== null) this.#gone()
    else this.#state.effects.push({ type: 'leave', memberId })
  }

  #gone(): void {
    const { phase } = this.#state
    if (phase === 'leaving' || phase === 'departing') this.#state.do('left', () => ({ type: 'left' }))
  }

  /** What is under way will not be heard of any more, save LeaveGroup. */
  #abandoned(): void {
    if (this.#state.phase === 'departing') this.#gone()
    const { phase } = this.#state
    if (phase === 'leaving' || phase === 'left') return
    this.#state.resign()
    this.#state.enter('failed')
  }
}
