import { Metadata, type MetadataRequest } from '../../../protocol/messages/metadata.js'
import { zeroUuid } from '../../../protocol/uuid.js'
import { authorizedOperations, notAsked } from '../authorized-operations.js'
import { type Cluster, controllerId, liveNodes } from '../cluster.js'
import { createTopic } from '../create-topic.js'
import { code } from '../error-code.js'
import { handler, type RequestContext } from '../handler.js'
import { type Topic, topicNameProblem } from '../topic.js'

/** Which brokers and topics there are; creates topics that are not. */
export const metadata = handler(Metadata, {
  respond(request, context) {
    const { cluster, version } = context
    if (version < 12 && request.topics?.some(({ name, topicId }) => name === null || topicId !== zeroUuid))
      return 'hang up'
    return {
      brokers: liveNodes(cluster).map(({ id, host, port, rack }) => ({ nodeId: id, host, port, rack })),
      clusterId: cluster.id,
      controllerId: controllerId(cluster),
      topics: wantedTopics(request, context).map(wanted => describeTopic(wanted, request, context)),
      clusterAuthorizedOperations: request.includeClusterAuthorizedOperations ? authorizedOperations.cluster : notAsked,
    }
  },
  // Others are its topics'.
  refuse: (_request, errorCode, { version }) =>
    errorCode === code('REBOOTSTRAP_REQUIRED') && version >= 13
      ? { errorCode, brokers: [], clusterId: null, controllerId: -1, topics: [] }
      : undefined,
  places: request => (request.topics ?? []).flatMap(({ name }) => (name === null ? [] : { topic: name })),
})

/** A topic that is there, or the name or id of one that is not, and why. */
type Wanted = Topic | { readonly name: string | null; readonly id: string; readonly errorCode: number }

function wantedTopics(request: MetadataRequest, context: RequestContext): Wanted[] {
  const { cluster, version } = context
  const { topics } = request
  if (topics === null || (version === 0 && topics.length === 0)) return [...cluster.topics.values()]
  const ids = topics.filter(({ topicId }) => topicId !== zeroUuid).map(({ topicId }) => topicId)
  if (ids.length > 0) {
    return ids.map(id => cluster.topicsById.get(id) ?? { name: null, id, errorCode: code('UNKNOWN_TOPIC_ID') })
  }
  const mayCreate = request.allowAutoTopicCreation && cluster.settings.config['auto.create.topics.enable']
  return [...new Set(topics.map(({ name }) => name ?? ''))].map(name =>
    findTopic(cluster, name, mayCreate && context.refusal(name) === 0),
  )
}

function findTopic(cluster: Cluster, name: string, mayCreate: boolean): Wanted {
  const topic = cluster.topics.get(name)
  if (topic !== undefined) return topic
  if (topicNameProblem(name) !== undefined) return { name, id: zeroUuid, errorCode: code('INVALID_TOPIC_EXCEPTION') }
  if (!mayCreate) return { name, id: zeroUuid, errorCode: code('UNKNOWN_TOPIC_OR_PARTITION') }
  const created = createTopic(cluster, { name, partitions: -1, replicationFactor: -1 })
  return 'error' in created ? { name, id: zeroUuid, errorCode: code(created.error) } : created
}

function describeTopic(wanted: Wanted, request: MetadataRequest, context: RequestContext) {
  const { name, id: topicId } = wanted
  const refused = name === null ? 0 : context.refusal(name)
  const none = { name, topicId, isInternal: false, partitions: [] }
  if (refused !== 0) return { ...none, errorCode: refused }
  if ('errorCode' in wanted) return { ...none, errorCode: wanted.errorCode }
  return {
    errorCode: 0,
    name,
    topicId,
    isInternal: wanted.isInternal,
    partitions: wanted.partitions.map(partition => ({
      errorCode: partition.leader === -1 ? code('LEADER_NOT_AVAILABLE') : 0,
      partitionIndex: partition.index,
      leaderId: partition.leader,
      leaderEpoch: partition.leaderEpoch,
      replicaNodes: partition.replicas,
      isrNodes: partition.isr,
      offlineReplicas: partition.replicas.filter(id => !context.cluster.nodes.get(id)?.isUp),
    })),
    topicAuthorizedOperations: request.includeTopicAuthorizedOperations ? authorizedOperations.topic : notAsked,
  }
}
