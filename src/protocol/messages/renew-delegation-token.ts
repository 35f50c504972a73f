// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Api, api, bytes, type Decoded, type Encodable, int16, int32, int64 } from '../declaration.js'

const request = {
  hmac: bytes(),
  renewPeriodMs: int64(),
}

const response = {
  errorCode: int16(),
  expiryTimestampMs: int64(),
  throttleTimeMs: int32(),
}

/**
 * RenewDelegationToken: key 39, versions 1 to 2, flexible from 2.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_RenewDelegationToken
 */
export const RenewDelegationToken: Api<
  RenewDelegationTokenRequestInput,
  RenewDelegationTokenResponse,
  RenewDelegationTokenRequest,
  RenewDelegationTokenResponseInput
> = api({
  name: 'RenewDelegationToken',
  key: 39,
  versions: '1-2',
  flexible: '2+',
  request,
  response,
})

/** RenewDelegationTokenRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface RenewDelegationTokenRequest extends Decoded<typeof request> {}

/** RenewDelegationTokenRequest as it may be written: without the fields that some version lacks. */
export interface RenewDelegationTokenRequestInput extends Encodable<typeof request> {}

/** RenewDelegationTokenResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface RenewDelegationTokenResponse extends Decoded<typeof response> {}

/** RenewDelegationTokenResponse as it may be written: without the fields that some version lacks. */
export interface RenewDelegationTokenResponseInput extends Encodable<typeof response> {}
