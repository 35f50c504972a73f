// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Api, api, array, type Decoded, type Encodable, int16, int32, int64, string } from '../declaration.js'

const request = {
  replicaId: int32({ versions: '3+', default: -2, ignorable: true }),
  topics: array({
    topic: string(),
    partitions: array({
      partition: int32(),
      currentLeaderEpoch: int32({ default: -1, ignorable: true }),
      leaderEpoch: int32(),
    }),
  }),
}

const response = {
  throttleTimeMs: int32({ ignorable: true }),
  topics: array({
    topic: string(),
    partitions: array({
      errorCode: int16(),
      partition: int32(),
      leaderEpoch: int32({ default: -1, ignorable: true }),
      endOffset: int64({ default: -1n }),
    }),
  }),
}

/**
 * OffsetForLeaderEpoch: key 23, versions 2 to 4, flexible from 4.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_OffsetForLeaderEpoch
 */
export const OffsetForLeaderEpoch: Api<
  OffsetForLeaderEpochRequestInput,
  OffsetForLeaderEpochResponse,
  OffsetForLeaderEpochRequest,
  OffsetForLeaderEpochResponseInput
> = api({
  name: 'OffsetForLeaderEpoch',
  key: 23,
  versions: '2-4',
  flexible: '4+',
  request,
  response,
})

/** OffsetForLeaderEpochRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface OffsetForLeaderEpochRequest extends Decoded<typeof request> {}

/** OffsetForLeaderEpochRequest as it may be written: without the fields that some version lacks. */
export interface OffsetForLeaderEpochRequestInput extends Encodable<typeof request> {}

/** OffsetForLeaderEpochResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface OffsetForLeaderEpochResponse extends Decoded<typeof response> {}

/** OffsetForLeaderEpochResponse as it may be written: without the fields that some version lacks. */
export interface OffsetForLeaderEpochResponseInput extends Encodable<typeof response> {}
