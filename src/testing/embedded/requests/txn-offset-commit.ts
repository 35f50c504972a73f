import type { ErrorName } from '../../../protocol/error-codes.js'
import { TxnOffsetCommit, type TxnOffsetCommitRequest } from '../../../protocol/messages/txn-offset-commit.js'
import { allRefused } from '../all-refused.js'
import { partitionOf } from '../cluster.js'
import { isCoordinator } from '../coordinators.js'
import { code } from '../error-code.js'
import { classicGroupToJoin, type Group } from '../groups/groups.js'
import { offsetToCommit } from '../groups/offset-to-commit.js'
import { handler, type RequestContext } from '../handler.js'
import { ongoingTransactionOf } from '../transactions/transaction-of.js'

/** A group has come so far, once the transaction is committed. */
export const txnOffsetCommit = handler(TxnOffsetCommit, {
  respond(request, context) {
    const isRefused = allRefused(places(request), context)
    const group = isRefused ? 'UNKNOWN_SERVER_ERROR' : groupToCommitTo(request, context)
    return {
      topics: request.topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(one => ({
          partitionIndex: one.partitionIndex,
          errorCode: commit(group, name, one, request, context),
        })),
      })),
    }
  },
  places,
})

function* places({ topics }: TxnOffsetCommitRequest) {
  for (const { name, partitions } of topics) {
    for (const { partitionIndex } of partitions) yield { topic: name, partition: partitionIndex }
  }
}

function groupToCommitTo(request: TxnOffsetCommitRequest, context: RequestContext): Group | ErrorName {
  const { groupId, transactionalId, generationId, memberId, groupInstanceId } = request
  const { cluster, version } = context
  if (groupId === '') return 'INVALID_GROUP_ID'
  if (!isCoordinator(context, 'group', groupId)) return 'NOT_COORDINATOR'
  const transaction = ongoingTransactionOf(transactionalId, request, cluster)
  if (typeof transaction === 'string') return transaction
  // Before version 5 the group must have been added to the transaction; now that is part of this.
  if (version < 5 && !transaction.groups.has(groupId))
    return version >= 4 ? 'TRANSACTION_ABORTABLE' : 'INVALID_TXN_STATE'
  const known = cluster.groups.get(groupId) ?? (generationId < 0 ? classicGroupToJoin(cluster, groupId) : undefined)
  if (known === undefined) return 'ILLEGAL_GENERATION'
  const refusal =
    known.kind === 'classic'
      ? known.refusesCommit({ memberId, groupInstanceId, generationId }, true)
      : generationId < 0
        ? undefined
        : known.refusesClaim(memberId, generationId)
  if (refusal !== undefined) return refusal === 'STALE_MEMBER_EPOCH' ? 'ILLEGAL_GENERATION' : refusal
  if (version >= 5) transaction.add({ group: groupId }, true, context.now)
  return known
}

type Partition = TxnOffsetCommitRequest['topics'][number]['partitions'][number]

function commit(
  group: Group | ErrorName,
  topic: string,
  one: Partition,
  request: TxnOffsetCommitRequest,
  context: RequestContext,
): number {
  const refused = context.refusal(topic, one.partitionIndex)
  if (refused !== 0) return refused
  if (partitionOf(context.cluster, topic, one.partitionIndex) === undefined) return code('UNKNOWN_TOPIC_OR_PARTITION')
  if (typeof group === 'string') return code(group)
  const offset = offsetToCommit(topic, one, context)
  if (typeof offset === 'string') return code(offset)
  group.offsets.commitLater(request.producerId, offset)
  return 0
}
