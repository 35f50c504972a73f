// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Api, api, array, type Decoded, type Encodable, int16, int32, int64, string } from '../declaration.js'

const request = {
  topics: array({
    name: string(),
    partitions: array({
      partitionIndex: int32(),
      offset: int64(),
    }),
  }),
  timeoutMs: int32(),
}

const response = {
  throttleTimeMs: int32(),
  topics: array({
    name: string(),
    partitions: array({
      partitionIndex: int32(),
      lowWatermark: int64(),
      errorCode: int16(),
    }),
  }),
}

/**
 * DeleteRecords: key 21, versions 0 to 2, flexible from 2.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_DeleteRecords
 */
export const DeleteRecords: Api<
  DeleteRecordsRequestInput,
  DeleteRecordsResponse,
  DeleteRecordsRequest,
  DeleteRecordsResponseInput
> = api({
  name: 'DeleteRecords',
  key: 21,
  versions: '0-2',
  flexible: '2+',
  request,
  response,
})

/** DeleteRecordsRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface DeleteRecordsRequest extends Decoded<typeof request> {}

/** DeleteRecordsRequest as it may be written: without the fields that some version lacks. */
export interface DeleteRecordsRequestInput extends Encodable<typeof request> {}

/** DeleteRecordsResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface DeleteRecordsResponse extends Decoded<typeof response> {}

/** DeleteRecordsResponse as it may be written: without the fields that some version lacks. */
export interface DeleteRecordsResponseInput extends Encodable<typeof response> {}
