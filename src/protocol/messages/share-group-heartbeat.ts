// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import {
  type Api,
  api,
  array,
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
  partitions: array(int32()),
}

const request = {
  groupId: string(),
  memberId: string(),
  memberEpoch: int32(),
  rackId: string({ nullable: true, default: null }),
  subscribedTopicNames: array(string(), { nullable: true, default: null }),
}

const response = {
  throttleTimeMs: int32(),
  errorCode: int16(),
  errorMessage: string({ nullable: true, default: null }),
  memberId: string({ nullable: true, default: null }),
  memberEpoch: int32(),
  heartbeatIntervalMs: int32(),
  assignment: struct(
    {
      topicPartitions: array(topicPartitions),
    },
    { nullable: true, default: null },
  ),
}

/**
 * ShareGroupHeartbeat: key 76, version 1, flexible from 0.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_ShareGroupHeartbeat
 */
export const ShareGroupHeartbeat: Api<
  ShareGroupHeartbeatRequestInput,
  ShareGroupHeartbeatResponse,
  ShareGroupHeartbeatRequest,
  ShareGroupHeartbeatResponseInput
> = api({
  name: 'ShareGroupHeartbeat',
  key: 76,
  versions: '1',
  flexible: '0+',
  request,
  response,
})

/** ShareGroupHeartbeatRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface ShareGroupHeartbeatRequest extends Decoded<typeof request> {}

/** ShareGroupHeartbeatRequest as it may be written: without the fields that some version lacks. */
export interface ShareGroupHeartbeatRequestInput extends Encodable<typeof request> {}

/** ShareGroupHeartbeatResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface ShareGroupHeartbeatResponse extends Decoded<typeof response> {}

/** ShareGroupHeartbeatResponse as it may be written: without the fields that some version lacks. */
export interface ShareGroupHeartbeatResponseInput extends Encodable<typeof response> {}
