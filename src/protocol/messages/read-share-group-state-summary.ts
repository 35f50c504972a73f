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
      leaderEpoch: int32(),
      startOffset: int64(),
      deliveryCompleteCount: int32({ versions: '1+', default: -1, ignorable: true }),
    }),
  }),
}

/**
 * ReadShareGroupStateSummary: key 87, versions 0 to 1, flexible from 0.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_ReadShareGroupStateSummary
 */
export const ReadShareGroupStateSummary: Api<
  ReadShareGroupStateSummaryRequestInput,
  ReadShareGroupStateSummaryResponse,
  ReadShareGroupStateSummaryRequest,
  ReadShareGroupStateSummaryResponseInput
> = api({
  name: 'ReadShareGroupStateSummary',
  key: 87,
  versions: '0-1',
  flexible: '0+',
  request,
  response,
})

/** ReadShareGroupStateSummaryRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface ReadShareGroupStateSummaryRequest extends Decoded<typeof request> {}

/** ReadShareGroupStateSummaryRequest as it may be written: without the fields that some version lacks. */
export interface ReadShareGroupStateSummaryRequestInput extends Encodable<typeof request> {}

/** ReadShareGroupStateSummaryResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface ReadShareGroupStateSummaryResponse extends Decoded<typeof response> {}

/** ReadShareGroupStateSummaryResponse as it may be written: without the fields that some version lacks. */
export interface ReadShareGroupStateSummaryResponseInput extends Encodable<typeof response> {}
