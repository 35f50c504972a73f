// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Api, api, array, type Decoded, type Encodable, int16, int32, string, uuid } from '../declaration.js'

const request = {
  groupId: string(),
  topics: array({
    topicName: string(),
  }),
}

const response = {
  throttleTimeMs: int32(),
  errorCode: int16(),
  errorMessage: string({ nullable: true, default: null }),
  responses: array({
    topicName: string(),
    topicId: uuid(),
    errorCode: int16(),
    errorMessage: string({ nullable: true, default: null }),
  }),
}

/**
 * DeleteShareGroupOffsets: key 92, version 0, flexible from 0.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_DeleteShareGroupOffsets
 */
export const DeleteShareGroupOffsets: Api<
  DeleteShareGroupOffsetsRequestInput,
  DeleteShareGroupOffsetsResponse,
  DeleteShareGroupOffsetsRequest,
  DeleteShareGroupOffsetsResponseInput
> = api({
  name: 'DeleteShareGroupOffsets',
  key: 92,
  versions: '0',
  flexible: '0+',
  request,
  response,
})

/** DeleteShareGroupOffsetsRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface DeleteShareGroupOffsetsRequest extends Decoded<typeof request> {}

/** DeleteShareGroupOffsetsRequest as it may be written: without the fields that some version lacks. */
export interface DeleteShareGroupOffsetsRequestInput extends Encodable<typeof request> {}

/** DeleteShareGroupOffsetsResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface DeleteShareGroupOffsetsResponse extends Decoded<typeof response> {}

/** DeleteShareGroupOffsetsResponse as it may be written: without the fields that some version lacks. */
export interface DeleteShareGroupOffsetsResponseInput extends Encodable<typeof response> {}
