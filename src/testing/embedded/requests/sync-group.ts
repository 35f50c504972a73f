import type { ErrorName } from '../../../protocol/error-codes.js'
import { SyncGroup, type SyncGroupRequest } from '../../../protocol/messages/sync-group.js'
import { notCoordinating } from '../coordinators.js'
import { code } from '../error-code.js'
import { type ClassicMember, refusedSync, type SyncAnswer } from '../groups/classic-member.js'
import { classicGroup } from '../groups/groups.js'
import { type Slot, waitFor } from '../groups/slot.js'
import { handler, type RequestContext } from '../handler.js'

/** A member asks for its assignment, and waits until the leader has brought it. */
export const syncGroup = handler(SyncGroup, {
  respond: (request, context) => waitFor(sync(request, context), respond),
  refuse: (_request, errorCode) => ({ ...respond(refusedSync('UNKNOWN_SERVER_ERROR')), errorCode }),
})

function sync(request: SyncGroupRequest, context: RequestContext): Slot<SyncAnswer> {
  const { groupId, memberId, groupInstanceId, generationId, protocolType, protocolName, assignments } = request
  const refused = (error: ErrorName): Slot<SyncAnswer> => ({ answer: refusedSync(error) })
  if (context.version >= 5 && (protocolType === null || protocolName === null))
    return refused('INCONSISTENT_GROUP_PROTOCOL')
  const elsewhere = notCoordinating(context, 'group', groupId)
  if (elsewhere !== undefined) return refused(elsewhere)
  if (groupId === '') return refused('INVALID_GROUP_ID')
  const group = classicGroup(context.cluster, groupId)
  if (group === undefined) return refused('UNKNOWN_MEMBER_ID')
  const stranger = group.notMember(memberId, groupInstanceId)
  if (stranger !== undefined) return refused(stranger)
  if (generationId !== group.generation) return refused('ILLEGAL_GENERATION')
  const isOther = (asked: string | null, own: string | null) => asked !== null && asked !== own
  if (isOther(protocolType, group.protocolType) || isOther(protocolName, group.protocolName)) {
    return refused('INCONSISTENT_GROUP_PROTOCOL')
  }
  if (group.state === 'Empty') return refused('UNKNOWN_MEMBER_ID')
  if (group.state === 'PreparingRebalance') return refused('REBALANCE_IN_PROGRESS')
  const member = group.members.get(memberId) as ClassicMember
  // The request's bytes are views of what came over the wire.
  const own = new Map(assignments.map(one => [one.memberId, Buffer.from(one.assignment)]))
  const answer = group.sync(member, own, context.now)
  return answer === undefined && member.syncing !== undefined ? member.syncing : { answer }
}

function respond({ error, protocolType, protocolName, assignment }: SyncAnswer) {
  return { errorCode: code(error), protocolType, protocolName, assignment }
}
