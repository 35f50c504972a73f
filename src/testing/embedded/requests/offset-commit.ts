import type { ErrorName } from '../../../protocol/error-codes.js'
import { OffsetCommit, type OffsetCommitRequest } from '../../../protocol/messages/offset-commit.js'
import { allRefused } from '../all-refused.js'
import { notCoordinating } from '../coordinators.js'
import { code } from '../error-code.js'
import type { Group } from '../groups/group.js'
import { classicGroupToJoin } from '../groups/groups.js'
import { offsetToCommit } from '../groups/offset-to-commit.js'
import { handler, type RequestContext } from '../handler.js'

/** A group has come so far. */
export const offsetCommit = handler(OffsetCommit, {
  respond(request, context) {
    const isRefused = allRefused(places(request, context), context)
    const group = isRefused ? 'UNKNOWN_SERVER_ERROR' : groupToCommitTo(request, context)
    return {
      topics: request.topics.map(({ name, topicId, partitions }) => ({
        name,
        topicId,
        partitions: partitions.map(one => {
          const errorCode = commit(group, name, topicId, one, context)
          return { partitionIndex: one.partitionIndex, errorCode }
        }),
      })),
    }
  },
  places,
})

function* places({ topics }: OffsetCommitRequest, { cluster }: RequestContext) {
  for (const { name, topicId, partitions } of topics) {
    const topic = cluster.topicsById.get(topicId)?.name ?? name
    for (const { partitionIndex } of partitions) yield { topic, partition: partitionIndex }
  }
}

function groupToCommitTo(request: OffsetCommitRequest, context: RequestContext): Group | ErrorName {
  const { groupId, memberId, groupInstanceId, generationIdOrMemberEpoch } = request
  const { cluster, version } = context
  const elsewhere = notCoordinating(context, 'group', groupId)
  if (elsewhere !== undefined) return elsewhere
  // Who counts offsets without being a member makes a group of it.
  const known =
    cluster.groups.get(groupId) ?? (generationIdOrMemberEpoch < 0 ? classicGroupToJoin(cluster, groupId) : undefined)
  if (known === undefined) return version >= 9 ? 'GROUP_ID_NOT_FOUND' : 'ILLEGAL_GENERATION'
  if (known.kind === 'consumer') {
    const refusal = known.refusesClaim(memberId, generationIdOrMemberEpoch)
    // Older clients would take it for something else.
    if (refusal === 'STALE_MEMBER_EPOCH' && version < 9) return 'UNSUPPORTED_VERSION'
    return refusal ?? known
  }
  const refusal = known.refusesCommit({ memberId, groupInstanceId, generationId: generationIdOrMemberEpoch }, false)
  const member = known.members.get(memberId)
  if (refusal === undefined && member !== undefined) known.keepAlive(member, context.now)
  return refusal ?? known
}

type Partition = OffsetCommitRequest['topics'][number]['partitions'][number]

function commit(
  group: Group | ErrorName,
  name: string,
  topicId: string,
  one: Partition,
  context: RequestContext,
): number {
  const { cluster, version } = context
  const topic = version >= 10 ? cluster.topicsById.get(topicId) : cluster.topics.get(name)
  const refused = context.refusal(topic?.name ?? name, one.partitionIndex)
  if (refused !== 0) return refused
  if (topic === undefined) return code(version >= 10 ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION')
  if (topic.partitions[one.partitionIndex] === undefined) return code('UNKNOWN_TOPIC_OR_PARTITION')
  if (typeof group === 'string') return code(group)
  const offset = offsetToCommit(topic.name, one, context)
  if (typeof offset === 'string') return code(offset)
  group.offsets.commit(offset)
  return 0
}
