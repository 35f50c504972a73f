import { ConsumerGroupDescribe } from '../../../protocol/messages/consumer-group-describe.js'
import { authorizedOperations, notAsked } from '../authorized-operations.js'
import { notCoordinating } from '../coordinators.js'
import { code } from '../error-code.js'
import type { ConsumerMember } from '../groups/consumer-member.js'
import { partitionsByTopic } from '../groups/partitions-by-topic.js'
import { handler, type RequestContext } from '../handler.js'

/** Groups of the new protocol with their members (KIP-848). */
export const consumerGroupDescribe = handler(ConsumerGroupDescribe, {
  respond: (request, context) => ({
    groups: request.groupIds.map(groupId => ({
      ...describe(groupId, context),
      authorizedOperations: request.includeAuthorizedOperations ? authorizedOperations.group : notAsked,
    })),
  }),
  refuse: (request, errorCode) => ({
    groups: request.groupIds.map(groupId => ({ ...nothing(groupId, errorCode), authorizedOperations: notAsked })),
  }),
})

function describe(groupId: string, context: RequestContext) {
  if (groupId === '') return nothing(groupId, code('INVALID_GROUP_ID'))
  const elsewhere = notCoordinating(context, 'group', groupId)
  if (elsewhere !== undefined) return nothing(groupId, code(elsewhere))
  const group = context.cluster.groups.get(groupId)
  if (group?.kind !== 'consumer') {
    return {
      ...nothing(groupId, code('GROUP_ID_NOT_FOUND')),
      errorMessage: `Group ${groupId} is not a consumer group.`,
    }
  }
  return {
    errorCode: 0,
    errorMessage: null,
    groupId,
    groupState: group.state as string,
    groupEpoch: group.epoch,
    assignmentEpoch: group.assignmentEpoch,
    assignorName: group.assignor || 'uniform',
    members: [...group.members.values()].map(member => describeMember(member, context)),
  }
}

function describeMember(member: ConsumerMember, context: RequestContext) {
  const { id, instanceId, rackId, clientId, clientHost, topics, regex, holding, target } = member
  return {
    memberId: id,
    instanceId,
    rackId,
    memberEpoch: holding.epoch,
    clientId,
    clientHost,
    subscribedTopicNames: topics,
    subscribedTopicRegex: regex,
    assignment: { topicPartitions: named(holding.assigned, context) },
    targetAssignment: { topicPartitions: named(target, context) },
    // Of the new protocol, not one of the classic that has found its way here.
    memberType: 1,
  }
}

function named(partitions: ReadonlySet<string>, { cluster }: RequestContext) {
  return partitionsByTopic(partitions).map(topic => ({
    ...topic,
    topicName: cluster.topicsById.get(topic.topicId)?.name ?? '',
  }))
}

function nothing(groupId: string, errorCode: number) {
  return {
    errorCode,
    errorMessage: null,
    groupId,
    groupState: '',
    groupEpoch: 0,
    assignmentEpoch: 0,
    assignorName: '',
    members: [],
  }
}
