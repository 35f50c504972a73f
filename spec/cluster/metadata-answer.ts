import type { MetadataResponse } from '../../src/protocol/messages/metadata.js'

/** An id and, for each partition, a leader and its epoch; or the number of why it is not there. */
export type TopicAnswer = readonly [id: string, ...partitions: (readonly [leader: number, epoch: number])[]] | number

const unsaid = -2_147_483_648

/** An answer to Metadata. */
export function metadataOf(
  topics: Readonly<Record<string, TopicAnswer>>,
  brokers: readonly number[] = [1, 2, 3],
  clusterId: string | null = 'cluster',
): MetadataResponse {
  return {
    throttleTimeMs: 0,
    errorCode: 0,
    clusterId,
    controllerId: brokers[0] ?? -1,
    clusterAuthorizedOperations: unsaid,
    brokers: brokers.map(nodeId => ({ nodeId, host: `host-${nodeId}`, port: 9092, rack: null })),
    topics: Object.entries(topics).map(([name, topic]) => ({
      errorCode: typeof topic === 'number' ? topic : 0,
      name,
      topicId: typeof topic === 'number' ? '' : topic[0],
      isInternal: false,
      topicAuthorizedOperations: unsaid,
      partitions: (typeof topic === 'number' ? [] : (topic.slice(1) as [number, number][])).map(
        ([leaderId, leaderEpoch], partitionIndex) => ({
          errorCode: 0,
          partitionIndex,
          leaderId,
          leaderEpoch,
          replicaNodes: [1],
          isrNodes: [1],
          offlineReplicas: [],
        }),
      ),
    })),
  }
}
