import { CreatePartitions, type CreatePartitionsRequest } from '../../../protocol/messages/create-partitions.js'
import { checkReplicas, maxPartitions, settleSoon, spread } from '../create-topic.js'
import { code, type Failure } from '../error-code.js'
import { handler, type RequestContext } from '../handler.js'

type Wanted = CreatePartitionsRequest['topics'][number]

/** Adds partitions to topics. */
export const createPartitions = handler(CreatePartitions, {
  respond(request, context) {
    const topics = once(request.topics)
    const isTooMuch = topics.reduce((sum, wanted) => sum + addedBy(wanted, context), 0) > maxPartitions
    return {
      results: topics.map(({ isTwice, ...wanted }) => {
        const { name } = wanted
        if (isTooMuch) return { name, errorCode: code('POLICY_VIOLATION'), errorMessage: excess }
        if (isTwice) return { name, errorCode: code('INVALID_REQUEST'), errorMessage: 'Duplicate topic name.' }
        const refused = context.refusal(name)
        if (refused !== 0) return { name, errorCode: refused, errorMessage: null }
        const failure = grow(wanted, request.validateOnly, context)
        return {
          name,
          errorCode: failure === undefined ? 0 : code(failure.error),
          errorMessage: failure?.message ?? null,
        }
      }),
    }
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

const excess = 'Excessively large number of additional partitions per request.'

/** How many partitions it would add. */
function addedBy({ name, count }: Wanted, { cluster }: RequestContext): number {
  const topic = cluster.topics.get(name)
  return topic === undefined ? 0 : Math.max(count - topic.partitions.length, 0)
}

function grow(
  { name, count, assignments }: Wanted,
  validateOnly: boolean,
  { cluster }: RequestContext,
): Failure | undefined {
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
  const replicationFactor = topic.partitions[0]?.replicas.length ?? 1
  const placed = assignments?.map(({ brokerIds }) => brokerIds) ?? spread(cluster, had, count, replicationFactor)
  if (!Array.isArray(placed)) return placed
  for (const replicas of placed) {
    const failure = checkReplicas(cluster, replicas)
    if (failure !== undefined) return failure
  }
  if (validateOnly) return undefined
  settleSoon(
    cluster,
    placed.map(replicas => topic.addPartition(replicas)),
  )
  return undefined
}
