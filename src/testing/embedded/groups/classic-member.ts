import type { ErrorName } from '../../../protocol/error-codes.js'
import type { Timer } from '../timers.js'
import type { Slot } from './slot.js'

/** A way of assigning partitions that a member knows, and what it has to say for it. */
export interface GroupProtocol {
  readonly name: string
  readonly metadata: Buffer
}

/** What JoinGroup answers. */
export interface JoinAnswer {
  readonly error: ErrorName
  readonly memberId: string
  readonly generation: number
  readonly protocolName: string | null
  readonly protocolType: string | null
  readonly leader: string
  readonly skipAssignment: boolean
  /** For the leader: all members with what they have to say for the chosen protocol. */
  readonly members: readonly {
    readonly memberId: string
    readonly groupInstanceId: string | null
    readonly metadata: Buffer
  }[]
}

/** What SyncGroup answers. */
export interface SyncAnswer {
  readonly error: ErrorName
  readonly protocolName: string | null
  readonly protocolType: string | null
  readonly assignment: Buffer
}

/** A member of a group of the classic protocol. */
export interface ClassicMember {
  readonly id: string
  /** Of a static member (KIP-345). */
  readonly instanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  /** In ms. */
  sessionTimeout: number
  rebalanceTimeout: number
  protocols: readonly GroupProtocol[]
  assignment: Buffer
  /** While it waits to have joined. */
  joining: Slot<JoinAnswer> | undefined
  /** While it waits for its assignment. */
  syncing: Slot<SyncAnswer> | undefined
  /** It has not been told its id yet, so it cannot send heartbeats. */
  isNew: boolean
  session: Timer | undefined
}

/** No assignment, no metadata. */
export const noBytes = Buffer.alloc(0)

/** What a member that cannot join is told. */
export function refusedJoin(error: ErrorName, memberId: string): JoinAnswer {
  const nothing = {
    generation: -1,
    protocolName: null,
    protocolType: null,
    leader: '',
    skipAssignment: false,
    members: [],
  }
  return { error, memberId, ...nothing }
}

/** What a member that gets no assignment is told. */
export function refusedSync(error: ErrorName): SyncAnswer {
  return { error, protocolName: null, protocolType: null, assignment: noBytes }
}

/** Whether it knows the same protocols and has the same to say for them. */
export function hasSameProtocols(member: ClassicMember, protocols: readonly GroupProtocol[]): boolean {
  return (
    member.protocols.length === protocols.length &&
    member.protocols.every(({ name, metadata }, index) => {
      const other = protocols[index]
      return other?.name === name && metadata.equals(other.metadata)
    })
  )
}

/** Tells a member that waits to join. */
export function answerJoin(member: ClassicMember, answer: JoinAnswer): void {
  if (member.joining !== undefined) member.joining.answer = answer
  member.joining = undefined
}

/** Tells a member that waits for its assignment. */
export function answerSync(member: ClassicMember, answer: SyncAnswer): void {
  if (member.syncing !== undefined) member.syncing.answer = answer
  member.syncing = undefined
}
