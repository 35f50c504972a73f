// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.

import type { Api } from '../api.js'
import { AddOffsetsToTxn } from './add-offsets-to-txn.js'
import { AddPartitionsToTxn } from './add-partitions-to-txn.js'
import { AddRaftVoter } from './add-raft-voter.js'
import { AlterClientQuotas } from './alter-client-quotas.js'
import { AlterConfigs } from './alter-configs.js'
import { AlterPartitionReassignments } from './alter-partition-reassignments.js'
import { AlterReplicaLogDirs } from './alter-replica-log-dirs.js'
import { AlterShareGroupOffsets } from './alter-share-group-offsets.js'
import { AlterUserScramCredentials } from './alter-user-scram-credentials.js'
import { ApiVersions } from './api-versions.js'
import { ConsumerGroupDescribe } from './consumer-group-describe.js'
import { ConsumerGroupHeartbeat } from './consumer-group-heartbeat.js'
import { CreateAcls } from './create-acls.js'
import { CreateDelegationToken } from './create-delegation-token.js'
import { CreatePartitions } from './create-partitions.js'
import { CreateTopics } from './create-topics.js'
import { DeleteAcls } from './delete-acls.js'
import { DeleteGroups } from './delete-groups.js'
import { DeleteRecords } from './delete-records.js'
import { DeleteShareGroupOffsets } from './delete-share-group-offsets.js'
import { DeleteShareGroupState } from './delete-share-group-state.js'
import { DeleteTopics } from './delete-topics.js'
import { DescribeAcls } from './describe-acls.js'
import { DescribeClientQuotas } from './describe-client-quotas.js'
import { DescribeCluster } from './describe-cluster.js'
import { DescribeConfigs } from './describe-configs.js'
import { DescribeDelegationToken } from './describe-delegation-token.js'
import { DescribeGroups } from './describe-groups.js'
import { DescribeLogDirs } from './describe-log-dirs.js'
import { DescribeProducers } from './describe-producers.js'
import { DescribeQuorum } from './describe-quorum.js'
import { DescribeShareGroupOffsets } from './describe-share-group-offsets.js'
import { DescribeTopicPartitions } from './describe-topic-partitions.js'
import { DescribeTransactions } from './describe-transactions.js'
import { DescribeUserScramCredentials } from './describe-user-scram-credentials.js'
import { ElectLeaders } from './elect-leaders.js'
import { EndTxn } from './end-txn.js'
import { ExpireDelegationToken } from './expire-delegation-token.js'
import { Fetch } from './fetch.js'
import { FindCoordinator } from './find-coordinator.js'
import { GetTelemetrySubscriptions } from './get-telemetry-subscriptions.js'
import { Heartbeat } from './heartbeat.js'
import { IncrementalAlterConfigs } from './incremental-alter-configs.js'
import { InitProducerId } from './init-producer-id.js'
import { InitializeShareGroupState } from './initialize-share-group-state.js'
import { JoinGroup } from './join-group.js'
import { LeaveGroup } from './leave-group.js'
import { ListConfigResources } from './list-config-resources.js'
import { ListGroups } from './list-groups.js'
import { ListOffsets } from './list-offsets.js'
import { ListPartitionReassignments } from './list-partition-reassignments.js'
import { ListTransactions } from './list-transactions.js'
import { Metadata } from './metadata.js'
import { OffsetCommit } from './offset-commit.js'
import { OffsetDelete } from './offset-delete.js'
import { OffsetFetch } from './offset-fetch.js'
import { OffsetForLeaderEpoch } from './offset-for-leader-epoch.js'
import { Produce } from './produce.js'
import { PushTelemetry } from './push-telemetry.js'
import { ReadShareGroupState } from './read-share-group-state.js'
import { ReadShareGroupStateSummary } from './read-share-group-state-summary.js'
import { RemoveRaftVoter } from './remove-raft-voter.js'
import { RenewDelegationToken } from './renew-delegation-token.js'
import { SaslAuthenticate } from './sasl-authenticate.js'
import { SaslHandshake } from './sasl-handshake.js'
import { ShareAcknowledge } from './share-acknowledge.js'
import { ShareFetch } from './share-fetch.js'
import { ShareGroupDescribe } from './share-group-describe.js'
import { ShareGroupHeartbeat } from './share-group-heartbeat.js'
import { StreamsGroupDescribe } from './streams-group-describe.js'
import { StreamsGroupHeartbeat } from './streams-group-heartbeat.js'
import { StreamsGroupTopologyDescriptionUpdate } from './streams-group-topology-description-update.js'
import { SyncGroup } from './sync-group.js'
import { TxnOffsetCommit } from './txn-offset-commit.js'
import { UnregisterBroker } from './unregister-broker.js'
import { UnregisterController } from './unregister-controller.js'
import { UpdateFeatures } from './update-features.js'
import { WriteShareGroupState } from './write-share-group-state.js'
import { WriteTxnMarkers } from './write-txn-markers.js'

export * from './add-offsets-to-txn.js'
export * from './add-partitions-to-txn.js'
export * from './add-raft-voter.js'
export * from './alter-client-quotas.js'
export * from './alter-configs.js'
export * from './alter-partition-reassignments.js'
export * from './alter-replica-log-dirs.js'
export * from './alter-share-group-offsets.js'
export * from './alter-user-scram-credentials.js'
export * from './api-versions.js'
export * from './consumer-group-describe.js'
export * from './consumer-group-heartbeat.js'
export * from './consumer-protocol-assignment.js'
export * from './consumer-protocol-subscription.js'
export * from './create-acls.js'
export * from './create-delegation-token.js'
export * from './create-partitions.js'
export * from './create-topics.js'
export * from './delete-acls.js'
export * from './delete-groups.js'
export * from './delete-records.js'
export * from './delete-share-group-offsets.js'
export * from './delete-share-group-state.js'
export * from './delete-topics.js'
export * from './describe-acls.js'
export * from './describe-client-quotas.js'
export * from './describe-cluster.js'
export * from './describe-configs.js'
export * from './describe-delegation-token.js'
export * from './describe-groups.js'
export * from './describe-log-dirs.js'
export * from './describe-producers.js'
export * from './describe-quorum.js'
export * from './describe-share-group-offsets.js'
export * from './describe-topic-partitions.js'
export * from './describe-transactions.js'
export * from './describe-user-scram-credentials.js'
export * from './elect-leaders.js'
export * from './end-txn.js'
export * from './expire-delegation-token.js'
export * from './fetch.js'
export * from './find-coordinator.js'
export * from './get-telemetry-subscriptions.js'
export * from './heartbeat.js'
export * from './incremental-alter-configs.js'
export * from './init-producer-id.js'
export * from './initialize-share-group-state.js'
export * from './join-group.js'
export * from './kafka-version.js'
export * from './leave-group.js'
export * from './list-config-resources.js'
export * from './list-groups.js'
export * from './list-offsets.js'
export * from './list-partition-reassignments.js'
export * from './list-transactions.js'
export * from './metadata.js'
export * from './offset-commit.js'
export * from './offset-delete.js'
export * from './offset-fetch.js'
export * from './offset-for-leader-epoch.js'
export * from './produce.js'
export * from './push-telemetry.js'
export * from './read-share-group-state.js'
export * from './read-share-group-state-summary.js'
export * from './remove-raft-voter.js'
export * from './renew-delegation-token.js'
export * from './request-header.js'
export * from './response-header.js'
export * from './sasl-authenticate.js'
export * from './sasl-handshake.js'
export * from './share-acknowledge.js'
export * from './share-fetch.js'
export * from './share-group-describe.js'
export * from './share-group-heartbeat.js'
export * from './streams-group-describe.js'
export * from './streams-group-heartbeat.js'
export * from './streams-group-topology-description-update.js'
export * from './sync-group.js'
export * from './txn-offset-commit.js'
export * from './unregister-broker.js'
export * from './unregister-controller.js'
export * from './update-features.js'
export * from './write-share-group-state.js'
export * from './write-txn-markers.js'

/** Every API that a broker offers to clients, by its key. */
export const apis: ReadonlyMap<number, Api> = new Map<number, Api>(
  [
    Produce,
    Fetch,
    ListOffsets,
    Metadata,
    OffsetCommit,
    OffsetFetch,
    FindCoordinator,
    JoinGroup,
    Heartbeat,
    LeaveGroup,
    SyncGroup,
    DescribeGroups,
    ListGroups,
    SaslHandshake,
    ApiVersions,
    CreateTopics,
    DeleteTopics,
    DeleteRecords,
    InitProducerId,
    OffsetForLeaderEpoch,
    AddPartitionsToTxn,
    AddOffsetsToTxn,
    EndTxn,
    WriteTxnMarkers,
    TxnOffsetCommit,
    DescribeAcls,
    CreateAcls,
    DeleteAcls,
    DescribeConfigs,
    AlterConfigs,
    AlterReplicaLogDirs,
    DescribeLogDirs,
    SaslAuthenticate,
    CreatePartitions,
    CreateDelegationToken,
    RenewDelegationToken,
    ExpireDelegationToken,
    DescribeDelegationToken,
    DeleteGroups,
    ElectLeaders,
    IncrementalAlterConfigs,
    AlterPartitionReassignments,
    ListPartitionReassignments,
    OffsetDelete,
    DescribeClientQuotas,
    AlterClientQuotas,
    DescribeUserScramCredentials,
    AlterUserScramCredentials,
    DescribeQuorum,
    UpdateFeatures,
    DescribeCluster,
    DescribeProducers,
    UnregisterBroker,
    DescribeTransactions,
    ListTransactions,
    ConsumerGroupHeartbeat,
    ConsumerGroupDescribe,
    GetTelemetrySubscriptions,
    PushTelemetry,
    ListConfigResources,
    DescribeTopicPartitions,
    ShareGroupHeartbeat,
    ShareGroupDescribe,
    ShareFetch,
    ShareAcknowledge,
    AddRaftVoter,
    RemoveRaftVoter,
    InitializeShareGroupState,
    ReadShareGroupState,
    WriteShareGroupState,
    DeleteShareGroupState,
    ReadShareGroupStateSummary,
    StreamsGroupHeartbeat,
    StreamsGroupDescribe,
    DescribeShareGroupOffsets,
    AlterShareGroupOffsets,
    DeleteShareGroupOffsets,
    StreamsGroupTopologyDescriptionUpdate,
    UnregisterController,
  ].map(api => [api.key, api]),
)
