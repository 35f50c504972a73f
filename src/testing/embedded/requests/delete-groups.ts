import type { ErrorName } from '../../../protocol/error-codes.js'
import { DeleteGroups, type DeleteGroupsRequest } from '../../../protocol/messages/delete-groups.js'
import { notCoordinating } from '../coordinators.js'
import { code } from '../error-code.js'
import { handler, type RequestContext } from '../handler.js'

/** Deletes groups that have no members, and their offsets. */
export const deleteGroups = handler(DeleteGroups, {
  respond: (request, context) => ({
    results: once(request).map(groupId => ({ groupId, errorCode: code(remove(groupId, context)) })),
  }),
  refuse: (request, errorCode) => ({ results: once(request).map(groupId => ({ groupId, errorCode })) }),
})

function once({ groupsNames }: DeleteGroupsRequest): string[] {
  return [...new Set(groupsNames)]
}

function remove(groupId: string, context: RequestContext): ErrorName {
  const elsewhere = notCoordinating(context, 'group', groupId)
  if (elsewhere !== undefined) return elsewhere
  const { groups } = context.cluster
  const group = groups.get(groupId)
  if (group === undefined) return 'GROUP_ID_NOT_FOUND'
  if (group.state !== 'Empty') return 'NON_EMPTY_GROUP'
  group.dispose()
  groups.delete(groupId)
  return 'NONE'
}
