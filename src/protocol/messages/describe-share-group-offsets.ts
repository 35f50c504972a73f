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
  groups: array({
    groupId: string(),
    topics: array(
      {
        topicName: string(),
        partitions: array(int32()),
      },
      { nullable: true },
    ),
  }),
}

const response = {
  throttleTimeMs: int32(),
  groups: array({
    groupId: string(),
    topics: array({
      topicName: string(),
      topicId: uuid(),
      partitions: array({
        partitionIndex: int32(),
        startOffset: int64(),
        leaderEpoch: int32(),
        lag: int64({ versions: '1+', default: -1n, ignorable: true }),
        errorCode: int16(),
        errorMessage: string({ nullable: true, default: null }),
      }),
    }),
    errorCode: int16(),
    errorMessage: string({ nullable: true, default: null }),
  }),
}

/**
 * DescribeShareGroupOffsets: key 90, versions 0 to 1, flexible from 0.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_DescribeShareGroupOffsets
 */
export const DescribeShareGroupOffsets: Api<
  DescribeShareGroupOffsetsRequestInput,
  DescribeShareGroupOffsetsResponse,
  DescribeShareGroupOffsetsRequest,
  DescribeShareGroupOffsetsResponseInput
> = api({
  name: 'DescribeShareGroupOffsets',
  key: 90,
  versions: '0-1',
  flexible: '0+',
  request,
  response,
})

/** DescribeShareGroupOffsetsRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface DescribeShareGroupOffsetsRequest extends Decoded<typeof request> {}

/** DescribeShareGroupOffsetsRequest as it may be written: without the fields that some version lacks. */
export interface DescribeShareGroupOffsetsRequestInput extends Encodable<typeof request> {}

/** DescribeShareGroupOffsetsResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface DescribeShareGroupOffsetsResponse extends Decoded<typeof response> {}

/** DescribeShareGroupOffsetsResponse as it may be written: without the fields that some version lacks. */
export interface DescribeShareGroupOffsetsResponseInput extends Encodable<typeof response> {}
