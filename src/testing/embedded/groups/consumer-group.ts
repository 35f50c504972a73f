import type { ConsumerGroupHeartbeatRequest } from '../../../protocol/messages/consumer-group-heartbeat.js'
import type { Client } from '../client.js'
import type { Failure } from '../error-code.js'
import type { Topic } from '../topic.js'
import type { Topology } from '../topology.js'
import { assignors, partitionKey } from './assignors.js'
import { awayEpoch, type ConsumerMember, leaveEpoch, newHolding } from './consumer-member.js'
import { GroupOffsets } from './group-offsets.js'
import { reconcile } from './reconcile.js'

/** Where a group is: without members, before an assignment, on the way to it, or there. */
export type ConsumerGroupState = 'Empty' | 'Assigning' | 'Reconciling' | 'Stable'

/** Whose heartbeat it is, and when. */
interface Beating {
  readonly client: Client
  readonly now: number
}

/** What a heartbeat is answered. */
export interface Beat {
  readonly memberId: string
  readonly epoch: number
  /** Undefined where the member has been told already. */
  readonly assigned: ReadonlySet<string> | undefined
}

/** A group of the new protocol (KIP-848): the broker assigns, and each member goes there at its own pace. */
export class ConsumerGroup {
  readonly kind = 'consumer'
  readonly id: string
  readonly offsets = new GroupOffsets()
  readonly members = new Map<string, ConsumerMember>()
  /** Goes up whenever members, subscriptions or topics change. */
  epoch = 0
  /** For which epoch of the group the target was made. */
  assignmentEpoch = 0
  assignor = ''
  readonly #topology: Topology
  /** The partitions of all subscribed topics as they were when the target was made. */
  #topicsAssigned = ''

  constructor(id: string, topology: Topology) {
    this.id = id
    this.#topology = topology
  }

  get state(): ConsumerGroupState {
    if (this.members.size === 0) return 'Empty'
    if (this.epoch > this.assignmentEpoch) return 'Assigning'
    const members = [...this.members.values()]
    const areThere = members.every(
      ({ holding }) => holding.state === 'stable' && holding.epoch === this.assignmentEpoch,
    )
    return areThere ? 'Stable' : 'Reconciling'
  }

  /** A member joins, goes on or leaves. */
  heartbeat(request: ConsumerGroupHeartbeatRequest, { client, now }: Beating): Beat | Failure {
    const { memberEpoch } = request
    if (memberEpoch === leaveEpoch || memberEpoch === awayEpoch) return this.#leave(request)
    const member = this.#memberOf(request)
    if ('error' in member) return member
    const before = member.holding
    this.members.set(member.id, member)
    const hasChanged = subscribe(member, request, client)
    if (hasChanged || this.#topicsNow() !== this.#topicsAssigned) this.epoch++
    if (this.epoch > this.assignmentEpoch) this.#assign()
    const owned = request.topicPartitions?.flatMap(({ topicId, partitions }) =>
      partitions.map(one => partitionKey(topicId, one)),
    )
    member.holding = reconcile(before, {
      epoch: this.assignmentEpoch,
      target: member.target,
      owned: owned && new Set(owned),
      isTaken: partition => this.#isTaken(partition, member),
    })
    if (member.holding !== before) this.#watchRevocation(member, now)
    this.#keepAlive(member, now)
    const isFull =
      memberEpoch === 0 ||
      (request.rebalanceTimeoutMs !== -1 && request.topicPartitions !== null && request.subscribedTopicNames !== null)
    const { epoch, assigned } = member.holding
    return { memberId: member.id, epoch, assigned: isFull || !isSame(assigned, before.assigned) ? assigned : undefined }
  }

  /** Whether offsets may be committed or read by someone; if not, why. */
  refusesClaim(memberId: string, memberEpoch: number): 'UNKNOWN_MEMBER_ID' | 'STALE_MEMBER_EPOCH' | undefined {
    if (memberEpoch < 0 && this.members.size === 0) return undefined
    const member = this.members.get(memberId)
    if (member === undefined) return 'UNKNOWN_MEMBER_ID'
    return member.holding.epoch === memberEpoch ? undefined : 'STALE_MEMBER_EPOCH'
  }

  /** Nothing of it happens any more. */
  dispose(): void {
    for (const { session, revocation } of this.members.values()) {
      session?.cancel()
      revocation?.cancel()
    }
  }

  #memberOf(request: ConsumerGroupHeartbeatRequest): ConsumerMember | Failure {
    const { memberId, memberEpoch, instanceId } = request
    const isJoining = memberEpoch === 0
    if (
      isJoining &&
      !this.members.has(memberId) &&
      this.members.size >= this.#topology.settings.config['group.consumer.max.size']
    ) {
      return {
        error: 'GROUP_MAX_SIZE_REACHED',
        message: `The consumer group has reached its maximum capacity of ${this.members.size} members.`,
      }
    }
    const known = this.#find(memberId, instanceId)
    if (known === undefined) return isJoining ? newMember(memberId) : unknown(this, memberId)
    if (instanceId !== null && isJoining) return this.#replaceStatic(known, memberId)
    if (known.id !== memberId) {
      return {
        error: 'FENCED_INSTANCE_ID',
        message: `Static member ${memberId} with instance id ${instanceId} was fenced by member ${known.id}.`,
      }
    }
    // One that joins again under its id has nothing any more.
    if (isJoining) known.holding = newHolding
    return fenced(known, request) ?? known
  }

  #find(memberId: string, instanceId: string | null): ConsumerMember | undefined {
    if (instanceId === null) return this.members.get(memberId)
    return [...this.members.values()].find(member => member.instanceId === instanceId)
  }

  /** The one who comes back takes the place of the one who said it would. */
  #replaceStatic(old: ConsumerMember, memberId: string): ConsumerMember | Failure {
    if (old.holding.epoch !== awayEpoch) {
      return {
        error: 'UNRELEASED_INSTANCE_ID',
        message: `Static member ${memberId} cannot join the group because another group member owns the instance id.`,
      }
    }
    old.session?.cancel()
    this.members.delete(old.id)
    return { ...old, id: memberId, holding: { ...old.holding, epoch: 0, previousEpoch: 0 }, session: undefined }
  }

  #leave({ memberId, instanceId, memberEpoch }: ConsumerGroupHeartbeatRequest): Beat | Failure {
    const member = this.#find(memberId, instanceId)
    if (member === undefined) return unknown(this, memberId)
    if (member.id !== memberId)
      return { error: 'FENCED_INSTANCE_ID', message: `Static member ${memberId} was fenced by member ${member.id}.` }
    if (memberEpoch === awayEpoch) {
      member.holding = { ...member.holding, epoch: awayEpoch, revoking: new Set() }
      member.revocation?.cancel()
    } else {
      this.#remove(member)
    }
    return { memberId, epoch: memberEpoch, assigned: undefined }
  }

  #remove(member: ConsumerMember): void {
    member.session?.cancel()
    member.revocation?.cancel()
    this.members.delete(member.id)
    this.epoch++
  }

  #keepAlive(member: ConsumerMember, now: number): void {
    member.session?.cancel()
    const timeout = this.#topology.settings.config['group.consumer.session.timeout.ms']
    member.session = this.#topology.timers.at(now + timeout, () => this.#remove(member))
  }

  #watchRevocation(member: ConsumerMember, now: number): void {
    member.revocation?.cancel()
    if (member.holding.state !== 'unrevoked') return
    member.revocation = this.#topology.timers.at(now + member.rebalanceTimeout, () => this.#remove(member))
  }

  /** Whether somebody else has a partition. */
  #isTaken(partition: string, by: ConsumerMember): boolean {
    return [...this.members.values()].some(
      ({ id, holding }) => id !== by.id && (holding.assigned.has(partition) || holding.revoking.has(partition)),
    )
  }

  /** Makes a member leave, as who administers the group may, who need not know the id of a static one. */
  dismiss(memberId: string, instanceId: string | null): 'NONE' | 'UNKNOWN_MEMBER_ID' | 'FENCED_INSTANCE_ID' {
    const member = this.#find(memberId, instanceId)
    if (member === undefined) return 'UNKNOWN_MEMBER_ID'
    if (memberId !== '' && member.id !== memberId) return 'FENCED_INSTANCE_ID'
    this.#remove(member)
    return 'NONE'
  }

  /** Whether a member reads this topic. */
  isSubscribed(topic: string): boolean {
    return [...this.members.values()].some(member => this.#topicsOf(member).some(({ name }) => name === topic))
  }

  #topicsOf(member: ConsumerMember): Topic[] {
    const regex = member.regex === null || member.regex === '' ? undefined : new RegExp(`^(?:${member.regex})$`)
    return [...this.#topology.topics.values()].filter(
      ({ name, isInternal }) => member.topics.includes(name) || (!isInternal && regex?.test(name) === true),
    )
  }

  #topicsNow(): string {
    const topics = new Set([...this.members.values()].flatMap(member => this.#topicsOf(member)))
    return [...topics].map(({ id, partitions }) => `${id} ${partitions.length}`).join()
  }

  #assign(): void {
    const votes = [...this.members.values()].flatMap(({ assignor }) => assignor ?? [])
    const [favourite = 'uniform'] = votes.toSorted(
      (one, other) => votes.filter(vote => vote === other).length - votes.filter(vote => vote === one).length,
    )
    this.assignor = favourite
    const subscribers = [...this.members.values()].map(member => ({
      id: member.id,
      target: member.target,
      topics: this.#topicsOf(member),
    }))
    const targets = assignors[favourite]?.(subscribers)
    for (const member of this.members.values()) member.target = targets?.get(member.id) ?? new Set()
    this.assignmentEpoch = this.epoch
    this.#topicsAssigned = this.#topicsNow()
  }
}

function newMember(id: string): ConsumerMember {
  return {
    id,
    instanceId: null,
    rackId: null,
    clientId: '',
    clientHost: '',
    rebalanceTimeout: -1,
    topics: [],
    regex: null,
    assignor: null,
    target: new Set(),
    holding: newHolding,
    session: undefined,
    revocation: undefined,
  }
}

/** Takes over what the request has; whether it changes what the member is to have. */
function subscribe(member: ConsumerMember, request: ConsumerGroupHeartbeatRequest, client: Client): boolean {
  const before = JSON.stringify([member.topics, member.regex])
  member.clientId = client.clientId
  member.clientHost = `/${client.host}`
  member.instanceId = request.instanceId ?? member.instanceId
  member.rackId = request.rackId ?? member.rackId
  member.assignor = request.serverAssignor ?? member.assignor
  if (request.rebalanceTimeoutMs !== -1) member.rebalanceTimeout = request.rebalanceTimeoutMs
  member.topics = request.subscribedTopicNames?.toSorted() ?? member.topics
  member.regex = request.subscribedTopicRegex ?? member.regex
  return before !== JSON.stringify([member.topics, member.regex])
}

/** An epoch that is not the member's is refused, but for the one before, whose answer may have been lost. */
function fenced({ holding }: ConsumerMember, request: ConsumerGroupHeartbeatRequest): Failure | undefined {
  const { memberEpoch, topicPartitions } = request
  const { epoch, previousEpoch, assigned } = holding
  if (memberEpoch === epoch) return undefined
  const hasNoOther = topicPartitions?.every(({ topicId, partitions }) =>
    partitions.every(one => assigned.has(partitionKey(topicId, one))),
  )
  if (memberEpoch < epoch && memberEpoch === previousEpoch && hasNoOther === true) return undefined
  const message = `The consumer group member has the member epoch ${memberEpoch}, the group coordinator knows ${epoch}. The member must abandon all its partitions and rejoin.`
  return { error: 'FENCED_MEMBER_EPOCH', message }
}

function unknown(group: ConsumerGroup, memberId: string): Failure {
  return { error: 'UNKNOWN_MEMBER_ID', message: `Member ${memberId} is not a member of group ${group.id}.` }
}

function isSame(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && [...one].every(partition => other.has(partition))
}
