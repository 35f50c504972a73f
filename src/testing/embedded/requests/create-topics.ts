import { CreateTopics, type CreateTopicsRequest } from '../../../protocol/messages/create-topics.js'
import { createTopic, maxPartitions } from '../create-topic.js'
import { code } from '../error-code.js'
import { handler, type RequestContext } from '../handler.js'
import { describeTopicConfig } from '../topic-settings.js'

type Wanted = CreateTopicsRequest['topics'][number]

/** Creates topics. */
export const createTopics = handler(CreateTopics, {
  respond(request, context) {
    const names = request.topics.map(({ name }) => name)
    const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index))
    // What is below 0 is refused by itself, and makes no room for the others.
    const isTooMuch =
      request.topics.reduce((sum, wanted) => sum + Math.max(sizeOf(wanted, context), 0), 0) > maxPartitions
    const excess = 'Excessively large number of partitions per request.'
    if (isTooMuch) return { topics: [...new Set(names)].map(name => failed(name, code('POLICY_VIOLATION'), excess)) }
    return {
      topics: request.topics
        .filter(({ name }, index) => names.indexOf(name) === index)
        .map(wanted =>
          twice.has(wanted.name)
            ? failed(wanted.name, code('INVALID_REQUEST'), 'Duplicate topic name.')
            : create(wanted, request.validateOnly, context),
        ),
    }
  },
  places: request => request.topics.map(({ name }) => ({ topic: name })),
})

function sizeOf({ assignments, numPartitions }: Wanted, { cluster }: RequestContext): number {
  if (assignments.length > 0) return assignments.length
  return numPartitions === -1 ? cluster.settings.config['num.partitions'] : numPartitions
}

function create(wanted: Wanted, validateOnly: boolean, { cluster, refusal }: RequestContext) {
  const { name, numPartitions, replicationFactor, assignments, configs } = wanted
  const refused = refusal(name)
  if (refused !== 0) return failed(name, refused, null)
  const topic = createTopic(
    cluster,
    {
      name,
      partitions: numPartitions,
      replicationFactor,
      assignments: new Map(assignments.map(({ partitionIndex, brokerIds }) => [partitionIndex, brokerIds])),
      config: Object.fromEntries(configs.map(config => [config.name, config.value])),
    },
    validateOnly,
  )
  if ('error' in topic) return failed(name, code(topic.error), topic.message)
  return {
    name,
    topicId: topic.id,
    errorCode: 0,
    errorMessage: null,
    numPartitions: topic.partitions.length,
    replicationFactor: topic.partitions[0]?.replicas.length ?? 0,
    configs: describeTopicConfig(topic, cluster.settings).map(
      ({ name, value, readOnly, configSource, isSensitive }) => ({
        name,
        value,
        readOnly,
        configSource,
        isSensitive,
      }),
    ),
  }
}

function failed(name: string, errorCode: number, errorMessage: string | null) {
  return { name, errorCode, errorMessage, configs: [] }
}
