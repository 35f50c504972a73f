import { CreatePartitions, type CreatePartitionsRequest } from '../../../protocol/messages/create-partitions.js'
import type { Failure } from '../cluster.js'
import { checkReplicas, maxPartitions, settleSoon, spread } from '../create-topic.js'
import { code } from '../error-code.js'
import { handler, type RequestContext } from '../handler.js'

type Wanted = CreatePartitionsRequest['topics'][number]

/** Adds partitions to topics. */
export const createPartitions = handler(CreatePartitions, {
  respond(request, context) {
    let room = maxPartitions
    const results = once(request.topics).map(({ isTwice, ...wanted }) => {
      const { name } = wanted
      if (isTwice) return { name, errorCode: code('INVALID_REQUEST'), errorMessage: 'Duplicate topic name.' }
      const refused = context.refusal(name)
      if (refused !== 0) return { name, errorCode: refused, errorMessage: null }
      const added = grow(wanted, room, request.validateOnly, context)
      if (typeof added !== 'number') return { name, errorCode: code(added.error), errorMessage: added.message }
      room -= added
      return { name, errorCode: 0, errorMessage: null }
    })
    return { results }
  },
  places: request => request.topics.map(({ name }) => ({ topic: name })),
})

/** Each name once, with whether it came more than once. */
function once(topics: readonly Wanted[]) {
  const names = topics.map(({ name }) => name)
  return topics
    .filter(({ name }, index) => names.indexOf(name) === index)
    .map(wanted => ({ ...wanted, isTwice: names.lastIndexOf(wanted.name) !== names.indexOf(wanted.name) }))
}

/** Adds at most `room` partitions to a topic; how many, or why not. */
function grow(
  { name, count, assignments }: Wanted,
  room: number,
  validateOnly: boolean,
  { cluster }: RequestContext,
): number | Failure {
  const topic = cluster.topics.get(name)
  if (topic === undefined)
    return { error: 'UNKNOWN_TOPIC_OR_PARTITION', message: 'This server does not host this topic-partition.' }
  const had = topic.partitions.length
  if (count <= had) {
    const what =
      count === had
        ? `Topic already has ${had} partition(s).`
        : `The topic ${name} currently has ${had} partition(s); ${count} would not be an increase.`
    return { error: 'INVALID_PARTITIONS', message: what }
  }
  if (assignments !== null && assignments.length !== count - had) {
    const message = `Attempted to add ${count - had} additional partition(s), but only ${assignments.length} assignment(s) were specified.`
    return { error: 'INVALID_REPLICA_ASSIGNMENT', message }
  }
  if (count - had > room) return { error: 'UNKNOWN_SERVER_ERROR', message: null }
  const replicationFactor = topic.partitions[0]?.replicas.length ?? 1
  const placed = assignments?.map(({ brokerIds }) => brokerIds) ?? spread(cluster, had, count, replicationFactor)
  if (!Array.isArray(placed)) return placed
  for (const replicas of placed) {
    const failure = checkReplicas(cluster, replicas)
    if (failure !== undefined) return failure
  }
  if (validateOnly) return count - had
  settleSoon(
    cluster,
    placed.map(replicas => topic.addPartition(replicas)),
  )
  return count - had
}
