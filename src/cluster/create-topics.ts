import { concatMap, map, type Observable, timeInterval } from 'rxjs'
import { brokerError } from '../broker/broker-error.js'
import { checkOptions, describe, type OptionNames } from '../errors/check-options.js'
import { ArgumentError } from '../errors.js'
import { errors } from '../protocol/error-codes.js'
import { CreateTopics } from '../protocol/messages/create-topics.js'
import type { MetadataResponse } from '../protocol/messages/metadata.js'
import type { Cluster } from './cluster.js'
import { everywhere } from './everywhere.js'
import type { Topic } from './topic.js'
import { topicsOf } from './topics.js'

/** A topic to be made; what is left out is the broker's to say. */
export interface NewTopic {
  readonly name: string
  /** Default: the broker's `num.partitions`. */
  readonly partitions?: number | undefined
  /** Default: the broker's `default.replication.factor`. */
  readonly replicationFactor?: number | undefined
  /** As `kafka-topics --config` takes it: `{ 'cleanup.policy': 'compact' }`. */
  readonly config?: Readonly<Record<string, string>> | undefined
}

const names: OptionNames<NewTopic> = { name: true, partitions: true, replicationFactor: true, config: true }
const MAX_INT32 = 2 ** 31 - 1

/** Throws ArgumentError for what is no description of a topic. */
export function checkNewTopic(topic: NewTopic): void {
  checkOptions(topic, names, 'a new topic')
  if (typeof topic.name !== 'string' || topic.name === '') {
    throw new ArgumentError(`a new topic needs a name; got ${describe(topic.name)}`)
  }
}

/** Makes the topics; emits them once every broker knows of them. */
export function createTopics(
  cluster: Cluster,
  topics: readonly NewTopic[],
  timeout: number,
): Observable<readonly Topic[]> {
  const body = {
    topics: topics.map(({ name, partitions = -1, replicationFactor = -1, config = {} }) => ({
      name,
      numPartitions: partitions,
      replicationFactor,
      assignments: [],
      configs: Object.entries(config).map(([key, value]) => ({ name: key, value })),
    })),
    timeoutMs: Math.min(timeout, MAX_INT32),
    validateOnly: false,
  }
  const created = topics.map(({ name }) => name)
  return cluster.request(CreateTopics, { body, to: 'controller', timeout }).pipe(
    timeInterval(cluster.scheduler),
    concatMap(({ value: response, interval }) => {
      for (const { name, errorCode, errorMessage } of response.topics) {
        if (errorCode !== errors.NONE.code) throw brokerError(errorCode, `creating the topic ${name}`, errorMessage)
      }
      for (const name of created) cluster.metadata.stale(name)
      const left = timeout - interval
      return everywhere(cluster, created, `creating ${created.join(', ')}`, left, areThere).pipe(
        map(answer => topicsOf(answer, created)),
      )
    }),
  )
}

/** With a leader for each partition, so that they can be used at once. */
function areThere({ topics }: MetadataResponse): boolean {
  return topics.every(
    ({ errorCode, partitions }) =>
      errorCode === errors.NONE.code && partitions.length > 0 && partitions.every(({ leaderId }) => leaderId >= 0),
  )
}
