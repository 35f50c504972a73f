// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Api, api, array, type Decoded, type Encodable, int16, int32, string } from '../declaration.js'

const request = {
  groupId: string(),
  topics: array({
    name: string(),
    partitions: array({
      partitionIndex: int32(),
    }),
  }),
}

const response = {
  errorCode: int16(),
  throttleTimeMs: int32({ ignorable: true }),
  topics: array({
    name: string(),
    partitions: array({
      partitionIndex: int32(),
      errorCode: int16(),
    }),
  }),
}

/**
 * OffsetDelete: key 47, version 0, never flexible.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_OffsetDelete
 */
export const OffsetDelete: Api<
  OffsetDeleteRequestInput,
  OffsetDeleteResponse,
  OffsetDeleteRequest,
  OffsetDeleteResponseInput
> = api({
  name: 'OffsetDelete',
  key: 47,
  versions: '0',
  flexible: 'none',
  request,
  response,
})

/** OffsetDeleteRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface OffsetDeleteRequest extends Decoded<typeof request> {}

/** OffsetDeleteRequest as it may be written: without the fields that some version lacks. */
export interface OffsetDeleteRequestInput extends Encodable<typeof request> {}

/** OffsetDeleteResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface OffsetDeleteResponse extends Decoded<typeof response> {}

/** OffsetDeleteResponse as it may be written: without the fields that some version lacks. */
export interface OffsetDeleteResponseInput extends Encodable<typeof response> {}
