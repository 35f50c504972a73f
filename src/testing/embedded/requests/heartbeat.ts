import type { ErrorName } from '../../../protocol/error-codes.js'
import { Heartbeat, type HeartbeatRequest } from '../../../protocol/messages/heartbeat.js'
import { notCoordinating } from '../coordinators.js'
import { code } from '../error-code.js'
import type { ClassicMember } from '../groups/classic-member.js'
import { classicGroup } from '../groups/groups.js'
import { handler, type RequestContext } from '../handler.js'

/** A member is alive, and asks whether it is to join again. */
export const heartbeat = handler(Heartbeat, {
  respond: (request, context) => ({ errorCode: code(beat(request, context)) }),
  refuse: (_request, errorCode) => ({ errorCode }),
})

function beat(
  { groupId, memberId, groupInstanceId, generationId }: HeartbeatRequest,
  context: RequestContext,
): ErrorName {
  const elsewhere = notCoordinating(context, 'group', groupId)
  // While it loads it does not know better.
  if (elsewhere === 'COORDINATOR_LOAD_IN_PROGRESS') return 'NONE'
  if (elsewhere !== undefined) return elsewhere
  if (groupId === '') return 'INVALID_GROUP_ID'
  const group = classicGroup(context.cluster, groupId)
  if (group === undefined) return 'UNKNOWN_MEMBER_ID'
  const stranger = group.notMember(memberId, groupInstanceId)
  if (stranger !== undefined) return stranger
  if (generationId !== group.generation) return 'ILLEGAL_GENERATION'
  if (group.state === 'Empty') return 'UNKNOWN_MEMBER_ID'
  group.keepAlive(group.members.get(memberId) as ClassicMember, context.now)
  return group.state === 'PreparingRebalance' ? 'REBALANCE_IN_PROGRESS' : 'NONE'
}
