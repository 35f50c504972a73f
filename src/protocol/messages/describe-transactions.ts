// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Api, api, array, type Decoded, type Encodable, int16, int32, int64, string } from '../declaration.js'

const request = {
  transactionalIds: array(string()),
}

const response = {
  throttleTimeMs: int32(),
  transactionStates: array({
    errorCode: int16(),
    transactionalId: string(),
    transactionState: string(),
    transactionTimeoutMs: int32(),
    transactionStartTimeMs: int64(),
    producerId: int64(),
    producerEpoch: int16(),
    topics: array({
      topic: string(),
      partitions: array(int32()),
    }),
  }),
}

/**
 * DescribeTransactions: key 65, version 0, flexible from 0.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_DescribeTransactions
 */
export const DescribeTransactions: Api<
  DescribeTransactionsRequestInput,
  DescribeTransactionsResponse,
  DescribeTransactionsRequest,
  DescribeTransactionsResponseInput
> = api({
  name: 'DescribeTransactions',
  key: 65,
  versions: '0',
  flexible: '0+',
  request,
  response,
})

/** DescribeTransactionsRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface DescribeTransactionsRequest extends Decoded<typeof request> {}

/** DescribeTransactionsRequest as it may be written: without the fields that some version lacks. */
export interface DescribeTransactionsRequestInput extends Encodable<typeof request> {}

/** DescribeTransactionsResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface DescribeTransactionsResponse extends Decoded<typeof response> {}

/** DescribeTransactionsResponse as it may be written: without the fields that some version lacks. */
export interface DescribeTransactionsResponseInput extends Encodable<typeof response> {}
