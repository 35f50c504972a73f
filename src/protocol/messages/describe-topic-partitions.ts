// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import {
  type Api,
  api,
  array,
  bool,
  type Decoded,
  type Encodable,
  int16,
  int32,
  string,
  struct,
  uuid,
} from '../declaration.js'

const request = {
  topics: array({
    name: string(),
  }),
  responsePartitionLimit: int32({ default: 2000 }),
  cursor: struct(
    {
      topicName: string(),
      partitionIndex: int32(),
    },
    { nullable: true, default: null },
  ),
}

const response = {
  throttleTimeMs: int32({ ignorable: true }),
  topics: array({
    errorCode: int16(),
    name: string({ nullable: true }),
    topicId: uuid({ ignorable: true }),
    isInternal: bool({ ignorable: true }),
    partitions: array({
      errorCode: int16(),
      partitionIndex: int32(),
      leaderId: int32(),
      leaderEpoch: int32({ default: -1, ignorable: true }),
      replicaNodes: array(int32()),
      isrNodes: array(int32()),
      eligibleLeaderReplicas: array(int32(), { nullable: true, default: null }),
      lastKnownElr: array(int32(), { nullable: true, default: null }),
      offlineReplicas: array(int32(), { ignorable: true }),
    }),
    topicAuthorizedOperations: int32({ default: -2147483648 }),
  }),
  nextCursor: struct(
    {
      topicName: string(),
      partitionIndex: int32(),
    },
    { nullable: true, default: null },
  ),
}

/**
 * DescribeTopicPartitions: key 75, version 0, flexible from 0.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_DescribeTopicPartitions
 */
export const DescribeTopicPartitions: Api<
  DescribeTopicPartitionsRequestInput,
  DescribeTopicPartitionsResponse,
  DescribeTopicPartitionsRequest,
  DescribeTopicPartitionsResponseInput
> = api({
  name: 'DescribeTopicPartitions',
  key: 75,
  versions: '0',
  flexible: '0+',
  request,
  response,
})

/** DescribeTopicPartitionsRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface DescribeTopicPartitionsRequest extends Decoded<typeof request> {}

/** DescribeTopicPartitionsRequest as it may be written: without the fields that some version lacks. */
export interface DescribeTopicPartitionsRequestInput extends Encodable<typeof request> {}

/** DescribeTopicPartitionsResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface DescribeTopicPartitionsResponse extends Decoded<typeof response> {}

/** DescribeTopicPartitionsResponse as it may be written: without the fields that some version lacks. */
export interface DescribeTopicPartitionsResponseInput extends Encodable<typeof response> {}
