import { brokerError } from '../../broker/broker-error.js'
import type { KafkaError } from '../../errors.js'
import { errors } from '../../protocol/error-codes.js'
import type { AsMember, ClassicEffect } from './classic-events.js'
import { Heartbeats, type HeartbeatsOptions } from './heartbeats.js'
import { Holdings } from './holdings.js'

/** Without a generation. */
export const NONE = -1

/** What a member of a classic group goes by; times in ms. */
export interface ClassicMachineOptions extends HeartbeatsOptions {
  readonly group: string
  readonly instanceId: string | null
  /** Whether all is given up before every rebalance: where any assignor needs that (KIP-429). */
  readonly isEager: boolean
  readonly assignors: readonly string[]
}

/** Where a member is. A rebalance goes through the first ones in this order; each but the last four waits for one thing. */
export type Phase =
  | 'preparing' // commits what is acknowledged
  | 'yielding' // gives up what it may not keep while it joins
  | 'joining' // JoinGroup is under way
  | 'leading' // assigns for all
  | 'syncing' // SyncGroup is under way
  | 'giving' // gives up what others are to get
  | 'taking' // is told what it got
  | 'losing' // is told that it has lost all
  | 'waiting' // to join, after a failure
  | 'departing' // leaves, and waits for its member id to say so
  | 'leaving' // LeaveGroup is under way
  | 'new' // does not know its topics yet
  | 'stable'
  | 'left'
  | 'failed'

/**
 * What the parts of a member's machine share.
 *
 * Invariants: it has a generation just while it is a member, and sends heartbeats just then. All that is under way but
 * heartbeats and LeaveGroup has the number `turn`.
 */
export class MemberState {
  readonly options: ClassicMachineOptions
  readonly heartbeats: Heartbeats
  readonly holdings = new Holdings()
  phase: Phase = 'new'
  turn = 0
  /** Empty where the coordinator is to give one. */
  memberId = ''
  generation = NONE
  now = 0
  effects: ClassicEffect[] = []

  constructor(options: ClassicMachineOptions) {
    this.options = options
    this.heartbeats = new Heartbeats(options)
  }

  get self(): AsMember {
    return { memberId: this.memberId, generation: this.generation }
  }

  isSelf({ memberId, generation }: AsMember): boolean {
    return generation !== NONE && memberId === this.memberId && generation === this.generation
  }

  /** Whether it has its assignment of this generation, and does not join again yet. */
  get isSynced(): boolean {
    return this.phase === 'giving' || this.phase === 'taking' || this.phase === 'stable'
  }

  /** Goes on to what has to be done, which takes the place of what was under way. */
  do(phase: Phase, effect: (turn: number) => ClassicEffect): void {
    this.enter(phase)
    this.effects.push(effect(this.turn))
  }

  /** Goes on to where nothing is under way. */
  enter(phase: Phase): void {
    this.phase = phase
    this.turn++
  }

  /** It is no member, or not any more. */
  resign(): void {
    this.generation = NONE
    this.heartbeats.end()
  }

  error(errorCode: number, what: string): KafkaError {
    const { group, assignors } = this.options
    const isOdd = errorCode === errors.INCONSISTENT_GROUP_PROTOCOL.code
    return brokerError(errorCode, `${what} of ${group}${isOdd ? ` with the assignors ${assignors.join(', ')}` : ''}`)
  }
}
