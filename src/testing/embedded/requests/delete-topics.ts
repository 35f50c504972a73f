import { DeleteTopics, type DeleteTopicsRequest } from '../../../protocol/messages/delete-topics.js'
import { zeroUuid } from '../../../protocol/uuid.js'
import { code } from '../error-code.js'
import { handler, type RequestContext } from '../handler.js'

type Wanted = Pick<DeleteTopicsRequest['topics'][number], 'name' | 'topicId'>

/** Deletes topics, by name or by id. */
export const deleteTopics = handler(DeleteTopics, {
  respond(request, context) {
    const all = wanted(request, context.version)
    const keys = all.map(({ name, topicId }) => (name === null ? `id ${topicId}` : `name ${name}`))
    const twice = new Set(keys.filter((key, index) => keys.indexOf(key) !== index))
    const once = all.flatMap((one, index) => {
      const key = keys[index] as string
      return keys.indexOf(key) === index ? [{ ...one, isTwice: twice.has(key) }] : []
    })
    return { responses: once.map(({ isTwice, ...one }) => remove(one, isTwice, context)) }
  },
  places: (request, { cluster, version }) =>
    wanted(request, version).map(({ name, topicId }) => ({
      topic: name ?? cluster.topicsById.get(topicId)?.name ?? '',
    })),
})

function remove({ name, topicId }: Wanted, isTwice: boolean, context: RequestContext) {
  const { topics, topicsById, groups } = context.cluster
  const problem = unclear({ name, topicId }, isTwice)
  if (problem !== undefined) return { name, topicId, errorCode: code('INVALID_REQUEST'), errorMessage: problem }
  const topic = name === null ? topicsById.get(topicId) : topics.get(name)
  const refused = context.refusal(topic?.name ?? name ?? '')
  if (refused !== 0) return { name, topicId, errorCode: refused, errorMessage: null }
  if (topic === undefined) return { name, topicId, ...missing(name) }
  topics.delete(topic.name)
  topicsById.delete(topic.id)
  for (const group of groups.values()) group.offsets.forget(topic.name)
  return { name: topic.name, topicId: topic.id, errorCode: 0, errorMessage: null }
}

function unclear({ name, topicId }: Wanted, isTwice: boolean): string | undefined {
  if (name === null && topicId === zeroUuid) return 'Neither topic name nor id were specified.'
  if (name !== null && topicId !== zeroUuid) return 'You may not specify both topic name and topic id.'
  if (isTwice) return `Duplicate topic ${name === null ? 'id' : 'name'}.`
  return undefined
}

function missing(name: string | null) {
  const what = name === null ? 'topic ID' : 'topic-partition'
  const errorCode = code(name === null ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION')
  return { errorCode, errorMessage: `This server does not host this ${what}.` }
}

function wanted(request: DeleteTopicsRequest, version: number): readonly Wanted[] {
  return version >= 6 ? request.topics : request.topicNames.map(name => ({ name, topicId: zeroUuid }))
}
