// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Api, api, bool, type Decoded, type Encodable, int16, int32, int64, string } from '../declaration.js'

const request = {
  /** null: idempotent alone, without transactions. */
  transactionalId: string({ nullable: true }),
  /** The coordinator aborts a transaction that is open for longer. */
  transactionTimeoutMs: int32(),
  producerId: int64({ versions: '3+', default: -1n }),
  producerEpoch: int16({ versions: '3+', default: -1 }),
  enable2Pc: bool({ versions: '6+' }),
  keepPreparedTxn: bool({ versions: '6+' }),
}

const response = {
  throttleTimeMs: int32({ ignorable: true }),
  errorCode: int16(),
  producerId: int64({ default: -1n }),
  producerEpoch: int16(),
  ongoingTxnProducerId: int64({ versions: '6+', default: -1n }),
  ongoingTxnProducerEpoch: int16({ versions: '6+', default: -1 }),
}

/**
 * InitProducerId: key 22, versions 0 to 6 (6 not released yet), flexible from 2.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_InitProducerId
 */
export const InitProducerId: Api<
  InitProducerIdRequestInput,
  InitProducerIdResponse,
  InitProducerIdRequest,
  InitProducerIdResponseInput
> = api({
  name: 'InitProducerId',
  key: 22,
  versions: '0-6',
  unstable: 6,
  flexible: '2+',
  request,
  response,
})

/** InitProducerIdRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface InitProducerIdRequest extends Decoded<typeof request> {}

/** InitProducerIdRequest as it may be written: without the fields that some version lacks. */
export interface InitProducerIdRequestInput extends Encodable<typeof request> {}

/** InitProducerIdResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface InitProducerIdResponse extends Decoded<typeof response> {}

/** InitProducerIdResponse as it may be written: without the fields that some version lacks. */
export interface InitProducerIdResponseInput extends Encodable<typeof response> {}
