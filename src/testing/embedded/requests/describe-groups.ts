import type { ErrorName } from '../../../protocol/error-codes.js'
import { DescribeGroups } from '../../../protocol/messages/describe-groups.js'
import { authorizedOperations, notAsked } from '../authorized-operations.js'
import { notCoordinating } from '../coordinators.js'
import { code } from '../error-code.js'
import { noBytes } from '../groups/classic-member.js'
import { classicGroup } from '../groups/groups.js'
import { handler, type RequestContext } from '../handler.js'

/** Groups of the classic protocol with their members. */
export const describeGroups = handler(DescribeGroups, {
  respond: (request, context) => ({
    groups: request.groups.map(groupId => ({
      ...describe(groupId, context),
      authorizedOperations: request.includeAuthorizedOperations ? authorizedOperations.group : notAsked,
    })),
  }),
  refuse: (request, errorCode) => ({
    groups: request.groups.map(groupId => ({ ...nothing(groupId, 'NONE', ''), errorCode })),
  }),
})

function describe(groupId: string, context: RequestContext) {
  const elsewhere = notCoordinating(context, 'group', groupId)
  if (elsewhere !== undefined) return nothing(groupId, elsewhere, '')
  const group = classicGroup(context.cluster, groupId)
  // Before version 6 a group that there is not was one that is dead.
  if (group === undefined) {
    const isNew = context.version >= 6
    const message = isNew ? `Group ${groupId} not found.` : null
    return { ...nothing(groupId, isNew ? 'GROUP_ID_NOT_FOUND' : 'NONE', 'Dead'), errorMessage: message }
  }
  const { state, protocolName, protocolType } = group
  const isStable = state === 'Stable'
  return {
    errorCode: 0,
    errorMessage: null,
    groupId,
    groupState: state,
    protocolType: protocolType ?? '',
    protocolData: isStable ? (protocolName ?? '') : '',
    members: [...group.members.values()].map(member => ({
      memberId: member.id,
      groupInstanceId: member.instanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      memberMetadata: isStable
        ? (member.protocols.find(({ name }) => name === protocolName)?.metadata ?? noBytes)
        : noBytes,
      memberAssignment: member.assignment,
    })),
  }
}

function nothing(groupId: string, error: ErrorName, groupState: string) {
  return {
    errorCode: code(error),
    errorMessage: null,
    groupId,
    groupState,
    protocolType: '',
    protocolData: '',
    members: [],
  }
}
