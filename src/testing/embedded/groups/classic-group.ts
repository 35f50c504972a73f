import type { ErrorName } from '../../../protocol/error-codes.js'
import type { Timer, Timers } from '../timers.js'
import {
  answerJoin,
  answerSync,
  type ClassicMember,
  type JoinAnswer,
  noBytes,
  refusedJoin,
  refusedSync,
  type SyncAnswer,
} from './classic-member.js'
import { GroupOffsets } from './group-offsets.js'
import { commonProtocols, selectProtocol } from './select-protocol.js'

/** Where a group is: without members, gathering them, waiting for the leader's assignment, or at work. */
export type ClassicState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable'

/** Who asks, and for which generation it takes the group. */
export interface MemberClaim {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly generationId: number
}

/** A new member that waits longer than that to join is given up: its client would have asked again. */
const newMemberTimeout = 300_000

/** A group of the classic protocol: a state machine, whose time comes from the timers. */
export class ClassicGroup {
  readonly kind = 'classic'
  readonly id: string
  readonly offsets = new GroupOffsets()
  state: ClassicState = 'Empty'
  generation = 0
  protocolType: string | null = null
  protocolName: string | null = null
  /** A member id. */
  leader: string | null = null
  /** By id, in the order in which they came. */
  readonly members = new Map<string, ClassicMember>()
  /** Ids that were given and have not joined yet. */
  readonly pending = new Map<string, Timer>()
  /** Since this generation began, these have not asked for their assignment. */
  readonly #unsynced = new Set<string>()
  readonly #timers: Timers
  readonly #initialDelay: number
  /** That members have joined long enough, or should have asked for their assignment. */
  #deadline: Timer | undefined
  /** It was empty, so it waits a while for more members, and longer when more come. */
  #isGathering = false
  #hasNewMember = false

  constructor(id: string, timers: Timers, initialDelay: number) {
    this.id = id
    this.#timers = timers
    this.#initialDelay = initialDelay
  }

  /** The member with this `group.instance.id`. */
  staticMember(instanceId: string): ClassicMember | undefined {
    return [...this.members.values()].find(member => member.instanceId === instanceId)
  }

  /** Why it is no member; undefined when it is. */
  notMember(memberId: string, instanceId: string | null): ErrorName | undefined {
    if (instanceId !== null) {
      const known = this.staticMember(instanceId)
      if (known === undefined) return 'UNKNOWN_MEMBER_ID'
      if (known.id !== memberId) return 'FENCED_INSTANCE_ID'
    }
    return this.members.has(memberId) ? undefined : 'UNKNOWN_MEMBER_ID'
  }

  /** Whether all members know one of these protocols. */
  supports(protocolType: string, names: readonly string[]): boolean {
    if (this.state === 'Empty') return protocolType !== '' && names.length > 0
    const common = commonProtocols(this.members.values())
    return protocolType === this.protocolType && names.some(name => common.includes(name))
  }

  get awaitingJoin(): number {
    return [...this.members.values()].filter(({ joining }) => joining !== undefined).length
  }

  /** The member comes, or a static one comes back under a new id. */
  add(member: ClassicMember, protocolType: string, now: number): void {
    if (this.members.size === 0) this.protocolType = protocolType
    if (this.state === 'PreparingRebalance' && this.#isGathering) this.#hasNewMember = true
    this.leader ??= member.id
    this.members.set(member.id, member)
    this.pending.get(member.id)?.cancel()
    this.pending.delete(member.id)
    this.keepAlive(member, now, newMemberTimeout)
  }

  /** A client is to come back with this id. */
  addPending(memberId: string, sessionTimeout: number, now: number): void {
    const expired = (at: number) => {
      this.pending.delete(memberId)
      this.#completeIfAllJoined(at)
    }
    this.pending.set(memberId, this.#timers.at(now + sessionTimeout, expired))
  }

  /** The session of a member begins anew. */
  keepAlive(member: ClassicMember, now: number, timeout = member.sessionTimeout): void {
    member.session?.cancel()
    member.session = this.#timers.at(now + timeout, at => this.#expire(member, at))
  }

  /** All members are to join again. */
  prepareRebalance(now: number): void {
    if (this.state === 'CompletingRebalance') this.#assign(() => noBytes, 'REBALANCE_IN_PROGRESS', now)
    this.#unsynced.clear()
    this.#deadline?.cancel()
    this.#isGathering = this.state === 'Empty'
    this.state = 'PreparingRebalance'
    if (this.#isGathering)
      this.#gather(this.#initialDelay, Math.max(this.#rebalanceTimeout() - this.#initialDelay, 0), now)
    else if (this.#haveAllJoined()) this.#completeJoin(now)
    else this.#deadline = this.#timers.at(now + this.#rebalanceTimeout(), at => this.#completeJoin(at))
  }

  /** A member has come or changed: a rebalance begins, or the one that is under way may end. */
  rebalance(now: number): void {
    if (this.state === 'PreparingRebalance') this.#completeIfAllJoined(now)
    else this.prepareRebalance(now)
  }

  /** A member goes. */
  remove(memberId: string): void {
    this.pending.get(memberId)?.cancel()
    this.pending.delete(memberId)
    const member = this.members.get(memberId)
    if (member === undefined) return
    member.session?.cancel()
    answerJoin(member, refusedJoin('UNKNOWN_MEMBER_ID', ''))
    answerSync(member, refusedSync('UNKNOWN_MEMBER_ID'))
    this.members.delete(memberId)
    this.#unsynced.delete(memberId)
    if (this.leader === memberId) this.leader = this.members.keys().next().value ?? null
  }

  /** Members have gone: the others share what they had. */
  afterRemoval(now: number): void {
    if (this.state !== 'Empty') this.rebalance(now)
  }

  /** What a member of this generation is told of it. */
  joined(member: ClassicMember, skipAssignment = false): JoinAnswer {
    const isLeader = member.id === this.leader
    return {
      error: 'NONE',
      memberId: member.id,
      generation: this.generation,
      protocolName: this.protocolName,
      protocolType: this.protocolType,
      leader: this.leader ?? '',
      skipAssignment,
      members: isLeader ? this.roster() : [],
    }
  }

  /** All members with what they have to say for the chosen protocol. */
  roster() {
    return [...this.members.values()].map(({ id, instanceId, protocols }) => ({
      memberId: id,
      groupInstanceId: instanceId,
      metadata: protocols.find(({ name }) => name === this.protocolName)?.metadata ?? noBytes,
    }))
  }

  /** A member asks for its assignment; the leader brings those of all. */
  sync(member: ClassicMember, assignments: ReadonlyMap<string, Buffer>, now: number): SyncAnswer | undefined {
    this.#unsynced.delete(member.id)
    if (this.state === 'Stable') {
      this.keepAlive(member, now)
      return this.#synced(member)
    }
    member.syncing = { answer: undefined }
    if (member.id !== this.leader) return undefined
    this.#assign(({ id }) => assignments.get(id) ?? noBytes, 'NONE', now)
    this.state = 'Stable'
    return this.#synced(member)
  }

  /** Whether offsets may be committed by someone; if not, why. */
  refusesCommit(
    { memberId, groupInstanceId, generationId }: MemberClaim,
    isTransactional: boolean,
  ): ErrorName | undefined {
    if (generationId < 0 && this.state === 'Empty') return undefined
    if (generationId >= 0 || memberId !== '' || groupInstanceId !== null) {
      const stranger = this.notMember(memberId, groupInstanceId)
      if (stranger !== undefined) return stranger
      if (generationId !== this.generation) return 'ILLEGAL_GENERATION'
    } else if (!isTransactional && this.state !== 'Empty') {
      return 'UNKNOWN_MEMBER_ID'
    }
    return !isTransactional && this.state === 'CompletingRebalance' ? 'REBALANCE_IN_PROGRESS' : undefined
  }

  /** Nothing of it happens any more. */
  dispose(): void {
    this.#deadline?.cancel()
    for (const timer of this.pending.values()) timer.cancel()
    for (const { session } of this.members.values()) session?.cancel()
  }

  #rebalanceTimeout(): number {
    return Math.max(0, ...[...this.members.values()].map(({ rebalanceTimeout }) => rebalanceTimeout))
  }

  #haveAllJoined(): boolean {
    return this.pending.size === 0 && [...this.members.values()].every(({ joining }) => joining !== undefined)
  }

  #completeIfAllJoined(now: number): void {
    if (this.state === 'PreparingRebalance' && !this.#isGathering && this.#haveAllJoined()) this.#completeJoin(now)
  }

  #gather(delay: number, remaining: number, now: number): void {
    this.#deadline = this.#timers.at(now + delay, at => {
      if (!this.#hasNewMember || remaining === 0) {
        this.#completeJoin(at)
        return
      }
      this.#hasNewMember = false
      this.#gather(Math.min(this.#initialDelay, remaining), Math.max(remaining - delay, 0), at)
    })
  }

  /** Those who have joined are the next generation; static members need not have. */
  #completeJoin(now: number): void {
    this.#deadline?.cancel()
    for (const member of [...this.members.values()]) {
      if (member.joining === undefined && member.instanceId === null) this.remove(member.id)
    }
    const joined = [...this.members.values()].filter(({ joining }) => joining !== undefined)
    if (joined.length === 0 && this.members.size > 0) {
      this.#deadline = this.#timers.at(now + this.#rebalanceTimeout(), at => this.#completeJoin(at))
      return
    }
    if (!joined.some(({ id }) => id === this.leader)) this.leader = joined[0]?.id ?? null
    this.#isGathering = false
    this.#hasNewMember = false
    this.generation++
    if (this.members.size === 0) {
      this.protocolName = null
      this.state = 'Empty'
      return
    }
    this.protocolName = selectProtocol(this.members.values())
    this.state = 'CompletingRebalance'
    for (const member of this.members.values()) {
      answerJoin(member, this.joined(member))
      member.isNew = false
      this.keepAlive(member, now)
      this.#unsynced.add(member.id)
    }
    this.#deadline = this.#timers.at(now + this.#rebalanceTimeout(), at => this.#expireUnsynced(at))
  }

  #expireUnsynced(now: number): void {
    if (this.#unsynced.size === 0) return
    for (const memberId of [...this.#unsynced]) this.remove(memberId)
    this.prepareRebalance(now)
  }

  #expire(member: ClassicMember, now: number): void {
    const isWaiting = member.joining !== undefined || member.syncing !== undefined
    if (isWaiting && !member.isNew) return
    this.remove(member.id)
    this.afterRemoval(now)
  }

  #assign(assignmentOf: (member: ClassicMember) => Buffer, error: ErrorName, now: number): void {
    for (const member of this.members.values()) {
      member.assignment = assignmentOf(member)
      if (member.syncing === undefined) continue
      answerSync(member, error === 'NONE' ? this.#synced(member) : refusedSync(error))
      this.keepAlive(member, now)
    }
  }

  #synced({ assignment }: ClassicMember): SyncAnswer {
    return { error: 'NONE', protocolName: this.protocolName, protocolType: this.protocolType, assignment }
  }
}
