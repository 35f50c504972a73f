import type { Handler } from './handler.js'
import { addOffsetsToTxn } from './requests/add-offsets-to-txn.js'
import { addPartitionsToTxn } from './requests/add-partitions-to-txn.js'
import { apiVersions } from './requests/api-versions.js'
import { consumerGroupDescribe } from './requests/consumer-group-describe.js'
import { consumerGroupHeartbeat } from './requests/consumer-group-heartbeat.js'
import { createPartitions } from './requests/create-partitions.js'
import { createTopics } from './requests/create-topics.js'
import { deleteGroups } from './requests/delete-groups.js'
import { deleteTopics } from './requests/delete-topics.js'
import { describeCluster } from './requests/describe-cluster.js'
import { describeConfigs } from './requests/describe-configs.js'
import { describeGroups } from './requests/describe-groups.js'
import { describeTopicPartitions } from './requests/describe-topic-partitions.js'
import { endTxn } from './requests/end-txn.js'
import { fetch } from './requests/fetch.js'
import { findCoordinator } from './requests/find-coordinator.js'
import { heartbeat } from './requests/heartbeat.js'
import { initProducerId } from './requests/init-producer-id.js'
import { joinGroup } from './requests/join-group.js'
import { leaveGroup } from './requests/leave-group.js'
import { listGroups } from './requests/list-groups.js'
import { listOffsets } from './requests/list-offsets.js'
import { metadata } from './requests/metadata.js'
import { offsetCommit } from './requests/offset-commit.js'
import { offsetDelete } from './requests/offset-delete.js'
import { offsetFetch } from './requests/offset-fetch.js'
import { offsetForLeaderEpoch } from './requests/offset-for-leader-epoch.js'
import { produce } from './requests/produce.js'
import { saslAuthenticate } from './requests/sasl-authenticate.js'
import { saslHandshake } from './requests/sasl-handshake.js'
import { syncGroup } from './requests/sync-group.js'
import { txnOffsetCommit } from './requests/txn-offset-commit.js'

/** What the embedded broker serves, by API key; anything else makes it hang up, as Kafka does. */
export const handlers: ReadonlyMap<number, Handler> = new Map(
  [
    produce,
    fetch,
    listOffsets,
    metadata,
    offsetCommit,
    offsetFetch,
    findCoordinator,
    joinGroup,
    heartbeat,
    leaveGroup,
    syncGroup,
    describeGroups,
    listGroups,
    saslHandshake,
    apiVersions,
    createTopics,
    deleteTopics,
    initProducerId,
    offsetForLeaderEpoch,
    addPartitionsToTxn,
    addOffsetsToTxn,
    endTxn,
    txnOffsetCommit,
    describeConfigs,
    saslAuthenticate,
    createPartitions,
    deleteGroups,
    offsetDelete,
    describeCluster,
    consumerGroupHeartbeat,
    consumerGroupDescribe,
    describeTopicPartitions,
  ].map(handler => [handler.api.key, handler]),
)
