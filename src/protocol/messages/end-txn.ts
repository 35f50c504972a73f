// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Api, api, bool, type Decoded, type Encodable, int16, int32, int64, string } from '../declaration.js'

const request = {
  transactionalId: string(),
  producerId: int64(),
  producerEpoch: int16(),
  committed: bool(),
}

const response = {
  throttleTimeMs: int32(),
  errorCode: int16(),
  producerId: int64({ versions: '5+', default: -1n, ignorable: true }),
  producerEpoch: int16({ versions: '5+', default: -1, ignorable: true }),
}

/**
 * EndTxn: key 26, versions 0 to 5, flexible from 3.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_EndTxn
 */
export const EndTxn: Api<EndTxnRequestInput, EndTxnResponse, EndTxnRequest, EndTxnResponseInput> = api({
  name: 'EndTxn',
  key: 26,
  versions: '0-5',
  flexible: '3+',
  request,
  response,
})

/** EndTxnRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface EndTxnRequest extends Decoded<typeof request> {}

/** EndTxnRequest as it may be written: without the fields that some version lacks. */
export interface EndTxnRequestInput extends Encodable<typeof request> {}

/** EndTxnResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface EndTxnResponse extends Decoded<typeof response> {}

/** EndTxnResponse as it may be written: without the fields that some version lacks. */
export interface EndTxnResponseInput extends Encodable<typeof response> {}
