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
      rackId: string({ nullable: true, default: null }),
      memberEpoch: int32(),
      clientId: string(),
      clientHost: string(),
      subscribedTopicNames: array(string()),
      assignment: struct(assignment),
    }),
    authorizedOperations: int32({ default: -2147483648 }),
  }),
}

/**
 * ShareGroupDescribe: key 77, version 1, flexible from 0.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_ShareGroupDescribe
 */
export const ShareGroupDescribe: Api<
  ShareGroupDescribeRequestInput,
  ShareGroupDescribeResponse,
  ShareGroupDescribeRequest,
  ShareGroupDescribeResponseInput
> = api({
  name: 'ShareGroupDescribe',
  key: 77,
  versions: '1',
  flexible: '0+',
  request,
  response,
})

/** ShareGroupDescribeRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface ShareGroupDescribeRequest extends Decoded<typeof request> {}

/** ShareGroupDescribeRequest as it may be written: without the fields that some version lacks. */
export interface ShareGroupDescribeRequestInput extends Encodable<typeof request> {}

/** ShareGroupDescribeResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface ShareGroupDescribeResponse extends Decoded<typeof response> {}

/** ShareGroupDescribeResponse as it may be written: without the fields that some version lacks. */
export interface ShareGroupDescribeResponseInput extends Encodable<typeof response> {}
