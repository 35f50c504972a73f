import { map, type Observable } from 'rxjs'
import { brokerError } from '../broker/broker-error.js'
import { errors } from '../protocol/error-codes.js'
import { Metadata, type MetadataResponse } from '../protocol/messages/metadata.js'
import type { Cluster } from './cluster.js'
import type { Topic } from './topic.js'
import { mergeMetadata, nothingKnown } from './view.js'

/**
 * The topics of an answer, in the order of their names where these are given; throws the BrokerError of one that is not
 * there, with its name.
 */
export function topicsOf(response: MetadataResponse, names?: readonly string[]): readonly Topic[] {
  for (const { name, errorCode } of response.topics) {
    if (errorCode !== errors.NONE.code) throw brokerError(errorCode, `the topic ${name}`)
  }
  const { topics } = mergeMetadata(nothingKnown, response, true)
  return names === undefined ? [...topics.values()] : names.flatMap(name => topics.get(name) ?? [])
}

/** These topics, or all; emits once and completes. */
export function topics(cluster: Cluster, names: readonly string[] | undefined): Observable<readonly Topic[]> {
  const timeout = cluster.settings.requestTimeout
  const body = { topics: names?.map(name => ({ name })) ?? null, allowAutoTopicCreation: false }
  return cluster.request(Metadata, { body, to: 'any', timeout }).pipe(map(response => topicsOf(response, names)))
}
