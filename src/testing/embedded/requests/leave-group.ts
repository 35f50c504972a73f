import type { ErrorName } from '../../../protocol/error-codes.js'
import { LeaveGroup, type LeaveGroupRequest } from '../../../protocol/messages/leave-group.js'
import { notCoordinating } from '../coordinators.js'
import { code } from '../error-code.js'
import type { Group } from '../groups/group.js'
import { handler, type RequestContext } from '../handler.js'

/** Members leave, or are made to. */
export const leaveGroup = handler(LeaveGroup, {
  respond(request, context) {
    const { groupId } = request
    const elsewhere = notCoordinating(context, 'group', groupId)
    if (elsewhere !== undefined) return { errorCode: code(elsewhere) }
    if (groupId === '') return { errorCode: code('INVALID_GROUP_ID') }
    const group = context.cluster.groups.get(groupId)
    const members = leavers(request, context).map(leaver => ({ ...leaver, errorCode: code(leave(group, leaver)) }))
    const haveLeft = members.some(({ errorCode }) => errorCode === 0)
    if (haveLeft && group?.kind === 'classic') group.afterRemoval(context.now)
    // Before version 3 there is but one, who has the whole answer.
    return context.version >= 3 ? { errorCode: 0, members } : { errorCode: members[0]?.errorCode ?? 0 }
  },
  refuse: (_request, errorCode) => ({ errorCode }),
})

interface Leaver {
  readonly memberId: string
  readonly groupInstanceId: string | null
}

function leavers({ memberId, members }: LeaveGroupRequest, { version }: RequestContext): Leaver[] {
  if (version < 3) return [{ memberId, groupInstanceId: null }]
  return members.map(member => ({ memberId: member.memberId, groupInstanceId: member.groupInstanceId }))
}

function leave(group: Group | undefined, { memberId, groupInstanceId }: Leaver): ErrorName {
  if (group === undefined) return 'UNKNOWN_MEMBER_ID'
  if (group.kind === 'consumer') return group.dismiss(memberId, groupInstanceId)
  // Whoever administers the group need not know the member's id.
  const isAdministered = memberId === '' && groupInstanceId !== null
  const id = isAdministered ? (group.staticMember(groupInstanceId)?.id ?? '') : memberId
  const stranger = group.pending.has(id) ? undefined : group.notMember(id, groupInstanceId)
  if (stranger === undefined) group.remove(id)
  return stranger ?? 'NONE'
}
