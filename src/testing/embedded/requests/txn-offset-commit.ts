import type { ErrorName } from '../../../protocol/error-codes.js'
import { TxnOffsetCommit, type TxnOffsetCommitRequest } from '../../../protocol/messages/txn-offset-commit.js'
import { allRefused } from '../all-refused.js'
import { partitionOf } from '../cluster.js'
import { notCoordinating } from '../coordinators.js'
import { code } from '../error-code.js'
import type { Group } from '../groups/group.js'
import { classicGroupToJoin } from '../groups/groups.js'
import { offsetToCommit } from '../groups/offset-to-commit.js'
import { handler, type RequestContext } from '../handler.js'
import { ongoingTransactionOf } from '../transactions/transaction-of.js'

/** A group has come so far, once the transaction is committed. */
export const txnOffsetCommit = handler(TxnOffsetCommit, {
  respond(request, context) {
    const isRefused = allRefused(places(request, context), context)
    const group = isRefused ? 'UNKNOWN_SERVER_ERROR' : groupToCommitTo(request, context)
    return {
      topics: request.topics.map(({ name, topicId, partitions }) => ({
        name,
        topicId,
        partitions: partitions.map(one => ({
          partitionIndex: one.partitionIndex,
          errorCode: commit(group, context.version >= 6 ? nameOf(topicId, context) : name, one, request, context),
        })),
      })),
    }
  },
  places,
})

function* places({ topics }: TxnOffsetCommitRequest, context: RequestContext) {
  for (const { name, topicId, partitions } of topics) {
    const topic = nameOf(topicId, context) ?? name
    for (const { partitionIndex } of partitions) yield { topic, partition: partitionIndex }
  }
}

function nameOf(topicId: string, { cluster }: RequestContext): string | undefined {
  return cluster.topicsById.get(topicId)?.name
}

function groupToCommitTo(request: TxnOffsetCommitRequest, context: RequestContext): Group | ErrorName {
  const { groupId, transactionalId, generationIdOrMemberEpoch, memberId, groupInstanceId } = request
  const { cluster, version } = context
  if (groupId === '') return 'INVALID_GROUP_ID'
  const elsewhere = notCoordinating(context, 'group', groupId)
  if (elsewhere !== undefined) return elsewhere
  const transaction = ongoingTransactionOf(transactionalId, request, cluster)
  if (typeof transaction === 'string') return transaction
  // Before version 5 the group must have been added to the transaction; now that is part of this.
  if (version < 5 && !transaction.groups.has(groupId))
    return version >= 4 ? 'TRANSACTION_ABORTABLE' : 'INVALID_TXN_STATE'
  const known =
    cluster.groups.get(groupId) ?? (generationIdOrMemberEpoch < 0 ? classicGroupToJoin(cluster, groupId) : undefined)
  if (known === undefined) return version >= 6 ? 'GROUP_ID_NOT_FOUND' : 'ILLEGAL_GENERATION'
  const refusal =
    known.kind === 'classic'
      ? known.refusesCommit({ memberId, groupInstanceId, generationId: generationIdOrMemberEpoch }, true)
      : generationIdOrMemberEpoch < 0
        ? undefined
        : known.refusesClaim(memberId, generationIdOrMemberEpoch)
  // Older clients would take it for something else.
  if (refusal === 'STALE_MEMBER_EPOCH' && version < 6) return 'ILLEGAL_GENERATION'
  if (refusal !== undefined) return refusal
  if (version >= 5) transaction.add({ group: groupId }, true, context.now)
  return known
}

type Partition = TxnOffsetCommitRequest['topics'][number]['partitions'][number]

function commit(
  group: Group | ErrorName,
  topic: string | undefined,
  one: Partition,
  request: TxnOffsetCommitRequest,
  context: RequestContext,
): number {
  if (topic === undefined) return code('UNKNOWN_TOPIC_ID')
  const refused = context.refusal(topic, one.partitionIndex)
  if (refused !== 0) return refused
  if (partitionOf(context.cluster, topic, one.partitionIndex) === undefined) return code('UNKNOWN_TOPIC_OR_PARTITION')
  if (typeof group === 'string') return code(group)
  const offset = offsetToCommit(topic, one, context)
  if (typeof offset === 'string') return code(offset)
  group.offsets.commitLater(request.producerId, offset)
  return 0
}
