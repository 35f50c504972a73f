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
      leaderEpoch: int32(),
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
      stateEpoch: int32(),
      startOffset: int64(),
      stateBatches: array({
        firstOffset: int64(),
        lastOffset: int64(),
        deliveryState: int8(),
        deliveryCount: int16(),
      }),
    }),
  }),
}

/**
 * ReadShareGroupState: key 84, version 0, flexible from 0.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_ReadShareGroupState
 */
export const ReadShareGroupState: Api<
  ReadShareGroupStateRequestInput,
  ReadShareGroupStateResponse,
  ReadShareGroupStateRequest,
  ReadShareGroupStateResponseInput
> = api({
  name: 'ReadShareGroupState',
  key: 84,
  versions: '0',
  flexible: '0+',
  request,
  response,
})

/** ReadShareGroupStateRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface ReadShareGroupStateRequest extends Decoded<typeof request> {}

/** ReadShareGroupStateRequest as it may be written: without the fields that some version lacks. */
export interface ReadShareGroupStateRequestInput extends Encodable<typeof request> {}

/** ReadShareGroupStateResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface ReadShareGroupStateResponse extends Decoded<typeof response> {}

/** ReadShareGroupStateResponse as it may be written: without the fields that some version lacks. */
export interface ReadShareGroupStateResponseInput extends Encodable<typeof response> {}
