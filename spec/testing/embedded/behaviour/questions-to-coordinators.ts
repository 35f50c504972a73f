import * as messages from '../../../../src/protocol/messages/index.js'
import { type Question, question } from './question.js'
import { codeOf } from './world.js'

/** No producer has it. */
const claim = { producerId: 77n, producerEpoch: 0 }
const code = (name: Parameters<typeof codeOf>[0]) => () => codeOf(name)

/** What coordinators of groups and of transactions are asked. */
export const questionsToCoordinators: readonly Question[] = [
  question(
    messages.FindCoordinator,
    'leader',
    ({ name }, version) => (version >= 4 ? { coordinatorKeys: [name] } : { key: name }),
    answer =>
      (answer.coordinators.length === 0 ? [answer] : answer.coordinators).map(one => [one.errorCode, one.port > 0]),
    () => [[0, true]],
  ),
  question(
    messages.OffsetCommit,
    'group',
    ({ name, topic }) => ({
      ...{ groupId: name, memberId: '', generationIdOrMemberEpoch: -1 },
      topics: [
        {
          name: topic.name,
          topicId: topic.id,
          partitions: [{ partitionIndex: 0, committedOffset: 5n, committedMetadata: null }],
        },
      ],
    }),
    ({ topics }) => topics.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode)),
    () => [0],
  ),
  question(
    messages.OffsetFetch,
    'group',
    ({ name, topic }, version) => {
      const topics = [{ name: topic.name, topicId: topic.id, partitionIndexes: [0] }]
      return version >= 8 ? { groups: [{ groupId: name, topics }] } : { groupId: name, topics, groups: [] }
    },
    ({ groups, topics }) =>
      (groups[0]?.topics ?? topics).flatMap(one =>
        one.partitions.map(found => [found.errorCode, found.committedOffset]),
      ),
    () => [[0, -1n]],
  ),
  question(
    messages.OffsetDelete,
    'group',
    ({ name, topic }) => ({ groupId: name, topics: [{ name: topic.name, partitions: [{ partitionIndex: 0 }] }] }),
    ({ errorCode }) => errorCode,
    code('GROUP_ID_NOT_FOUND'),
  ),
  question(
    messages.JoinGroup,
    'group',
    ({ name }) => ({
      ...{
        groupId: name,
        sessionTimeoutMs: 10_000,
        rebalanceTimeoutMs: 10_000,
        memberId: '',
        protocolType: 'consumer',
      },
      protocols: [{ name: 'range', metadata: Buffer.from([0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]) }],
    }),
    ({ errorCode, generationId, memberId }) => [errorCode, generationId, memberId.startsWith('raw-')],
    version => (version >= 4 ? [codeOf('MEMBER_ID_REQUIRED'), -1, true] : [0, 1, true]),
  ),
  question(
    messages.SyncGroup,
    'group',
    ({ name }) => ({
      groupId: name,
      generationId: 1,
      memberId: 'nobody',
      protocolType: 'consumer',
      protocolName: 'range',
      assignments: [],
    }),
    ({ errorCode }) => errorCode,
    code('UNKNOWN_MEMBER_ID'),
  ),
  question(
    messages.Heartbeat,
    'group',
    ({ name }) => ({ groupId: name, generationId: 1, memberId: 'nobody' }),
    ({ errorCode }) => errorCode,
    code('UNKNOWN_MEMBER_ID'),
  ),
  question(
    messages.LeaveGroup,
    'group',
    ({ name }, version) => ({
      groupId: name,
      ...(version >= 3 ? { members: [{ memberId: 'nobody', groupInstanceId: null }] } : { memberId: 'nobody' }),
    }),
    ({ errorCode, members }) => [errorCode, members.map(one => one.errorCode)],
    version => (version >= 3 ? [0, [codeOf('UNKNOWN_MEMBER_ID')]] : [codeOf('UNKNOWN_MEMBER_ID'), []]),
  ),
  question(
    messages.DescribeGroups,
    'group',
    ({ name }) => ({ groups: [name] }),
    ({ groups }) => groups.map(({ errorCode, groupState }) => [errorCode, groupState]),
    version => [[version >= 6 ? codeOf('GROUP_ID_NOT_FOUND') : 0, 'Dead']],
  ),
  question(
    messages.ListGroups,
    'group',
    () => ({}),
    ({ errorCode }) => errorCode,
    () => 0,
  ),
  question(
    messages.DeleteGroups,
    'group',
    ({ name }) => ({ groupsNames: [name] }),
    ({ results }) => results.map(({ errorCode }) => errorCode),
    () => [codeOf('GROUP_ID_NOT_FOUND')],
  ),
  question(
    messages.ConsumerGroupHeartbeat,
    'group',
    ({ name, topic }, version) => ({
      ...{ groupId: name, memberId: version >= 1 ? 'one' : '', memberEpoch: 0, rebalanceTimeoutMs: 5000 },
      ...{
        instanceId: null,
        rackId: null,
        serverAssignor: null,
        subscribedTopicNames: [topic.name],
        topicPartitions: [],
      },
    }),
    ({ errorCode, memberId, memberEpoch }) => [errorCode, (memberId ?? '').length > 0, memberEpoch > 0],
    () => [0, true, true],
  ),
  question(
    messages.ConsumerGroupDescribe,
    'group',
    ({ name }) => ({ groupIds: [name], includeAuthorizedOperations: false }),
    ({ groups }) => groups.map(({ errorCode }) => errorCode),
    () => [codeOf('GROUP_ID_NOT_FOUND')],
  ),
  question(
    messages.InitProducerId,
    'transactions',
    ({ name }) => ({ transactionalId: name, transactionTimeoutMs: 60_000 }),
    ({ errorCode, producerId, producerEpoch }) => [errorCode, producerId >= 0n, producerEpoch],
    () => [0, true, 0],
  ),
  question(
    messages.AddPartitionsToTxn,
    'transactions',
    ({ name, topic }, version) =>
      version >= 4
        ? {
            transactions: [
              { transactionalId: name, ...claim, verifyOnly: false, topics: [{ name: topic.name, partitions: [0] }] },
            ],
          }
        : {
            ...{ v3AndBelowTransactionalId: name, v3AndBelowProducerId: 77n, v3AndBelowProducerEpoch: 0 },
            v3AndBelowTopics: [{ name: topic.name, partitions: [0] }],
          },
    ({ resultsByTopicV3AndBelow, resultsByTransaction }) =>
      [...resultsByTopicV3AndBelow, ...resultsByTransaction.flatMap(({ topicResults }) => topicResults)].flatMap(one =>
        one.resultsByPartition.map(({ partitionErrorCode }) => partitionErrorCode),
      ),
    () => [codeOf('INVALID_PRODUCER_ID_MAPPING')],
  ),
  question(
    messages.AddOffsetsToTxn,
    'transactions',
    ({ name }) => ({ transactionalId: name, ...claim, groupId: name }),
    ({ errorCode }) => errorCode,
    code('INVALID_PRODUCER_ID_MAPPING'),
  ),
  question(
    messages.EndTxn,
    'transactions',
    ({ name }) => ({ transactionalId: name, ...claim, committed: true }),
    ({ errorCode }) => errorCode,
    code('INVALID_PRODUCER_ID_MAPPING'),
  ),
  question(
    messages.TxnOffsetCommit,
    'group',
    ({ name, topic }) => ({
      ...{ transactionalId: name, groupId: name, ...claim },
      topics: [
        {
          ...{ name: topic.name, topicId: topic.id },
          partitions: [{ partitionIndex: 9, committedOffset: 5n, committedMetadata: null }],
        },
      ],
    }),
    ({ topics }) => topics.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode)),
    () => [codeOf('UNKNOWN_TOPIC_OR_PARTITION')],
  ),
]
