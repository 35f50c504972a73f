import {
  ConsumerGroupHeartbeat,
  type ConsumerGroupHeartbeatRequest,
} from '../../../protocol/messages/consumer-group-heartbeat.js'
import { randomUuid } from '../chance.js'
import { notCoordinating } from '../coordinators.js'
import { code, type Failure } from '../error-code.js'
import { assignors } from '../groups/assignors.js'
import type { Beat, ConsumerGroup } from '../groups/consumer-group.js'
import { awayEpoch, leaveEpoch } from '../groups/consumer-member.js'
import { consumerGroupToJoin } from '../groups/groups.js'
import { partitionsByTopic } from '../groups/partitions-by-topic.js'
import { handler, type RequestContext } from '../handler.js'

/** A member of a group of the new protocol joins, goes on or leaves (KIP-848). */
export const consumerGroupHeartbeat = handler(ConsumerGroupHeartbeat, {
  respond(request, context) {
    const beat = heartbeat(request, context)
    if ('error' in beat) return { ...refusal(code(beat.error)), errorMessage: beat.message }
    const { memberId, epoch, assigned } = beat
    return {
      errorCode: 0,
      errorMessage: null,
      memberId,
      memberEpoch: epoch,
      heartbeatIntervalMs: epoch < 0 ? 0 : context.cluster.settings.config['group.consumer.heartbeat.interval.ms'],
      assignment: assigned === undefined ? null : { topicPartitions: partitionsByTopic(assigned) },
    }
  },
  refuse: (_request, errorCode) => refusal(errorCode),
})

function refusal(errorCode: number) {
  return { errorCode, errorMessage: null, memberId: null, memberEpoch: 0, heartbeatIntervalMs: 0, assignment: null }
}

function heartbeat(request: ConsumerGroupHeartbeatRequest, context: RequestContext): Beat | Failure {
  const { groupId } = request
  const elsewhere = notCoordinating(context, 'group', groupId)
  if (elsewhere !== undefined) return { error: elsewhere, message: 'This is not the correct coordinator.' }
  const problem = invalid(request, context.version)
  if (problem !== undefined) return problem
  const group = groupOf(request, context)
  if (group === undefined) return { error: 'GROUP_ID_NOT_FOUND', message: `Consumer group ${groupId} not found.` }
  // Before version 1 the broker finds a name for the member.
  const memberId = request.memberId === '' ? randomUuid(context.cluster.random) : request.memberId
  return group.heartbeat({ ...request, memberId }, context)
}

function groupOf(
  { groupId, memberEpoch }: ConsumerGroupHeartbeatRequest,
  { cluster }: RequestContext,
): ConsumerGroup | undefined {
  if (memberEpoch === 0) return consumerGroupToJoin(cluster, groupId)
  const group = cluster.groups.get(groupId)
  return group?.kind === 'consumer' ? group : undefined
}

function invalid(request: ConsumerGroupHeartbeatRequest, version: number): Failure | undefined {
  const { memberEpoch, subscribedTopicNames, subscribedTopicRegex, topicPartitions, serverAssignor } = request
  const isJoining = memberEpoch === 0
  const checks: readonly (readonly [isWrong: boolean, message: string])[] = [
    [request.groupId === '', "GroupId can't be empty."],
    [request.instanceId === '', "InstanceId can't be empty."],
    [request.rackId === '', "RackId can't be empty."],
    [request.memberId === '' && (version >= 1 || !isJoining), "MemberId can't be empty."],
    [isJoining && request.rebalanceTimeoutMs === -1, 'RebalanceTimeoutMs must be provided in first request.'],
    [isJoining && topicPartitions?.length !== 0, 'TopicPartitions must be empty when (re-)joining.'],
    [
      isJoining && subscribedTopicNames === null && subscribedTopicRegex === null,
      'Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.',
    ],
    [memberEpoch === awayEpoch && request.instanceId === null, "InstanceId can't be null."],
    [
      memberEpoch < leaveEpoch && memberEpoch !== awayEpoch,
      `MemberEpoch is ${memberEpoch}, but must be greater than or equal to -2.`,
    ],
  ]
  const message = checks.find(([isWrong]) => isWrong)?.[1]
  if (message !== undefined) return { error: 'INVALID_REQUEST', message }
  if (serverAssignor !== null && assignors[serverAssignor] === undefined) {
    const known = Object.keys(assignors).join(', ')
    return {
      error: 'UNSUPPORTED_ASSIGNOR',
      message: `ServerAssignor ${serverAssignor} is not supported. Supported assignors: ${known}.`,
    }
  }
  return isRegex(subscribedTopicRegex ?? '')
    ? undefined
    : {
        error: 'INVALID_REGULAR_EXPRESSION',
        message: `SubscribedTopicRegex ${subscribedTopicRegex} is not a valid regular expression.`,
      }
}

function isRegex(text: string): boolean {
  try {
    new RegExp(text)
    return true
  } catch {
    return false
  }
}
