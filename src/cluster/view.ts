import { errors } from '../protocol/error-codes.js'
import type { MetadataResponse } from '../protocol/messages/metadata.js'
import type { Topic, TopicPartitionInfo } from './topic.js'

/** A broker of the cluster, where its clients are to find it. */
export interface Node {
  readonly id: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
}

/** What is known of a cluster; never changed, but replaced as a whole. */
export interface View {
  /** Null before the first answer, and from brokers that do not say. */
  readonly clusterId: string | null
  /** -1 for none. */
  readonly controllerId: number
  readonly nodes: ReadonlyMap<number, Node>
  readonly topics: ReadonlyMap<string, Topic>
  /** Kafka's number for why a topic that was asked for is not among `topics`. */
  readonly missing: ReadonlyMap<string, number>
}

/** Before anything is known. */
export const nothingKnown: View = {
  clusterId: null,
  controllerId: -1,
  nodes: new Map(),
  topics: new Map(),
  missing: new Map(),
}

/** A leader that an answer named in passing (KIP-951). */
export interface LeaderHint {
  readonly topic: string
  readonly partition: number
  readonly leaderId: number
  readonly leaderEpoch: number
}

/**
 * The view with an answer to Metadata taken in.
 *
 * A partition whose leader epoch is older than the one known, of the same topic id, stays as it is known: a broker that
 * lags answered (KIP-320). Another id is another topic, and all of it is taken. Brokers that the answer does not name
 * have left. Of all topics when `all`: those that are not there are gone.
 */
export function mergeMetadata(view: View, response: MetadataResponse, all: boolean): View {
  const topics = new Map(all ? [] : view.topics)
  const missing = new Map(all ? [] : view.missing)
  for (const { errorCode, name, topicId, isInternal, partitions } of response.topics) {
    if (name === null) continue
    missing.delete(name)
    if (errorCode !== errors.NONE.code) {
      topics.delete(name)
      missing.set(name, errorCode)
      continue
    }
    const known = view.topics.get(name)
    const isSame = known !== undefined && known.id === topicId
    const told = partitions.map(partitionOf).sort((a, b) => a.partition - b.partition)
    topics.set(name, {
      name,
      id: topicId,
      isInternal,
      partitions: isSame ? told.map(partition => newer(known.partitions[partition.partition], partition)) : told,
    })
  }
  return {
    clusterId: response.clusterId,
    controllerId: response.controllerId,
    nodes: new Map(response.brokers.map(({ nodeId, host, port, rack }) => [nodeId, { id: nodeId, host, port, rack }])),
    topics,
    missing,
  }
}

/**
 * The view with the leader that an answer named taken in, and where that lives; the same view when it says nothing new.
 */
export function takeHint(view: View, hint: LeaderHint, endpoints: readonly Omit<Node, 'rack'>[]): View {
  const { leaderId, leaderEpoch } = hint
  const topic = view.topics.get(hint.topic)
  const partition = topic?.partitions[hint.partition]
  if (topic === undefined || partition === undefined || leaderId < 0 || leaderEpoch <= partition.leaderEpoch)
    return view
  const endpoint = endpoints.find(({ id }) => id === leaderId)
  // A leader that nobody knows where to find is no use.
  if (endpoint === undefined && !view.nodes.has(leaderId)) return view
  const partitions = topic.partitions.with(hint.partition, { ...partition, leader: leaderId, leaderEpoch })
  const nodes = endpoint === undefined ? view.nodes : withNode(view.nodes, endpoint)
  return { ...view, nodes, topics: new Map(view.topics).set(topic.name, { ...topic, partitions }) }
}

function withNode(nodes: ReadonlyMap<number, Node>, { id, host, port }: Omit<Node, 'rack'>): ReadonlyMap<number, Node> {
  const known = nodes.get(id)
  if (known?.host === host && known.port === port) return nodes
  return new Map(nodes).set(id, { id, host, port, rack: known?.rack ?? null })
}

type PartitionResponse = MetadataResponse['topics'][number]['partitions'][number]

function partitionOf(response: PartitionResponse): TopicPartitionInfo {
  return {
    partition: response.partitionIndex,
    leader: response.leaderId,
    leaderEpoch: response.leaderEpoch,
    replicas: response.replicaNodes,
    inSyncReplicas: response.isrNodes,
    offline: response.offlineReplicas,
  }
}

function newer(known: TopicPartitionInfo | undefined, told: TopicPartitionInfo): TopicPartitionInfo {
  // -1: a broker that does not know of epochs.
  return known !== undefined && told.leaderEpoch >= 0 && known.leaderEpoch > told.leaderEpoch ? known : told
}
