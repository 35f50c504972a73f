import type { Handler } from './handler.js'
import { apiVersions } from './requests/api-versions.js'
import { createPartitions } from './requests/create-partitions.js'
import { createTopics } from './requests/create-topics.js'
import { deleteTopics } from './requests/delete-topics.js'
import { describeCluster } from './requests/describe-cluster.js'
import { describeConfigs } from './requests/describe-configs.js'
import { describeTopicPartitions } from './requests/describe-topic-partitions.js'
import { fetch } from './requests/fetch.js'
import { findCoordinator } from './requests/find-coordinator.js'
import { initProducerId } from './requests/init-producer-id.js'
import { listOffsets } from './requests/list-offsets.js'
import { metadata } from './requests/metadata.js'
import { offsetForLeaderEpoch } from './requests/offset-for-leader-epoch.js'
import { produce } from './requests/produce.js'
import { saslAuthenticate } from './requests/sasl-authenticate.js'
import { saslHandshake } from './requests/sasl-handshake.js'

/** What the embedded broker serves, by API key; anything else makes it hang up, as Kafka does. */
export const handlers: ReadonlyMap<number, Handler> = new Map(
  [
    produce,
    fetch,
    listOffsets,
    metadata,
    findCoordinator,
    saslHandshake,
    apiVersions,
    createTopics,
    deleteTopics,
    initProducerId,
    offsetForLeaderEpoch,
    describeConfigs,
    saslAuthenticate,
    createPartitions,
    describeCluster,
    describeTopicPartitions,
  ].map(handler => [handler.api.key, handler]),
)
