import type { Timer } from '../timers.js'
import type { Holding } from './reconcile.js'

/** A member of a group of the new protocol (KIP-848). */
export interface ConsumerMember {
  readonly id: string
  instanceId: string | null
  rackId: string | null
  clientId: string
  clientHost: string
  /** In ms. */
  rebalanceTimeout: number
  topics: readonly string[]
  /** More topics, by a regular expression that matches the whole name. */
  regex: string | null
  assignor: string | null
  /** What it is to have. */
  target: ReadonlySet<string>
  holding: Holding
  session: Timer | undefined
  /** Until when it must have given up what it was told to. */
  revocation: Timer | undefined
}

/** What a member has that has just joined. */
export const newHolding: Holding = {
  state: 'stable',
  epoch: 0,
  previousEpoch: 0,
  assigned: new Set(),
  revoking: new Set(),
}

/** The epoch of a static member that is gone for a while (KIP-848). */
export const awayEpoch = -2
/** The epoch of one that leaves. */
export const leaveEpoch = -1
