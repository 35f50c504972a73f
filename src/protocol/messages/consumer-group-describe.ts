// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import {
  type Api,
  api,
  array,
  bool,
  type Decoded,
  type Encodable,
  int8,
  int16,
  int32,
  string,
  struct,
  uuid,
} from '../declaration.js'

const topicPartitions = {
  topicId: uuid(),
  topicName: string(),
  partitions: array(int32()),
}

const assignment = {
  topicPartitions: array(topicPartitions),
}

const request = {
  groupIds: array(string()),
  includeAuthorizedOperations: bool(),
}

const response = {
  throttleTimeMs: int32(),
  groups: array({
    errorCode: int16(),
    errorMessage: string({ nullable: true, default: null }),
    groupId: string(),
    groupState: string(),
    groupEpoch: int32(),
    assignmentEpoch: int32(),
    assignorName: string(),
    members: array({
      memberId: string(),
      instanceId: string({ nullable: true, default: null }),
      rackId: string({ nullable: true, default: null }),
      memberEpoch: int32(),
      clientId: string(),
      clientHost: string(),
      subscribedTopicNames: array(string()),
      subscribedTopicRegex: string({ nullable: true, default: null }),
      assignment: struct(assignment),
      targetAssignment: struct(assignment),
      memberType: int8({ versions: '1+', default: -1, ignorable: true }),
    }),
    authorizedOperations: int32({ default: -2147483648 }),
  }),
}

/**
 * ConsumerGroupDescribe: key 69, versions 0 to 1, flexible from 0.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_ConsumerGroupDescribe
 */
export const ConsumerGroupDescribe: Api<
  ConsumerGroupDescribeRequestInput,
  ConsumerGroupDescribeResponse,
  ConsumerGroupDescribeRequest,
  ConsumerGroupDescribeResponseInput
> = api({
  name: 'ConsumerGroupDescribe',
  key: 69,
  versions: '0-1',
  flexible: '0+',
  request,
  response,
})

/** ConsumerGroupDescribeRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface ConsumerGroupDescribeRequest extends Decoded<typeof request> {}

/** ConsumerGroupDescribeRequest as it may be written: without the fields that some version lacks. */
export interface ConsumerGroupDescribeRequestInput extends Encodable<typeof request> {}

/** ConsumerGroupDescribeResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface ConsumerGroupDescribeResponse extends Decoded<typeof response> {}

/** ConsumerGroupDescribeResponse as it may be written: without the fields that some version lacks. */
export interface ConsumerGroupDescribeResponseInput extends Encodable<typeof response> {}
