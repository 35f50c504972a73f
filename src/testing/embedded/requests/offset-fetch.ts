import type { ErrorName } from '../../../protocol/error-codes.js'
import { OffsetFetch, type OffsetFetchRequest } from '../../../protocol/messages/offset-fetch.js'
import { zeroUuid } from '../../../protocol/uuid.js'
import { notCoordinating } from '../coordinators.js'
import { code } from '../error-code.js'
import type { GroupOffsets } from '../groups/group-offsets.js'
import { handler, type RequestContext } from '../handler.js'

type AskedGroup = OffsetFetchRequest['groups'][number]

/** How far groups have come. */
export const offsetFetch = handler(OffsetFetch, {
  respond: (request, context) => answer(request, context, group => refusal(group, context)),
  refuse: (request, errorCode, context) => answer(request, context, () => errorCode),
})

/** From version 8 on there may be many groups, and each has its own answer. */
function answer(request: OffsetFetchRequest, context: RequestContext, refused: (group: AskedGroup) => number) {
  const groups = asked(request, context).map(group => {
    const errorCode = refused(group)
    const offsets = errorCode === 0 ? context.cluster.groups.get(group.groupId)?.offsets : undefined
    const topics = errorCode === 0 ? topicsOf(group, offsets, request.requireStable, context) : []
    return { groupId: group.groupId, errorCode, topics }
  })
  if (context.version >= 8) return { groups }
  const [only] = groups
  // Version 1 has errors of partitions alone.
  const isOld = context.version < 2 && only?.errorCode !== 0
  const topics = isOld ? everywhere(request, only?.errorCode ?? 0) : (only?.topics ?? [])
  return { errorCode: only?.errorCode ?? 0, topics }
}

function asked(request: OffsetFetchRequest, { version }: RequestContext): AskedGroup[] {
  if (version >= 8) return request.groups
  const topics = request.topics?.map(topic => ({ ...topic, topicId: zeroUuid })) ?? null
  return [{ groupId: request.groupId, memberId: null, memberEpoch: -1, topics }]
}

function refusal({ groupId, memberId, memberEpoch }: AskedGroup, context: RequestContext): number {
  const elsewhere = notCoordinating(context, 'group', groupId)
  if (elsewhere !== undefined) return code(elsewhere)
  const group = context.cluster.groups.get(groupId)
  if (group?.kind !== 'consumer' || (memberId === null && memberEpoch < 0)) return 0
  const refused: ErrorName = group.refusesClaim(memberId ?? '', memberEpoch) ?? 'NONE'
  return code(refused)
}

function topicsOf(
  group: AskedGroup,
  offsets: GroupOffsets | undefined,
  requireStable: boolean,
  context: RequestContext,
) {
  const { topics, topicsById } = context.cluster
  if (group.topics !== null) {
    return group.topics.map(({ name, topicId, partitionIndexes }) => {
      const known = context.version >= 10 ? topicsById.get(topicId)?.name : name
      const partitions = partitionIndexes.map(partition =>
        known === undefined
          ? nothing(partition, 'UNKNOWN_TOPIC_ID')
          : describe(offsets, known, partition, requireStable),
      )
      return { name, topicId, partitions }
    })
  }
  const names = [...new Set(offsets?.committed.map(({ topic }) => topic))]
  return names.map(name => {
    const partitions = offsets?.committed.filter(({ topic }) => topic === name) ?? []
    return {
      name,
      topicId: topics.get(name)?.id ?? zeroUuid,
      partitions: partitions.map(({ partition }) => describe(offsets, name, partition, requireStable)),
    }
  })
}

function describe(offsets: GroupOffsets | undefined, topic: string, partition: number, requireStable: boolean) {
  if (requireStable && offsets?.isUnstable(topic, partition)) return nothing(partition, 'UNSTABLE_OFFSET_COMMIT')
  const committed = offsets?.get(topic, partition)
  if (committed === undefined) return nothing(partition, 'NONE')
  const { offset, leaderEpoch, metadata } = committed
  return {
    partitionIndex: partition,
    committedOffset: offset,
    committedLeaderEpoch: leaderEpoch,
    metadata,
    errorCode: 0,
  }
}

function nothing(partitionIndex: number, error: ErrorName) {
  return { partitionIndex, committedOffset: -1n, committedLeaderEpoch: -1, metadata: '', errorCode: code(error) }
}

function everywhere({ topics }: OffsetFetchRequest, errorCode: number) {
  return (topics ?? []).map(({ name, partitionIndexes }) => ({
    name,
    topicId: zeroUuid,
    partitions: partitionIndexes.map(partition => ({ ...nothing(partition, 'NONE'), errorCode })),
  }))
}
