import * as messages from '../../../../src/protocol/messages/index.js'
import { zeroUuid } from '../../../../src/protocol/uuid.js'
import { type Question, question } from './question.js'
import { batchOf, codeOf, fetchOf, valuesOf } from './world.js'

/** What any broker is asked, or the one that leads. */
export const questionsToLeaders: readonly Question[] = [
  question(
    messages.ApiVersions,
    'leader',
    () => ({ clientSoftwareName: 'raw', clientSoftwareVersion: '1' }),
    ({ errorCode, apiKeys }) => [errorCode, apiKeys.find(({ apiKey }) => apiKey === 18)?.maxVersion],
    () => [0, 5],
  ),
  question(
    messages.Produce,
    'leader',
    ({ topic }) => ({
      ...{ transactionalId: null, acks: -1, timeoutMs: 5000 },
      topicData: [{ name: topic.name, topicId: topic.id, partitionData: [{ index: 0, records: batchOf(['b', 'c']) }] }],
    }),
    ({ responses }) =>
      responses.flatMap(one => one.partitionResponses.map(({ errorCode, baseOffset }) => [errorCode, baseOffset])),
    () => [[0, 1n]],
  ),
  question(
    messages.Fetch,
    'leader',
    ({ topic }) => fetchOf(topic),
    ({ responses }, { topic }) =>
      responses.flatMap(one => [
        [topic.name, ''].indexOf(one.topic),
        one.partitions.map(found => valuesOf(found.records)),
      ]),
    version => [version < 13 ? 0 : 1, [['0:a']]],
  ),
  question(
    messages.ListOffsets,
    'leader',
    ({ topic }) => ({
      replicaId: -1,
      topics: [{ name: topic.name, partitions: [{ partitionIndex: 0, timestamp: -1n }] }],
    }),
    ({ topics }) =>
      topics.flatMap(one => one.partitions.map(found => [found.errorCode, found.offset, found.leaderEpoch])),
    version => [[0, 1n, version >= 4 ? 0 : -1]],
  ),
  question(
    messages.OffsetForLeaderEpoch,
    'leader',
    ({ topic }) => ({
      topics: [{ topic: topic.name, partitions: [{ partition: 0, leaderEpoch: 0, currentLeaderEpoch: -1 }] }],
    }),
    ({ topics }) =>
      topics.flatMap(one => one.partitions.map(found => [found.errorCode, found.leaderEpoch, found.endOffset])),
    () => [[0, 0, 1n]],
  ),
  question(
    messages.Metadata,
    'leader',
    ({ topic }) => ({ topics: [{ name: topic.name }] }),
    ({ brokers, topics }) => [
      brokers.length,
      topics.map(one => [one.errorCode, one.name, one.topicId, one.partitions[0]?.leaderEpoch]),
    ],
    (version, { topic }) => [2, [[0, topic.name, version >= 10 ? topic.id : zeroUuid, version >= 7 ? 0 : -1]]],
  ),
  question(
    messages.DescribeTopicPartitions,
    'leader',
    ({ topic }) => ({ topics: [{ name: topic.name }], responsePartitionLimit: 10, cursor: null }),
    ({ topics }) => topics.map(({ errorCode, topicId }) => [errorCode, topicId]),
    (_version, { topic }) => [[0, topic.id]],
  ),
  question(
    messages.DescribeCluster,
    'leader',
    () => ({ includeClusterAuthorizedOperations: false }),
    ({ errorCode, brokers }) => [errorCode, brokers.length],
    () => [0, 2],
  ),
  question(
    messages.DescribeConfigs,
    'leader',
    ({ topic }) => ({
      resources: [{ resourceType: 2, resourceName: topic.name, configurationKeys: ['retention.ms'] }],
      includeSynonyms: true,
    }),
    ({ results }) =>
      results.flatMap(({ errorCode, configs }) => [
        errorCode,
        configs.map(one => [one.name, one.value, one.configType]),
      ]),
    version => [0, [['retention.ms', '604800000', version >= 3 ? 5 : 0]]],
  ),
  question(
    messages.CreateTopics,
    'leader',
    ({ world }) => ({
      topics: [{ name: world.name(), numPartitions: 2, replicationFactor: 1, assignments: [], configs: [] }],
      ...{ timeoutMs: 10_000, validateOnly: false },
    }),
    ({ topics }) => topics.map(one => [one.errorCode, one.numPartitions, one.topicId === zeroUuid]),
    version => [[0, version >= 5 ? 2 : -1, version < 7]],
  ),
  question(
    messages.CreatePartitions,
    'leader',
    ({ topic }) => ({
      topics: [{ name: topic.name, count: 1, assignments: null }],
      timeoutMs: 10_000,
      validateOnly: false,
    }),
    ({ results }) => results.map(({ errorCode }) => errorCode),
    () => [codeOf('INVALID_PARTITIONS')],
  ),
  question(
    messages.DeleteTopics,
    'leader',
    ({ topic }, version) => ({
      ...(version >= 6 ? { topics: [{ name: topic.name, topicId: zeroUuid }] } : { topicNames: [topic.name] }),
      timeoutMs: 10_000,
    }),
    ({ responses }) => responses.map(({ errorCode, name }) => [errorCode, name]),
    (_version, { topic }) => [[0, topic.name]],
  ),
  question(
    messages.SaslHandshake,
    'leader',
    () => ({ mechanism: 'PLAIN' }),
    ({ errorCode }) => errorCode,
    () => codeOf('ILLEGAL_SASL_STATE'),
  ),
]
