// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Api, api, bytes, type Decoded, type Encodable, int16, int32, int64 } from '../declaration.js'

const request = {
  hmac: bytes(),
  expiryTimePeriodMs: int64(),
}

const response = {
  errorCode: int16(),
  expiryTimestampMs: int64(),
  throttleTimeMs: int32(),
}

/**
 * ExpireDelegationToken: key 40, versions 1 to 2, flexible from 2.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_ExpireDelegationToken
 */
export const ExpireDelegationToken: Api<
  ExpireDelegationTokenRequestInput,
  ExpireDelegationTokenResponse,
  ExpireDelegationTokenRequest,
  ExpireDelegationTokenResponseInput
> = api({
  name: 'ExpireDelegationToken',
  key: 40,
  versions: '1-2',
  flexible: '2+',
  request,
  response,
})

/** ExpireDelegationTokenRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface ExpireDelegationTokenRequest extends Decoded<typeof request> {}

/** ExpireDelegationTokenRequest as it may be written: without the fields that some version lacks. */
export interface ExpireDelegationTokenRequestInput extends Encodable<typeof request> {}

/** ExpireDelegationTokenResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface ExpireDelegationTokenResponse extends Decoded<typeof response> {}

/** ExpireDelegationTokenResponse as it may be written: without the fields that some version lacks. */
export interface ExpireDelegationTokenResponseInput extends Encodable<typeof response> {}
