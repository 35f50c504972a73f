// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import {
  type Api,
  api,
  array,
  bool,
  type Decoded,
  type Encodable,
  int8,
  int16,
  int32,
  int64,
  string,
} from '../declaration.js'

const request = {
  markers: array({
    producerId: int64(),
    producerEpoch: int16(),
    transactionResult: bool(),
    topics: array({
      name: string(),
      partitionIndexes: array(int32()),
    }),
    coordinatorEpoch: int32(),
    transactionVersion: int8({ versions: '2+', ignorable: true }),
  }),
}

const response = {
  markers: array({
    producerId: int64(),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
      }),
    }),
  }),
}

/**
 * WriteTxnMarkers: key 27, versions 1 to 2, flexible from 1.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_WriteTxnMarkers
 */
export const WriteTxnMarkers: Api<
  WriteTxnMarkersRequestInput,
  WriteTxnMarkersResponse,
  WriteTxnMarkersRequest,
  WriteTxnMarkersResponseInput
> = api({
  name: 'WriteTxnMarkers',
  key: 27,
  versions: '1-2',
  flexible: '1+',
  request,
  response,
})

/** WriteTxnMarkersRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface WriteTxnMarkersRequest extends Decoded<typeof request> {}

/** WriteTxnMarkersRequest as it may be written: without the fields that some version lacks. */
export interface WriteTxnMarkersRequestInput extends Encodable<typeof request> {}

/** WriteTxnMarkersResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface WriteTxnMarkersResponse extends Decoded<typeof response> {}

/** WriteTxnMarkersResponse as it may be written: without the fields that some version lacks. */
export interface WriteTxnMarkersResponseInput extends Encodable<typeof response> {}
