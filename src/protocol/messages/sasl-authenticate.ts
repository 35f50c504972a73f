// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Api, api, bytes, type Decoded, type Encodable, int16, int64, string } from '../declaration.js'

const request = {
  authBytes: bytes(),
}

const response = {
  errorCode: int16(),
  errorMessage: string({ nullable: true }),
  authBytes: bytes(),
  sessionLifetimeMs: int64({ versions: '1+', ignorable: true }),
}

/**
 * SaslAuthenticate: key 36, versions 0 to 2, flexible from 2.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_SaslAuthenticate
 */
export const SaslAuthenticate: Api<
  SaslAuthenticateRequestInput,
  SaslAuthenticateResponse,
  SaslAuthenticateRequest,
  SaslAuthenticateResponseInput
> = api({
  name: 'SaslAuthenticate',
  key: 36,
  versions: '0-2',
  flexible: '2+',
  request,
  response,
})

/** SaslAuthenticateRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface SaslAuthenticateRequest extends Decoded<typeof request> {}

/** SaslAuthenticateRequest as it may be written: without the fields that some version lacks. */
export interface SaslAuthenticateRequestInput extends Encodable<typeof request> {}

/** SaslAuthenticateResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface SaslAuthenticateResponse extends Decoded<typeof response> {}

/** SaslAuthenticateResponse as it may be written: without the fields that some version lacks. */
export interface SaslAuthenticateResponseInput extends Encodable<typeof response> {}
