import { JoinGroup, type JoinGroupRequest } from '../../../protocol/messages/join-group.js'
import { notCoordinating } from '../coordinators.js'
import { code } from '../error-code.js'
import { type JoinAnswer, refusedJoin } from '../groups/classic-member.js'
import { classicGroup, classicGroupToJoin } from '../groups/groups.js'
import { joinClassicGroup } from '../groups/join-classic-group.js'
import { type Slot, waitFor } from '../groups/slot.js'
import { handler, type RequestContext } from '../handler.js'

/** A member joins a group, and waits until all have. */
export const joinGroup = handler(JoinGroup, {
  respond: (request, context) => waitFor(join(request, context), answer => respond(answer, context)),
  refuse: (request, errorCode, context) => ({
    ...respond(refusedJoin('UNKNOWN_SERVER_ERROR', request.memberId), context),
    errorCode,
  }),
})

function join(request: JoinGroupRequest, context: RequestContext): Slot<JoinAnswer> {
  const { groupId, memberId, sessionTimeoutMs } = request
  const { cluster } = context
  const { config } = cluster.settings
  const refused = (error: JoinAnswer['error']): Slot<JoinAnswer> => ({ answer: refusedJoin(error, memberId) })
  const elsewhere = notCoordinating(context, 'group', groupId)
  if (elsewhere !== undefined) return refused(elsewhere)
  if (groupId === '') return refused('INVALID_GROUP_ID')
  if (
    sessionTimeoutMs < config['group.min.session.timeout.ms'] ||
    sessionTimeoutMs > config['group.max.session.timeout.ms']
  ) {
    return refused('INVALID_SESSION_TIMEOUT')
  }
  const known = classicGroup(cluster, groupId)
  if (known === undefined && memberId !== '') return refused('UNKNOWN_MEMBER_ID')
  const group = known ?? classicGroupToJoin(cluster, groupId)
  return group === undefined ? refused('INCONSISTENT_GROUP_PROTOCOL') : joinClassicGroup(group, request, context)
}

function respond(answer: JoinAnswer, { version }: RequestContext) {
  return {
    errorCode: code(answer.error),
    generationId: answer.generation,
    protocolType: answer.protocolType,
    // It could not be null before.
    protocolName: answer.protocolName ?? (version >= 7 ? null : ''),
    leader: answer.leader,
    skipAssignment: answer.skipAssignment,
    memberId: answer.memberId,
    members: answer.members,
  }
}
