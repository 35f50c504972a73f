import { map, type Observable } from 'rxjs'
import { brokerError } from '../broker/broker-error.js'
import { errors } from '../protocol/error-codes.js'
import { Metadata, type MetadataResponse } from '../protocol/messages/metadata.js'
import type { Cluster } from './cluster.js'
import type { RequestTarget } from './request-target.js'
import type { Topic } from './topic.js'
import { mergeMetadata, nothingKnown } from './view.js'

/** How topics are asked for. */
export interface DescribeTopicsOptions {
  readonly to: RequestTarget
  readonly timeout: number
}

/** What a broker knows of these topics, or of all; emits once. */
export function describeTopics(
  cluster: Cluster,
  names: readonly string[] | undefined,
  { to, timeout }: DescribeTopicsOptions,
): Observable<MetadataResponse> {
  const body = { topics: names?.map(name => ({ name })) ?? null, allowAutoTopicCreation: false }
  return cluster.request(Metadata, { body, to, timeout })
}

/** The topics of an answer, in its order; throws the BrokerError of one that is not there, with its name. */
export function topicsOf(response: MetadataResponse): readonly Topic[] {
  for (const { name, errorCode } of response.topics) {
    if (errorCode !== errors.NONE.code) throw brokerError(errorCode, `the topic ${name}`)
  }
  return [...mergeMetadata(nothingKnown, response, true).topics.values()]
}

/** These topics, or all; emits once and completes. */
export function topics(cluster: Cluster, names: readonly string[] | undefined): Observable<readonly Topic[]> {
  const timeout = cluster.settings.requestTimeout
  return describeTopics(cluster, names, { to: 'any', timeout }).pipe(map(topicsOf))
}
