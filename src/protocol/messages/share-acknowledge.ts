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
  int64,
  string,
  struct,
  uuid,
} from '../declaration.js'

const request = {
  groupId: string({ nullable: true, default: null }),
  memberId: string({ nullable: true }),
  shareSessionEpoch: int32(),
  isRenewAck: bool({ versions: '2+' }),
  topics: array({
    topicId: uuid(),
    partitions: array({
      partitionIndex: int32(),
      acknowledgementBatches: array({
        firstOffset: int64(),
        lastOffset: int64(),
        acknowledgeTypes: array(int8()),
      }),
    }),
  }),
}

const response = {
  throttleTimeMs: int32(),
  errorCode: int16(),
  errorMessage: string({ nullable: true, default: null }),
  acquisitionLockTimeoutMs: int32({ versions: '2+', ignorable: true }),
  responses: array({
    topicId: uuid(),
    partitions: array({
      partitionIndex: int32(),
      errorCode: int16(),
      errorMessage: string({ nullable: true, default: null }),
      currentLeader: struct({
        leaderId: int32(),
        leaderEpoch: int32(),
      }),
    }),
  }),
  nodeEndpoints: array({
    nodeId: int32(),
    host: string(),
    port: int32(),
    rack: string({ nullable: true, default: null }),
  }),
}

/**
 * ShareAcknowledge: key 79, versions 1 to 2, flexible from 0.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_ShareAcknowledge
 */
export const ShareAcknowledge: Api<
  ShareAcknowledgeRequestInput,
  ShareAcknowledgeResponse,
  ShareAcknowledgeRequest,
  ShareAcknowledgeResponseInput
> = api({
  name: 'ShareAcknowledge',
  key: 79,
  versions: '1-2',
  flexible: '0+',
  request,
  response,
})

/** ShareAcknowledgeRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface ShareAcknowledgeRequest extends Decoded<typeof request> {}

/** ShareAcknowledgeRequest as it may be written: without the fields that some version lacks. */
export interface ShareAcknowledgeRequestInput extends Encodable<typeof request> {}

/** ShareAcknowledgeResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface ShareAcknowledgeResponse extends Decoded<typeof response> {}

/** ShareAcknowledgeResponse as it may be written: without the fields that some version lacks. */
export interface ShareAcknowledgeResponseInput extends Encodable<typeof response> {}
