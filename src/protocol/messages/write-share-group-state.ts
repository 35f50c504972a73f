// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import {
  type Api,
  api,
  array,
  type Decoded,
  type Encodable,
  int8,
  int16,
  int32,
  int64,
  string,
  uuid,
} from '../declaration.js'

const request = {
  groupId: string(),
  topics: array({
    topicId: uuid(),
    partitions: array({
      partition: int32(),
      stateEpoch: int32(),
      leaderEpoch: int32(),
      startOffset: int64(),
      deliveryCompleteCount: int32({ versions: '1+', default: -1, ignorable: true }),
      stateBatches: array({
        firstOffset: int64(),
        lastOffset: int64(),
        deliveryState: int8(),
        deliveryCount: int16(),
      }),
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
 * WriteShareGroupState: key 85, versions 0 to 1, flexible from 0.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_WriteShareGroupState
 */
export const WriteShareGroupState: Api<
  WriteShareGroupStateRequestInput,
  WriteShareGroupStateResponse,
  WriteShareGroupStateRequest,
  WriteShareGroupStateResponseInput
> = api({
  name: 'WriteShareGroupState',
  key: 85,
  versions: '0-1',
  flexible: '0+',
  request,
  response,
})

/** WriteShareGroupStateRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface WriteShareGroupStateRequest extends Decoded<typeof request> {}

/** WriteShareGroupStateRequest as it may be written: without the fields that some version lacks. */
export interface WriteShareGroupStateRequestInput extends Encodable<typeof request> {}

/** WriteShareGroupStateResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface WriteShareGroupStateResponse extends Decoded<typeof response> {}

/** WriteShareGroupStateResponse as it may be written: without the fields that some version lacks. */
export interface WriteShareGroupStateResponseInput extends Encodable<typeof response> {}
