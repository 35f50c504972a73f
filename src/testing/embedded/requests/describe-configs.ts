import { DescribeConfigs, type DescribeConfigsRequest } from '../../../protocol/messages/describe-configs.js'
import { code } from '../error-code.js'
import { handler, type RequestContext } from '../handler.js'
import { topicNameProblem } from '../topic.js'
import { type DescribedConfig, describeBrokerConfig, describeTopicConfig } from '../topic-settings.js'

type Resource = DescribeConfigsRequest['resources'][number]

/** The kinds of things that have settings, by Kafka's numbers. */
const kinds = { topic: 2, broker: 4 } as const

/** The settings of topics and of the broker that is asked. */
export const describeConfigs = handler(DescribeConfigs, {
  respond: (request, context) => ({
    results: request.resources.map(resource => {
      const { resourceType, resourceName, configurationKeys } = resource
      const described = describe(resource, context)
      const base = { resourceType, resourceName }
      if (!Array.isArray(described)) return { ...base, ...described, configs: [] }
      const configs = described
        .filter(({ name }) => configurationKeys === null || configurationKeys.includes(name))
        .map(config => ({ ...config, synonyms: request.includeSynonyms ? config.synonyms : [], documentation: null }))
      return { ...base, errorCode: 0, errorMessage: null, configs }
    }),
  }),
  places: request =>
    request.resources
      .filter(({ resourceType }) => resourceType === kinds.topic)
      .map(({ resourceName }) => ({ topic: resourceName })),
})

function describe({ resourceType, resourceName }: Resource, context: RequestContext): DescribedConfig[] | ErrorOf {
  const { cluster, node } = context
  const refused = context.refusal(resourceType === kinds.topic ? resourceName : '')
  if (refused !== 0) return { errorCode: refused, errorMessage: null }
  if (resourceType === kinds.topic) {
    const topic = cluster.topics.get(resourceName)
    if (topic !== undefined) return describeTopicConfig(topic, cluster.settings)
    const problem = topicNameProblem(resourceName)
    return problem === undefined
      ? { errorCode: code('UNKNOWN_TOPIC_OR_PARTITION'), errorMessage: null }
      : { errorCode: code('INVALID_TOPIC_EXCEPTION'), errorMessage: `Topic name is invalid: ${problem}` }
  }
  if (resourceType === kinds.broker) {
    // The empty name is the default that all brokers share: none was ever set.
    if (resourceName === '') return []
    if (resourceName === String(node.id)) return describeBrokerConfig(cluster.settings)
    const errorMessage = `Unexpected broker id, expected ${node.id} or empty string, but received ${resourceName}`
    return { errorCode: code('INVALID_REQUEST'), errorMessage }
  }
  return { errorCode: code('INVALID_REQUEST'), errorMessage: `Unsupported resource type: ${resourceType}` }
}

interface ErrorOf {
  readonly errorCode: number
  readonly errorMessage: string | null
}
