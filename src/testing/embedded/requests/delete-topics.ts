import { DeleteTopics, type DeleteTopicsRequest } from '../../../protocol/messages/delete-topics.js'
import { zeroUuid } from '../../../protocol/uuid.js'
import { code } from '../error-code.js'
import { handler } from '../handler.js'

/** Deletes topics, by name or by id. */
export const deleteTopics = handler(DeleteTopics, {
  respond: (request, context) => ({
    responses: wanted(request, context.version).map(({ name, topicId }) => {
      const { topics, topicsById } = context.cluster
      const topic = name === null ? topicsById.get(topicId) : topics.get(name)
      const missing = name === null ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION'
      const refused = context.refusal(topic?.name ?? name ?? '')
      if (refused !== 0 || topic === undefined) return { name, topicId, errorCode: refused || code(missing) }
      topics.delete(topic.name)
      topicsById.delete(topic.id)
      for (const group of context.cluster.groups.values()) group.offsets.forget(topic.name)
      return { name: topic.name, topicId: topic.id, errorCode: 0 }
    }),
  }),
  places: (request, { cluster, version }) =>
    wanted(request, version).map(({ name, topicId }) => ({
      topic: name ?? cluster.topicsById.get(topicId)?.name ?? '',
    })),
})

function wanted(request: DeleteTopicsRequest, version: number): { name: string | null; topicId: string }[] {
  return version >= 6 ? request.topics : request.topicNames.map(name => ({ name, topicId: zeroUuid }))
}
