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
    topicId: uuid(),
    partitions: array({
      partition: int32(),
      stateEpoch: int32(),
      startOffset: int64(),
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
 * InitializeShareGroupState: key 83, version 0, flexible from 0.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_InitializeShareGroupState
 */
export const InitializeShareGroupState: Api<
  InitializeShareGroupStateRequestInput,
  InitializeShareGroupStateResponse,
  InitializeShareGroupStateRequest,
  InitializeShareGroupStateResponseInput
> = api({
  name: 'InitializeShareGroupState',
  key: 83,
  versions: '0',
  flexible: '0+',
  request,
  response,
})

/** InitializeShareGroupStateRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface InitializeShareGroupStateRequest extends Decoded<typeof request> {}

/** InitializeShareGroupStateRequest as it may be written: without the fields that some version lacks. */
export interface InitializeShareGroupStateRequestInput extends Encodable<typeof request> {}

/** InitializeShareGroupStateResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface InitializeShareGroupStateResponse extends Decoded<typeof response> {}

/** InitializeShareGroupStateResponse as it may be written: without the fields that some version lacks. */
export interface InitializeShareGroupStateResponseInput extends Encodable<typeof response> {}
