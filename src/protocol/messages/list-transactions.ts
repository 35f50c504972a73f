// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Api, api, array, type Decoded, type Encodable, int16, int32, int64, string } from '../declaration.js'

const request = {
  stateFilters: array(string()),
  producerIdFilters: array(int64()),
  durationFilter: int64({ versions: '1+', default: -1n }),
  transactionalIdPattern: string({ versions: '2+', nullable: true, default: null }),
}

const response = {
  throttleTimeMs: int32(),
  errorCode: int16(),
  unknownStateFilters: array(string()),
  transactionStates: array({
    transactionalId: string(),
    producerId: int64(),
    transactionState: string(),
  }),
}

/**
 * ListTransactions: key 66, versions 0 to 2, flexible from 0.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_ListTransactions
 */
export const ListTransactions: Api<
  ListTransactionsRequestInput,
  ListTransactionsResponse,
  ListTransactionsRequest,
  ListTransactionsResponseInput
> = api({
  name: 'ListTransactions',
  key: 66,
  versions: '0-2',
  flexible: '0+',
  request,
  response,
})

/** ListTransactionsRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface ListTransactionsRequest extends Decoded<typeof request> {}

/** ListTransactionsRequest as it may be written: without the fields that some version lacks. */
export interface ListTransactionsRequestInput extends Encodable<typeof request> {}

/** ListTransactionsResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface ListTransactionsResponse extends Decoded<typeof response> {}

/** ListTransactionsResponse as it may be written: without the fields that some version lacks. */
export interface ListTransactionsResponseInput extends Encodable<typeof response> {}
