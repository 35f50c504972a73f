/** What editors show of the fields that users set most, by message and path: our words, not those of the definitions. */
export const fieldNotes: Readonly<Record<string, string>> = {
  'ProduceRequest.transactionalId': 'Of the transaction that the batches belong to; null without one.',
  'ProduceRequest.acks': '-1: answered when all in-sync replicas have it; 1: when the leader has; 0: never answered.',
  'ProduceRequest.timeoutMs': 'How long the leader may wait for the replicas that `acks: -1` asks for.',
  'ProduceRequest.topicData.name': 'Up to version 12; from 13 on the topic goes by `topicId`.',
  'ProduceRequest.topicData.topicId': 'From version 13 on; Metadata tells it.',
  'ProduceRequest.topicData.partitionData.records': 'One batch, as `RecordBatchWriter` makes it.',

  'FetchRequest.maxWaitMs': 'How long the broker may wait for `minBytes` before it answers with less, or nothing.',
  'FetchRequest.minBytes': 'Answered as soon as there is so much; 1: whatever there is, 0: at once.',
  'FetchRequest.maxBytes': 'Most bytes of the answer; a first batch that is larger comes all the same.',
  'FetchRequest.isolationLevel': '0: all records; 1: only those of committed transactions, or of none.',
  'FetchRequest.sessionEpoch': '-1: without a session; 0: opens one; from 1 on: only what has changed in it.',
  'FetchRequest.topics.topic': 'Up to version 12; from 13 on the topic goes by `topicId`.',
  'FetchRequest.topics.topicId': 'From version 13 on; Metadata tells it.',
  'FetchRequest.topics.partitions.fetchOffset': 'The first wanted; its batch comes whole, records before it included.',
  'FetchRequest.topics.partitions.partitionMaxBytes':
    'Most bytes of this partition; a first batch that is larger comes all the same.',

  'ListOffsetsRequest.isolationLevel': '0: the latest is the high watermark; 1: the end of what is committed.',
  'ListOffsetsRequest.topics.partitions.timestamp':
    '-1n: the end; -2n: the start; -3n: the largest timestamp; else ms: the first record that is as late.',

  'MetadataRequest.topics': 'null: all topics; empty: none, brokers and controller alone (version 0: empty is all).',
  'MetadataRequest.allowAutoTopicCreation':
    'Whether asking may create a topic that there is not, where the broker allows it.',

  'OffsetCommitRequest.generationIdOrMemberEpoch':
    'Of the member, as it was told; -1 with an empty `memberId`: of nobody, for a group without members.',
  'OffsetCommitRequest.memberId': 'As the coordinator gave it; empty for who commits without being a member.',
  'OffsetCommitRequest.topics.partitions.committedOffset': 'The next to read, one above the last that is done.',

  'OffsetFetchRequest.groups.topics': 'null: all that the group has committed.',
  'OffsetFetchRequest.requireStable':
    'Refuse, retriably, where a transaction that is not ended yet has offsets (version 7 on).',

  'FindCoordinatorRequest.keyType': '0: of a group; 1: of a transactional id; 2: of a share group.',

  'JoinGroupRequest.sessionTimeoutMs': 'Without a heartbeat for so long, the member is out of the group.',
  'JoinGroupRequest.rebalanceTimeoutMs':
    'How long a rebalance waits for a member to join again before it goes on without.',
  'JoinGroupRequest.memberId': 'Empty at first; then as the coordinator gave it, with MEMBER_ID_REQUIRED too.',
  'JoinGroupRequest.groupInstanceId': 'Of a static member, which may restart without a rebalance; null for others.',

  'ConsumerGroupHeartbeatRequest.memberEpoch':
    '0: joins; -1: leaves; -2: a static member leaves for now; else as it was told.',
  'ConsumerGroupHeartbeatRequest.rebalanceTimeoutMs':
    'How long the member may take to give up partitions; -1: as said before.',

  'CreateTopicsRequest.topics.numPartitions': "-1: the broker's `num.partitions`, or as `assignments` has them.",
  'CreateTopicsRequest.topics.replicationFactor':
    "-1: the broker's `default.replication.factor`, or as `assignments` has it.",
  'CreateTopicsRequest.timeoutMs': 'How long the broker may wait for the topics to be there.',
  'CreateTopicsRequest.validateOnly': 'Say whether it could be done, and do not.',

  'CreatePartitionsRequest.topics.count': 'How many the topic is to have in all.',

  'InitProducerIdRequest.transactionalId': 'null: idempotent alone, without transactions.',
  'InitProducerIdRequest.transactionTimeoutMs': 'The coordinator aborts a transaction that is open for longer.',
}
