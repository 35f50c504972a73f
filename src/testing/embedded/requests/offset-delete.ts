import type { ErrorName } from '../../../protocol/error-codes.js'
import { OffsetDelete } from '../../../protocol/messages/offset-delete.js'
import { partitionOf } from '../cluster.js'
import { notCoordinating } from '../coordinators.js'
import { code } from '../error-code.js'
import type { Group } from '../groups/group.js'
import { isSubscribed } from '../groups/is-subscribed.js'
import { handler, type RequestContext } from '../handler.js'

/** A group forgets how far it has come, where nobody reads: what `kafka-consumer-groups --delete-offsets` asks. */
export const offsetDelete = handler(OffsetDelete, {
  respond({ groupId, topics }, context) {
    const group = groupToDeleteFrom(groupId, context)
    if (typeof group === 'string') return { errorCode: code(group), topics: [] }
    const remove = (topic: string, partition: number): number => {
      const refused = context.refusal(topic, partition)
      if (refused !== 0) return refused
      if (partitionOf(context.cluster, topic, partition) === undefined) return code('UNKNOWN_TOPIC_OR_PARTITION')
      if (isSubscribed(group, topic)) return code('GROUP_SUBSCRIBED_TO_TOPIC')
      group.offsets.delete(topic, partition)
      return 0
    }
    return {
      errorCode: 0,
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex }) => ({
          partitionIndex,
          errorCode: remove(name, partitionIndex),
        })),
      })),
    }
  },
  refuse: (_request, errorCode) => ({ errorCode, topics: [] }),
  *places({ topics }) {
    for (const { name, partitions } of topics) {
      for (const { partitionIndex } of partitions) yield { topic: name, partition: partitionIndex }
    }
  },
})

function groupToDeleteFrom(groupId: string, context: RequestContext): Group | ErrorName {
  if (groupId === '') return 'INVALID_GROUP_ID'
  const elsewhere = notCoordinating(context, 'group', groupId)
  if (elsewhere !== undefined) return elsewhere
  const group = context.cluster.groups.get(groupId)
  if (group === undefined) return 'GROUP_ID_NOT_FOUND'
  // What such members read, nobody but they know.
  const isForeign = group.kind === 'classic' && group.state !== 'Empty' && group.protocolType !== 'consumer'
  return isForeign ? 'NON_EMPTY_GROUP' : group
}
