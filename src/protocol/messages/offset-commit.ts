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
  groupId: string(),
  /** Of the member, as it was told; -1 with an empty `memberId`: of nobody, for a group without members. */
  generationIdOrMemberEpoch: int32({ default: -1, ignorable: true }),
  /** As the coordinator gave it; empty for who commits without being a member. */
  memberId: string({ ignorable: true }),
  groupInstanceId: string({ versions: '7+', nullable: true, default: null }),
  retentionTimeMs: int64({ versions: '2-4', default: -1n, ignorable: true }),
  topics: array({
    name: string({ versions: '2-9', ignorable: true }),
    topicId: uuid({ versions: '10+', ignorable: true }),
    partitions: array({
      partitionIndex: int32(),
      /** The next to read, one above the last that is done. */
      committedOffset: int64(),
      committedLeaderEpoch: int32({ versions: '6+', default: -1, ignorable: true }),
      committedMetadata: string({ nullable: true }),
    }),
  }),
}

const response = {
  throttleTimeMs: int32({ versions: '3+', ignorable: true }),
  topics: array({
    name: string({ versions: '2-9', ignorable: true }),
    topicId: uuid({ versions: '10+', ignorable: true }),
    partitions: array({
      partitionIndex: int32(),
      errorCode: int16(),
    }),
  }),
}

/**
 * OffsetCommit: key 8, versions 2 to 10, flexible from 8.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_OffsetCommit
 */
export const OffsetCommit: Api<
  OffsetCommitRequestInput,
  OffsetCommitResponse,
  OffsetCommitRequest,
  OffsetCommitResponseInput
> = api({
  name: 'OffsetCommit',
  key: 8,
  versions: '2-10',
  flexible: '8+',
  request,
  response,
})

/** OffsetCommitRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface OffsetCommitRequest extends Decoded<typeof request> {}

/** OffsetCommitRequest as it may be written: without the fields that some version lacks. */
export interface OffsetCommitRequestInput extends Encodable<typeof request> {}

/** OffsetCommitResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface OffsetCommitResponse extends Decoded<typeof response> {}

/** OffsetCommitResponse as it may be written: without the fields that some version lacks. */
export interface OffsetCommitResponseInput extends Encodable<typeof response> {}
