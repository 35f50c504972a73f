import type { JoinGroupRequest } from '../../../protocol/messages/join-group.js'
import { randomHexUuid } from '../chance.js'
import type { RequestContext } from '../handler.js'
import type { ClassicGroup } from './classic-group.js'
import {
  answerJoin,
  answerSync,
  type ClassicMember,
  hasSameProtocols,
  type JoinAnswer,
  noBytes,
  refusedJoin,
  refusedSync,
} from './classic-member.js'
import { selectProtocol } from './select-protocol.js'
import type { Slot } from './slot.js'

/** What comes of a JoinGroup: a slot, which is filled at once or when all have joined. */
export function joinClassicGroup(
  group: ClassicGroup,
  request: JoinGroupRequest,
  context: RequestContext,
): Slot<JoinAnswer> {
  const { memberId, groupInstanceId } = request
  const refused = (error: JoinAnswer['error'], id = memberId): Slot<JoinAnswer> => ({ answer: refusedJoin(error, id) })
  if (!accepts(group, memberId, context)) {
    group.remove(memberId)
    return refused('GROUP_MAX_SIZE_REACHED', '')
  }
  const names = request.protocols.map(({ name }) => name)
  if (!group.supports(request.protocolType, names)) return refused('INCONSISTENT_GROUP_PROTOCOL')
  if (memberId === '') return joinNew(group, request, context)
  if (group.pending.has(memberId)) return addMember(group, memberId, request, context)
  const stranger = group.notMember(memberId, groupInstanceId)
  if (stranger !== undefined) return refused(stranger)
  return joinAgain(group, group.members.get(memberId) as ClassicMember, request, context)
}

function accepts(group: ClassicGroup, memberId: string, { cluster }: RequestContext): boolean {
  const maxSize = cluster.settings.config['group.max.size']
  if (group.state === 'Empty') return true
  if (group.state !== 'PreparingRebalance') return group.members.has(memberId) || group.members.size < maxSize
  return group.members.get(memberId)?.joining !== undefined || group.awaitingJoin < maxSize
}

function joinNew(group: ClassicGroup, request: JoinGroupRequest, context: RequestContext): Slot<JoinAnswer> {
  const { groupInstanceId } = request
  const memberId = `${groupInstanceId ?? context.client.clientId}-${randomHexUuid(context.cluster.random)}`
  const known = groupInstanceId === null ? undefined : group.staticMember(groupInstanceId)
  if (known !== undefined) return replaceStatic(group, known, memberId, request, context)
  // So that a client that gives up and asks again is not taken for two (KIP-394).
  if (groupInstanceId === null && context.version >= 4) {
    group.addPending(memberId, request.sessionTimeoutMs, context.now)
    return { answer: refusedJoin('MEMBER_ID_REQUIRED', memberId) }
  }
  return addMember(group, memberId, request, context)
}

function addMember(
  group: ClassicGroup,
  id: string,
  request: JoinGroupRequest,
  context: RequestContext,
): Slot<JoinAnswer> {
  const { client, now } = context
  const slot: Slot<JoinAnswer> = { answer: undefined }
  const member: ClassicMember = {
    id,
    instanceId: request.groupInstanceId,
    clientId: client.clientId,
    clientHost: `/${client.host}`,
    ...timeouts(request),
    protocols: ownCopy(request),
    assignment: noBytes,
    joining: slot,
    syncing: undefined,
    isNew: true,
    session: undefined,
  }
  group.add(member, request.protocolType, now)
  group.rebalance(now)
  return slot
}

function joinAgain(
  group: ClassicGroup,
  member: ClassicMember,
  request: JoinGroupRequest,
  context: RequestContext,
): Slot<JoinAnswer> {
  const isSame = hasSameProtocols(member, request.protocols)
  const isLeader = member.id === group.leader
  switch (group.state) {
    case 'Empty':
      return { answer: refusedJoin('UNKNOWN_MEMBER_ID', member.id) }
    case 'CompletingRebalance':
      // The answer was lost: it is given again.
      if (isSame) return { answer: group.joined(member) }
      break
    case 'Stable':
      if (isSame && !isLeader) return { answer: group.joined(member) }
      break
    case 'PreparingRebalance':
      break
  }
  const slot = update(member, request)
  group.rebalance(context.now)
  return slot
}

/** A static member comes back: it takes the place that it has, if possible without a rebalance (KIP-345). */
function replaceStatic(
  group: ClassicGroup,
  old: ClassicMember,
  id: string,
  request: JoinGroupRequest,
  context: RequestContext,
): Slot<JoinAnswer> {
  const { now, version } = context
  const formerLeader = group.leader ?? ''
  answerJoin(old, refusedJoin('FENCED_INSTANCE_ID', old.id))
  answerSync(old, refusedSync('FENCED_INSTANCE_ID'))
  old.session?.cancel()
  const member: ClassicMember = { ...old, id, isNew: false, joining: undefined, syncing: undefined, session: undefined }
  const slot = update(member, request)
  replaceInPlace(group, old, member)
  group.keepAlive(member, now)
  if (group.state !== 'Stable' || selectProtocol(group.members.values()) !== group.protocolName) {
    group.rebalance(now)
    return slot
  }
  // An older leader would assign anew, not knowing that it need not: it is told that another leads.
  const knowsToSkip = version >= 9
  const joined = group.joined(member, knowsToSkip && group.leader === id)
  answerJoin(member, knowsToSkip ? joined : { ...joined, leader: formerLeader, members: [] })
  return slot
}

function replaceInPlace(group: ClassicGroup, old: ClassicMember, member: ClassicMember): void {
  const members = [...group.members.values()]
  group.members.clear()
  for (const one of members) {
    const kept = one === old ? member : one
    group.members.set(kept.id, kept)
  }
  if (group.leader === old.id) group.leader = member.id
}

function update(member: ClassicMember, request: JoinGroupRequest): Slot<JoinAnswer> {
  const slot: Slot<JoinAnswer> = { answer: undefined }
  Object.assign(member, timeouts(request))
  member.protocols = ownCopy(request)
  member.joining = slot
  return slot
}

/** Version 0 has but one timeout. */
function timeouts({ sessionTimeoutMs, rebalanceTimeoutMs }: JoinGroupRequest) {
  return {
    sessionTimeout: sessionTimeoutMs,
    rebalanceTimeout: rebalanceTimeoutMs < 0 ? sessionTimeoutMs : rebalanceTimeoutMs,
  }
}

/** The request's bytes are views of what came over the wire. */
function ownCopy({ protocols }: JoinGroupRequest) {
  return protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) }))
}
