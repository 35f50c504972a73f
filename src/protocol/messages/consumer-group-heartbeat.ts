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
  /** 0: joins; -1: leaves; -2: a static member leaves for now; else as it was told. */
  memberEpoch: int32(),
  instanceId: string({ nullable: true, default: null }),
  rackId: string({ nullable: true, default: null }),
  /** How long the member may take to give up partitions; -1: as said before. */
  rebalanceTimeoutMs: int32({ default: -1 }),
  subscribedTopicNames: array(string(), { nullable: true, default: null }),
  subscribedTopicRegex: string({ versions: '1+', nullable: true, default: null }),
  serverAssignor: string({ nullable: true, default: null }),
  topicPartitions: array(
    {
      topicId: uuid(),
      partitions: array(int32()),
    },
    { nullable: true, default: null },
  ),
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
 * ConsumerGroupHeartbeat: key 68, versions 0 to 1, flexible from 0.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_ConsumerGroupHeartbeat
 */
export const ConsumerGroupHeartbeat: Api<
  ConsumerGroupHeartbeatRequestInput,
  ConsumerGroupHeartbeatResponse,
  ConsumerGroupHeartbeatRequest,
  ConsumerGroupHeartbeatResponseInput
> = api({
  name: 'ConsumerGroupHeartbeat',
  key: 68,
  versions: '0-1',
  flexible: '0+',
  request,
  response,
})

/** ConsumerGroupHeartbeatRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface ConsumerGroupHeartbeatRequest extends Decoded<typeof request> {}

/** ConsumerGroupHeartbeatRequest as it may be written: without the fields that some version lacks. */
export interface ConsumerGroupHeartbeatRequestInput extends Encodable<typeof request> {}

/** ConsumerGroupHeartbeatResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface ConsumerGroupHeartbeatResponse extends Decoded<typeof response> {}

/** ConsumerGroupHeartbeatResponse as it may be written: without the fields that some version lacks. */
export interface ConsumerGroupHeartbeatResponseInput extends Encodable<typeof response> {}
