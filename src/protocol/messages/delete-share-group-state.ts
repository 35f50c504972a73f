// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Api, api, array, type Decoded, type Encodable, int16, int32, string, uuid } from '../declaration.js'

const request = {
  groupId: string(),
  topics: array({
    topicId: uuid(),
    partitions: array({
      partition: int32(),
    }),
  }),
}

const response = {
  results: array({
    topicId: uuid(),
    partitions: array({
      partition: int32(),
      errorCode: int16(),
      errorMessage: string({ nullable: true, default: null }),
    }),
  }),
}

/**
 * DeleteShareGroupState: key 86, version 0, flexible from 0.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_DeleteShareGroupState
 */
export const DeleteShareGroupState: Api<
  DeleteShareGroupStateRequestInput,
  DeleteShareGroupStateResponse,
  DeleteShareGroupStateRequest,
  DeleteShareGroupStateResponseInput
> = api({
  name: 'DeleteShareGroupState',
  key: 86,
  versions: '0',
  flexible: '0+',
  request,
  response,
})

/** DeleteShareGroupStateRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface DeleteShareGroupStateRequest extends Decoded<typeof request> {}

/** DeleteShareGroupStateRequest as it may be written: without the fields that some version lacks. */
export interface DeleteShareGroupStateRequestInput extends Encodable<typeof request> {}

/** DeleteShareGroupStateResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface DeleteShareGroupStateResponse extends Decoded<typeof response> {}

/** DeleteShareGroupStateResponse as it may be written: without the fields that some version lacks. */
export interface DeleteShareGroupStateResponseInput extends Encodable<typeof response> {}
