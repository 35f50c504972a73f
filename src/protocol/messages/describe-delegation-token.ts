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
  owners: array(
    {
      principalType: string(),
      principalName: string(),
    },
    { nullable: true },
  ),
}

const response = {
  errorCode: int16(),
  tokens: array({
    principalType: string(),
    principalName: string(),
    tokenRequesterPrincipalType: string({ versions: '3+' }),
    tokenRequesterPrincipalName: string({ versions: '3+' }),
    issueTimestamp: int64(),
    expiryTimestamp: int64(),
    maxTimestamp: int64(),
    tokenId: string(),
    hmac: bytes(),
    renewers: array({
      principalType: string(),
      principalName: string(),
    }),
  }),
  throttleTimeMs: int32(),
}

/**
 * DescribeDelegationToken: key 41, versions 1 to 3, flexible from 2.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_DescribeDelegationToken
 */
export const DescribeDelegationToken: Api<
  DescribeDelegationTokenRequestInput,
  DescribeDelegationTokenResponse,
  DescribeDelegationTokenRequest,
  DescribeDelegationTokenResponseInput
> = api({
  name: 'DescribeDelegationToken',
  key: 41,
  versions: '1-3',
  flexible: '2+',
  request,
  response,
})

/** DescribeDelegationTokenRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface DescribeDelegationTokenRequest extends Decoded<typeof request> {}

/** DescribeDelegationTokenRequest as it may be written: without the fields that some version lacks. */
export interface DescribeDelegationTokenRequestInput extends Encodable<typeof request> {}

/** DescribeDelegationTokenResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface DescribeDelegationTokenResponse extends Decoded<typeof response> {}

/** DescribeDelegationTokenResponse as it may be written: without the fields that some version lacks. */
export interface DescribeDelegationTokenResponseInput extends Encodable<typeof response> {}
