// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.

import type { Shape } from '../shape.js'

/** By their names in order: the object literals of the structs that busy messages repeat. */
export const shapes: ReadonlyMap<string, Shape> = new Map<string, Shape>([
  ['batchIndex,batchIndexErrorMessage', (f0, f1) => r => ({ batchIndex: f0(r), batchIndexErrorMessage: f1(r) })],
  ['endOffset,epoch', (f0, f1) => r => ({ endOffset: f0(r), epoch: f1(r) })],
  ['epoch,endOffset', (f0, f1) => r => ({ epoch: f0(r), endOffset: f1(r) })],
  [
    'errorCode,name,topicId,isInternal,partitions,topicAuthorizedOperations',
    (f0, f1, f2, f3, f4, f5) => r => ({
      errorCode: f0(r),
      name: f1(r),
      topicId: f2(r),
      isInternal: f3(r),
      partitions: f4(r),
      topicAuthorizedOperations: f5(r),
    }),
  ],
  [
    'errorCode,partitionIndex,leaderId,leaderEpoch,replicaNodes,isrNodes,offlineReplicas',
    (f0, f1, f2, f3, f4, f5, f6) => r => ({
      errorCode: f0(r),
      partitionIndex: f1(r),
      leaderId: f2(r),
      leaderEpoch: f3(r),
      replicaNodes: f4(r),
      isrNodes: f5(r),
      offlineReplicas: f6(r),
    }),
  ],
  [
    'firstOffset,lastOffset,acknowledgeTypes',
    (f0, f1, f2) => r => ({ firstOffset: f0(r), lastOffset: f1(r), acknowledgeTypes: f2(r) }),
  ],
  [
    'firstOffset,lastOffset,deliveryCount',
    (f0, f1, f2) => r => ({ firstOffset: f0(r), lastOffset: f1(r), deliveryCount: f2(r) }),
  ],
  [
    'groupId,memberId,memberEpoch,topics',
    (f0, f1, f2, f3) => r => ({ groupId: f0(r), memberId: f1(r), memberEpoch: f2(r), topics: f3(r) }),
  ],
  ['groupId,topics,errorCode', (f0, f1, f2) => r => ({ groupId: f0(r), topics: f1(r), errorCode: f2(r) })],
  [
    'index,errorCode,baseOffset,logAppendTimeMs,logStartOffset,recordErrors,errorMessage,currentLeader',
    (f0, f1, f2, f3, f4, f5, f6, f7) => r => ({
      index: f0(r),
      errorCode: f1(r),
      baseOffset: f2(r),
      logAppendTimeMs: f3(r),
      logStartOffset: f4(r),
      recordErrors: f5(r),
      errorMessage: f6(r),
      currentLeader: f7(r),
    }),
  ],
  ['index,records', (f0, f1) => r => ({ index: f0(r), records: f1(r) })],
  ['leaderId,leaderEpoch', (f0, f1) => r => ({ leaderId: f0(r), leaderEpoch: f1(r) })],
  ['name,partitionIndexes', (f0, f1) => r => ({ name: f0(r), partitionIndexes: f1(r) })],
  ['name,partitions', (f0, f1) => r => ({ name: f0(r), partitions: f1(r) })],
  ['name,topicId,partitionData', (f0, f1, f2) => r => ({ name: f0(r), topicId: f1(r), partitionData: f2(r) })],
  ['name,topicId,partitionIndexes', (f0, f1, f2) => r => ({ name: f0(r), topicId: f1(r), partitionIndexes: f2(r) })],
  [
    'name,topicId,partitionResponses',
    (f0, f1, f2) => r => ({ name: f0(r), topicId: f1(r), partitionResponses: f2(r) }),
  ],
  ['name,topicId,partitions', (f0, f1, f2) => r => ({ name: f0(r), topicId: f1(r), partitions: f2(r) })],
  ['nodeId,host,port,rack', (f0, f1, f2, f3) => r => ({ nodeId: f0(r), host: f1(r), port: f2(r), rack: f3(r) })],
  [
    'partition,currentLeaderEpoch,fetchOffset,lastFetchedEpoch,logStartOffset,partitionMaxBytes,replicaDirectoryId,highWatermark',
    (f0, f1, f2, f3, f4, f5, f6, f7) => r => ({
      partition: f0(r),
      currentLeaderEpoch: f1(r),
      fetchOffset: f2(r),
      lastFetchedEpoch: f3(r),
      logStartOffset: f4(r),
      partitionMaxBytes: f5(r),
      replicaDirectoryId: f6(r),
      highWatermark: f7(r),
    }),
  ],
  [
    'partitionIndex,acknowledgementBatches',
    (f0, f1) => r => ({ partitionIndex: f0(r), acknowledgementBatches: f1(r) }),
  ],
  [
    'partitionIndex,committedOffset,committedLeaderEpoch,committedMetadata',
    (f0, f1, f2, f3) => r => ({
      partitionIndex: f0(r),
      committedOffset: f1(r),
      committedLeaderEpoch: f2(r),
      committedMetadata: f3(r),
    }),
  ],
  [
    'partitionIndex,committedOffset,committedLeaderEpoch,metadata,errorCode',
    (f0, f1, f2, f3, f4) => r => ({
      partitionIndex: f0(r),
      committedOffset: f1(r),
      committedLeaderEpoch: f2(r),
      metadata: f3(r),
      errorCode: f4(r),
    }),
  ],
  [
    'partitionIndex,currentLeaderEpoch,timestamp',
    (f0, f1, f2) => r => ({ partitionIndex: f0(r), currentLeaderEpoch: f1(r), timestamp: f2(r) }),
  ],
  ['partitionIndex,errorCode', (f0, f1) => r => ({ partitionIndex: f0(r), errorCode: f1(r) })],
  [
    'partitionIndex,errorCode,errorMessage,acknowledgeErrorCode,acknowledgeErrorMessage,currentLeader,records,acquiredRecords',
    (f0, f1, f2, f3, f4, f5, f6, f7) => r => ({
      partitionIndex: f0(r),
      errorCode: f1(r),
      errorMessage: f2(r),
      acknowledgeErrorCode: f3(r),
      acknowledgeErrorMessage: f4(r),
      currentLeader: f5(r),
      records: f6(r),
      acquiredRecords: f7(r),
    }),
  ],
  [
    'partitionIndex,errorCode,errorMessage,currentLeader',
    (f0, f1, f2, f3) => r => ({ partitionIndex: f0(r), errorCode: f1(r), errorMessage: f2(r), currentLeader: f3(r) }),
  ],
  [
    'partitionIndex,errorCode,highWatermark,lastStableOffset,logStartOffset,divergingEpoch,currentLeader,snapshotId,abortedTransactions,preferredReadReplica,records',
    (f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10) => r => ({
      partitionIndex: f0(r),
      errorCode: f1(r),
      highWatermark: f2(r),
      lastStableOffset: f3(r),
      logStartOffset: f4(r),
      divergingEpoch: f5(r),
      currentLeader: f6(r),
      snapshotId: f7(r),
      abortedTransactions: f8(r),
      preferredReadReplica: f9(r),
      records: f10(r),
    }),
  ],
  [
    'partitionIndex,errorCode,timestamp,offset,leaderEpoch',
    (f0, f1, f2, f3, f4) => r => ({
      partitionIndex: f0(r),
      errorCode: f1(r),
      timestamp: f2(r),
      offset: f3(r),
      leaderEpoch: f4(r),
    }),
  ],
  ['producerId,firstOffset', (f0, f1) => r => ({ producerId: f0(r), firstOffset: f1(r) })],
  ['replicaId,replicaEpoch', (f0, f1) => r => ({ replicaId: f0(r), replicaEpoch: f1(r) })],
  ['topic,topicId,partitions', (f0, f1, f2) => r => ({ topic: f0(r), topicId: f1(r), partitions: f2(r) })],
  ['topicId,name', (f0, f1) => r => ({ topicId: f0(r), name: f1(r) })],
  ['topicId,partitions', (f0, f1) => r => ({ topicId: f0(r), partitions: f1(r) })],
])
