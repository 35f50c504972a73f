import { expect, it } from 'vitest'
import type { Api } from '../../../src/protocol/api.js'
import { errors } from '../../../src/protocol/error-codes.js'
import * as protocol from '../../../src/protocol/index.js'
import { handlers } from '../../../src/testing/embedded/handlers.js'
import { servedApis } from '../../../src/testing/embedded/served-apis.js'
import type { EmbeddedBroker, ServedApi } from '../../../src/testing/index.js'
import { batchOf } from './behaviour/world.js'
import { at, codesIn, raw, running } from './running.js'

it('are for the APIs that faults can be for', () => {
  expect([...handlers.values()].map(({ api }) => api.name)).toEqual([...servedApis])
})

const member = { groupId: 'billing', generationId: 1, memberId: 'a', groupInstanceId: null }
const producer = { transactionalId: 'mover', producerId: 0n, producerEpoch: 0 }
const offsets = [{ partitionIndex: 0, committedOffset: 3n, committedMetadata: '' }]

/** A request of each API that would have its effect, were it not refused. */
const requestsOf = (topicId: string): Readonly<Record<ServedApi, object>> => ({
  Produce: {
    transactionalId: null,
    acks: -1,
    timeoutMs: 1000,
    topicData: [{ topicId, partitionData: [{ index: 0, records: batchOf(['x']) }] }],
  },
  Fetch: {
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: 1000,
    isolationLevel: 0,
    topics: [{ topicId, partitions: [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 1000 }] }],
  },
  ListOffsets: {
    replicaId: -1,
    isolationLevel: 0,
    topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, timestamp: -1n }] }],
  },
  Metadata: { topics: [{ name: 'not there yet' }, { name: 'nor-this' }] },
  OffsetCommit: {
    groupId: 'billing',
    generationIdOrMemberEpoch: -1,
    memberId: '',
    topics: [{ topicId, partitions: offsets }],
  },
  OffsetFetch: {
    requireStable: false,
    groups: [{ groupId: 'billing', memberId: null, memberEpoch: -1, topics: null }],
  },
  FindCoordinator: { keyType: 0, coordinatorKeys: ['billing'] },
  JoinGroup: {
    ...member,
    memberId: '',
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 10_000,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
  },
  Heartbeat: member,
  LeaveGroup: { groupId: 'billing', members: [{ memberId: 'a', groupInstanceId: null }] },
  SyncGroup: { ...member, protocolType: 'consumer', protocolName: 'range', assignments: [] },
  DescribeGroups: { groups: ['billing'] },
  ListGroups: { statesFilter: [], typesFilter: [] },
  SaslHandshake: { mechanism: 'PLAIN' },
  ApiVersions: { clientSoftwareName: 'spec', clientSoftwareVersion: '1' },
  CreateTopics: {
    topics: [{ name: 'new', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
    timeoutMs: 1000,
    validateOnly: false,
  },
  DeleteTopics: { topics: [{ name: 'orders', topicId: 'AAAAAAAAAAAAAAAAAAAAAA' }], timeoutMs: 1000 },
  InitProducerId: { transactionalId: 'new', transactionTimeoutMs: 1000, producerId: -1n, producerEpoch: -1 },
  OffsetForLeaderEpoch: {
    topics: [{ topic: 'orders', partitions: [{ partition: 0, currentLeaderEpoch: -1, leaderEpoch: 0 }] }],
  },
  AddPartitionsToTxn: {
    transactions: [{ ...producer, verifyOnly: false, topics: [{ name: 'orders', partitions: [0] }] }],
  },
  AddOffsetsToTxn: { ...producer, groupId: 'billing' },
  EndTxn: { ...producer, committed: false },
  TxnOffsetCommit: {
    ...producer,
    ...member,
    memberId: '',
    topics: [{ topicId, partitions: offsets }],
  },
  DescribeConfigs: {
    resources: [{ resourceType: 2, resourceName: 'orders', configurationKeys: null }],
    includeSynonyms: false,
  },
  SaslAuthenticate: { authBytes: Buffer.from('\0a\0b') },
  CreatePartitions: { topics: [{ name: 'orders', count: 5, assignments: null }], timeoutMs: 1000, validateOnly: false },
  DeleteGroups: { groupsNames: ['billing'] },
  OffsetDelete: { groupId: 'billing', topics: [{ name: 'orders', partitions: [{ partitionIndex: 0 }] }] },
  DescribeCluster: { includeClusterAuthorizedOperations: false },
  ConsumerGroupHeartbeat: {
    groupId: 'billing',
    memberId: 'a',
    memberEpoch: 0,
    instanceId: null,
    rackId: null,
    serverAssignor: null,
    rebalanceTimeoutMs: 1000,
    subscribedTopicNames: ['orders'],
    topicPartitions: [],
  },
  ConsumerGroupDescribe: { groupIds: ['billing'], includeAuthorizedOperations: false },
  DescribeTopicPartitions: { topics: [{ name: 'orders' }], responsePartitionLimit: 100, cursor: null },
})

it.each(servedApis)('refuse %s with the error of a fault, and then it has no effect', async name => {
  const { cluster } = await running({ listen: false, topics: { orders: 1 } })
  const client = await raw(at(cluster))
  const init = { ...producer, transactionTimeoutMs: 1000, producerId: -1n, producerEpoch: -1 }
  expect((await client.ask(protocol.InitProducerId, init)).producerId).toBe(producer.producerId)
  const before = seen(cluster)
  const fault = cluster.fault({ api: name, error: 'KAFKA_STORAGE_ERROR' })
  const api = [...protocol.apis.values()].find(one => one.name === name) as unknown as Api<object, object>
  const refused = await client.ask(api, requestsOf(cluster.partitions[0]?.topicId ?? '')[name])
  expect(fault.hits).toBe(1)
  expect(codesIn(refused)).toContain(errors.KAFKA_STORAGE_ERROR.code)
  expect(seen(cluster)).toEqual(before)
})

it.each(servedApis)('answer %s with the error of a fault when its effect is there', async name => {
  const api = [...protocol.apis.values()].find(one => one.name === name) as unknown as Api<object, object>
  const init = { ...producer, transactionTimeoutMs: 1000, producerId: -1n, producerEpoch: -1 }
  let request: object | undefined
  const asked = async (errorAfter?: 'KAFKA_STORAGE_ERROR') => {
    const { cluster } = await running({ listen: false, topics: { orders: 1 } })
    const client = await raw(at(cluster))
    await client.ask(protocol.InitProducerId, init)
    if (errorAfter !== undefined) cluster.fault({ api: name, errorAfter })
    request ??= requestsOf(cluster.partitions[0]?.topicId ?? '')[name]
    const codes = codesIn(await client.ask(api, request))
    return { isDenied: codes.has(errors.KAFKA_STORAGE_ERROR.code), seen: seen(cluster) }
  }
  const [denied, other] = [await asked('KAFKA_STORAGE_ERROR'), await asked()]
  expect([denied.isDenied, other.isDenied]).toEqual([true, false])
  expect(denied.seen).toEqual(other.seen)
})

/** All that requests may change. */
function seen({ partitions, groups, transactions }: EmbeddedBroker) {
  return { partitions, groups, transactions }
}
