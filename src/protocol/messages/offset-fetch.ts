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
  int64,
  string,
  uuid,
} from '../declaration.js'

const request = {
  groupId: string({ versions: '1-7' }),
  topics: array(
    {
      name: string(),
      partitionIndexes: array(int32()),
    },
    { versions: '1-7', nullable: '2-7' },
  ),
  groups: array(
    {
      groupId: string(),
      memberId: string({ versions: '9+', nullable: true, default: null, ignorable: true }),
      memberEpoch: int32({ versions: '9+', default: -1, ignorable: true }),
      /** null: all that the group has committed. */
      topics: array(
        {
          name: string({ versions: '8-9', ignorable: true }),
          topicId: uuid({ versions: '10+', ignorable: true }),
          partitionIndexes: array(int32()),
        },
        { nullable: true },
      ),
    },
    { versions: '8+' },
  ),
  /** Refuse, retriably, where a transaction that is not ended yet has offsets (version 7 on). */
  requireStable: bool({ versions: '7+' }),
}

const response = {
  throttleTimeMs: int32({ versions: '3+', ignorable: true }),
  topics: array(
    {
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        committedOffset: int64(),
        committedLeaderEpoch: int32({ versions: '5+', default: -1, ignorable: true }),
        metadata: string({ nullable: true }),
        errorCode: int16(),
      }),
    },
    { versions: '1-7' },
  ),
  errorCode: int16({ versions: '2-7', ignorable: true }),
  groups: array(
    {
      groupId: string(),
      topics: array({
        name: string({ versions: '8-9', ignorable: true }),
        topicId: uuid({ versions: '10+', ignorable: true }),
        partitions: array({
          partitionIndex: int32(),
          committedOffset: int64(),
          committedLeaderEpoch: int32({ default: -1, ignorable: true }),
          metadata: string({ nullable: true }),
          errorCode: int16(),
        }),
      }),
      errorCode: int16(),
    },
    { versions: '8+' },
  ),
}

/**
 * OffsetFetch: key 9, versions 1 to 10, flexible from 6.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_OffsetFetch
 */
export const OffsetFetch: Api<
  OffsetFetchRequestInput,
  OffsetFetchResponse,
  OffsetFetchRequest,
  OffsetFetchResponseInput
> = api({
  name: 'OffsetFetch',
  key: 9,
  versions: '1-10',
  flexible: '6+',
  request,
  response,
})

/** OffsetFetchRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface OffsetFetchRequest extends Decoded<typeof request> {}

/** OffsetFetchRequest as it may be written: without the fields that some version lacks. */
export interface OffsetFetchRequestInput extends Encodable<typeof request> {}

/** OffsetFetchResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface OffsetFetchResponse extends Decoded<typeof response> {}

/** OffsetFetchResponse as it may be written: without the fields that some version lacks. */
export interface OffsetFetchResponseInput extends Encodable<typeof response> {}
