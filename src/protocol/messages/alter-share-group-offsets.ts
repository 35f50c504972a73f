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
  topics: array({
    topicName: string(),
    partitions: array({
      partitionIndex: int32(),
      startOffset: int64(),
    }),
  }),
}

const response = {
  throttleTimeMs: int32(),
  errorCode: int16(),
  errorMessage: string({ nullable: true, default: null }),
  responses: array({
    topicName: string(),
    topicId: uuid(),
    partitions: array({
      partitionIndex: int32(),
      errorCode: int16(),
      errorMessage: string({ nullable: true, default: null }),
    }),
  }),
}

/**
 * AlterShareGroupOffsets: key 91, version 0, flexible from 0.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_AlterShareGroupOffsets
 */
export const AlterShareGroupOffsets: Api<
  AlterShareGroupOffsetsRequestInput,
  AlterShareGroupOffsetsResponse,
  AlterShareGroupOffsetsRequest,
  AlterShareGroupOffsetsResponseInput
> = api({
  name: 'AlterShareGroupOffsets',
  key: 91,
  versions: '0',
  flexible: '0+',
  request,
  response,
})

/** AlterShareGroupOffsetsRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface AlterShareGroupOffsetsRequest extends Decoded<typeof request> {}

/** AlterShareGroupOffsetsRequest as it may be written: without the fields that some version lacks. */
export interface AlterShareGroupOffsetsRequestInput extends Encodable<typeof request> {}

/** AlterShareGroupOffsetsResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface AlterShareGroupOffsetsResponse extends Decoded<typeof response> {}

/** AlterShareGroupOffsetsResponse as it may be written: without the fields that some version lacks. */
export interface AlterShareGroupOffsetsResponseInput extends Encodable<typeof response> {}
