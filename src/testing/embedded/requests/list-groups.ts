import { ListGroups } from '../../../protocol/messages/list-groups.js'
import { notCoordinating } from '../coordinators.js'
import { handler } from '../handler.js'

/** The groups that the broker coordinates. */
export const listGroups = handler(ListGroups, {
  respond(request, context) {
    const isWanted = (filter: readonly string[], value: string) =>
      filter.length === 0 || filter.some(one => one.toLowerCase() === value.toLowerCase())
    const groups = [...context.cluster.groups.values()]
      .filter(({ id }) => notCoordinating(context, 'group', id) === undefined)
      .map(group => ({
        groupId: group.id,
        protocolType: group.kind === 'classic' ? (group.protocolType ?? '') : 'consumer',
        groupState: group.state as string,
        groupType: group.kind as string,
      }))
      .filter(
        ({ groupState, groupType }) =>
          isWanted(request.statesFilter, groupState) && isWanted(request.typesFilter, groupType),
      )
    return { errorCode: 0, groups }
  },
  refuse: (_request, errorCode) => ({ errorCode, groups: [] }),
})
