// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Api, api, array, type Decoded, type Encodable, int16, int32, int64, string } from '../declaration.js'

const request = {
  topics: array({
    name: string(),
    partitionIndexes: array(int32()),
  }),
}

const response = {
  throttleTimeMs: int32(),
  topics: array({
    name: string(),
    partitions: array({
      partitionIndex: int32(),
      errorCode: int16(),
      errorMessage: string({ nullable: true, default: null }),
      activeProducers: array({
        producerId: int64(),
        producerEpoch: int32(),
        lastSequence: int32({ default: -1 }),
        lastTimestamp: int64({ default: -1n }),
        coordinatorEpoch: int32(),
        currentTxnStartOffset: int64({ default: -1n }),
      }),
    }),
  }),
}

/**
 * DescribeProducers: key 61, version 0, flexible from 0.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_DescribeProducers
 */
export const DescribeProducers: Api<
  DescribeProducersRequestInput,
  DescribeProducersResponse,
  DescribeProducersRequest,
  DescribeProducersResponseInput
> = api({
  name: 'DescribeProducers',
  key: 61,
  versions: '0',
  flexible: '0+',
  request,
  response,
})

/** DescribeProducersRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface DescribeProducersRequest extends Decoded<typeof request> {}

/** DescribeProducersRequest as it may be written: without the fields that some version lacks. */
export interface DescribeProducersRequestInput extends Encodable<typeof request> {}

/** DescribeProducersResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface DescribeProducersResponse extends Decoded<typeof response> {}

/** DescribeProducersResponse as it may be written: without the fields that some version lacks. */
export interface DescribeProducersResponseInput extends Encodable<typeof response> {}
