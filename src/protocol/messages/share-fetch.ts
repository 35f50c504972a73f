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
  records,
  string,
  struct,
  uuid,
} from '../declaration.js'

const request = {
  groupId: string({ nullable: true, default: null }),
  memberId: string({ nullable: true }),
  shareSessionEpoch: int32(),
  maxWaitMs: int32(),
  minBytes: int32(),
  maxBytes: int32({ default: 2147483647 }),
  maxRecords: int32(),
  batchSize: int32(),
  shareAcquireMode: int8({ versions: '2+', ignorable: true }),
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
  forgottenTopicsData: array({
    topicId: uuid(),
    partitions: array(int32()),
  }),
}

const response = {
  throttleTimeMs: int32(),
  errorCode: int16(),
  errorMessage: string({ nullable: true, default: null }),
  acquisitionLockTimeoutMs: int32(),
  responses: array({
    topicId: uuid(),
    partitions: array({
      partitionIndex: int32(),
      errorCode: int16(),
      errorMessage: string({ nullable: true, default: null }),
      acknowledgeErrorCode: int16(),
      acknowledgeErrorMessage: string({ nullable: true, default: null }),
      currentLeader: struct({
        leaderId: int32(),
        leaderEpoch: int32(),
      }),
      records: records(),
      acquiredRecords: array({
        firstOffset: int64(),
        lastOffset: int64(),
        deliveryCount: int16(),
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
 * ShareFetch: key 78, versions 1 to 2, flexible from 0.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_ShareFetch
 */
export const ShareFetch: Api<ShareFetchRequestInput, ShareFetchResponse, ShareFetchRequest, ShareFetchResponseInput> =
  api({
    name: 'ShareFetch',
    key: 78,
    versions: '1-2',
    flexible: '0+',
    request,
    response,
  })

/** ShareFetchRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface ShareFetchRequest extends Decoded<typeof request> {}

/** ShareFetchRequest as it may be written: without the fields that some version lacks. */
export interface ShareFetchRequestInput extends Encodable<typeof request> {}

/** ShareFetchResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface ShareFetchResponse extends Decoded<typeof response> {}

/** ShareFetchResponse as it may be written: without the fields that some version lacks. */
export interface ShareFetchResponseInput extends Encodable<typeof response> {}
