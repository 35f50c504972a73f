// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import {
  type Api,
  api,
  array,
  bytes,
  type Decoded,
  type Encodable,
  int16,
  int32,
  int64,
  string,
} from '../declaration.js'

const request = {
  ownerPrincipalType: string({ versions: '3+', nullable: true }),
  ownerPrincipalName: string({ versions: '3+', nullable: true }),
  renewers: array({
    principalType: string(),
    principalName: string(),
  }),
  maxLifetimeMs: int64(),
}

const response = {
  errorCode: int16(),
  principalType: string(),
  principalName: string(),
  tokenRequesterPrincipalType: string({ versions: '3+' }),
  tokenRequesterPrincipalName: string({ versions: '3+' }),
  issueTimestampMs: int64(),
  expiryTimestampMs: int64(),
  maxTimestampMs: int64(),
  tokenId: string(),
  hmac: bytes(),
  throttleTimeMs: int32(),
}

/**
 * CreateDelegationToken: key 38, versions 1 to 3, flexible from 2.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_CreateDelegationToken
 */
export const CreateDelegationToken: Api<
  CreateDelegationTokenRequestInput,
  CreateDelegationTokenResponse,
  CreateDelegationTokenRequest,
  CreateDelegationTokenResponseInput
> = api({
  name: 'CreateDelegationToken',
  key: 38,
  versions: '1-3',
  flexible: '2+',
  request,
  response,
})

/** CreateDelegationTokenRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface CreateDelegationTokenRequest extends Decoded<typeof request> {}

/** CreateDelegationTokenRequest as it may be written: without the fields that some version lacks. */
export interface CreateDelegationTokenRequestInput extends Encodable<typeof request> {}

/** CreateDelegationTokenResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface CreateDelegationTokenResponse extends Decoded<typeof response> {}

/** CreateDelegationTokenResponse as it may be written: without the fields that some version lacks. */
export interface CreateDelegationTokenResponseInput extends Encodable<typeof response> {}
