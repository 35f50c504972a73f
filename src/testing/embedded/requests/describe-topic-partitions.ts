import { DescribeTopicPartitions } from '../../../protocol/messages/describe-topic-partitions.js'
import { zeroUuid } from '../../../protocol/uuid.js'
import { authorizedOperations, notAsked } from '../authorized-operations.js'
import { code } from '../error-code.js'
import { handler, type RequestContext } from '../handler.js'
import type { Partition } from '../partition.js'
import { topicNameProblem } from '../topic.js'

/** The most partitions that one answer has. */
const maxPartitions = 2000

/** Who leads which partitions, a page at a time. */
export const describeTopicPartitions = handler(DescribeTopicPartitions, {
  respond(request, context) {
    const { cursor } = request
    const asked = request.topics.map(({ name }) => name)
    const names = asked.length === 0 ? [...context.cluster.topics.keys()] : [...new Set(asked)]
    const ahead = names.toSorted().filter(name => cursor === null || name >= cursor.topicName)
    let room = Math.min(Math.max(request.responsePartitionLimit, 1), maxPartitions)
    const topics: ReturnType<typeof describe>[] = []
    for (const name of ahead) {
      const from = cursor?.topicName === name ? cursor.partitionIndex : 0
      const count = context.cluster.topics.get(name)?.partitions.length ?? 0
      if (count > from && room === 0)
        return { ...answer(topics), nextCursor: { topicName: name, partitionIndex: from } }
      topics.push(describe(name, from, from + room, context))
      if (count > from + room) {
        return { ...answer(topics), nextCursor: { topicName: name, partitionIndex: from + room } }
      }
      room -= Math.max(count - from, 0)
    }
    return answer(topics)
  },
  places: request => request.topics.map(({ name }) => ({ topic: name })),
})

function answer(topics: ReturnType<typeof describe>[]) {
  return { topics, nextCursor: null }
}

function describe(name: string, from: number, to: number, context: RequestContext) {
  const topic = context.cluster.topics.get(name)
  const missing = topicNameProblem(name) === undefined ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'INVALID_TOPIC_EXCEPTION'
  const errorCode = context.refusal(name) || (topic === undefined ? code(missing) : 0)
  return {
    errorCode,
    name,
    topicId: topic?.id ?? zeroUuid,
    isInternal: topic?.isInternal ?? false,
    partitions: errorCode === 0 ? (topic?.partitions.slice(from, to) ?? []).map(one => partition(one, context)) : [],
    topicAuthorizedOperations: errorCode === 0 ? authorizedOperations.topic : notAsked,
  }
}

function partition({ index, leader, leaderEpoch, replicas, isr }: Partition, { cluster }: RequestContext) {
  return {
    errorCode: leader === -1 ? code('LEADER_NOT_AVAILABLE') : 0,
    partitionIndex: index,
    leaderId: leader,
    leaderEpoch,
    replicaNodes: replicas,
    isrNodes: isr,
    eligibleLeaderReplicas: [],
    lastKnownElr: [],
    offlineReplicas: replicas.filter(id => !cluster.nodes.get(id)?.isUp),
  }
}
