// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Api, api, type Decoded, type Encodable, int16, int32, int64, string } from '../declaration.js'

const request = {
  transactionalId: string(),
  producerId: int64(),
  producerEpoch: int16(),
  groupId: string(),
}

const response = {
  throttleTimeMs: int32(),
  errorCode: int16(),
}

/**
 * AddOffsetsToTxn: key 25, versions 0 to 4, flexible from 3.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_AddOffsetsToTxn
 */
export const AddOffsetsToTxn: Api<
  AddOffsetsToTxnRequestInput,
  AddOffsetsToTxnResponse,
  AddOffsetsToTxnRequest,
  AddOffsetsToTxnResponseInput
> = api({
  name: 'AddOffsetsToTxn',
  key: 25,
  versions: '0-4',
  flexible: '3+',
  request,
  response,
})

/** AddOffsetsToTxnRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface AddOffsetsToTxnRequest extends Decoded<typeof request> {}

/** AddOffsetsToTxnRequest as it may be written: without the fields that some version lacks. */
export interface AddOffsetsToTxnRequestInput extends Encodable<typeof request> {}

/** AddOffsetsToTxnResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface AddOffsetsToTxnResponse extends Decoded<typeof response> {}

/** AddOffsetsToTxnResponse as it may be written: without the fields that some version lacks. */
export interface AddOffsetsToTxnResponseInput extends Encodable<typeof response> {}
