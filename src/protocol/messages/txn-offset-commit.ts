// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import {
  type Api,
  api,
  array,
  type Decoded,
  type Encodable,
  int16,
  int32,
  int64,
  string,
  uuid,
} from '../declaration.js'

const request = {
  transactionalId: string(),
  groupId: string(),
  producerId: int64(),
  producerEpoch: int16(),
  generationIdOrMemberEpoch: int32({ versions: '3+', default: -1 }),
  memberId: string({ versions: '3+' }),
  groupInstanceId: string({ versions: '3+', nullable: true, default: null }),
  topics: array({
    name: string({ versions: '0-5', ignorable: true }),
    topicId: uuid({ versions: '6+', ignorable: true }),
    partitions: array({
      partitionIndex: int32(),
      committedOffset: int64(),
      committedLeaderEpoch: int32({ versions: '2+', default: -1, ignorable: true }),
      committedMetadata: string({ nullable: true }),
    }),
  }),
}

const response = {
  throttleTimeMs: int32(),
  topics: array({
    name: string({ versions: '0-5', ignorable: true }),
    topicId: uuid({ versions: '6+', ignorable: true }),
    partitions: array({
      partitionIndex: int32(),
      errorCode: int16(),
    }),
  }),
}

/**
 * TxnOffsetCommit: key 28, versions 0 to 6, flexible from 3.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_TxnOffsetCommit
 */
export const TxnOffsetCommit: Api<
  TxnOffsetCommitRequestInput,
  TxnOffsetCommitResponse,
  TxnOffsetCommitRequest,
  TxnOffsetCommitResponseInput
> = api({
  name: 'TxnOffsetCommit',
  key: 28,
  versions: '0-6',
  flexible: '3+',
  request,
  response,
})

/** TxnOffsetCommitRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface TxnOffsetCommitRequest extends Decoded<typeof request> {}

/** TxnOffsetCommitRequest as it may be written: without the fields that some version lacks. */
export interface TxnOffsetCommitRequestInput extends Encodable<typeof request> {}

/** TxnOffsetCommitResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface TxnOffsetCommitResponse extends Decoded<typeof response> {}

/** TxnOffsetCommitResponse as it may be written: without the fields that some version lacks. */
export interface TxnOffsetCommitResponseInput extends Encodable<typeof response> {}
