// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Api, api, array, type Decoded, type Encodable, int16, string } from '../declaration.js'

const request = {
  mechanism: string(),
}

const response = {
  errorCode: int16(),
  mechanisms: array(string()),
}

/**
 * SaslHandshake: key 17, versions 0 to 1, never flexible.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_SaslHandshake
 */
export const SaslHandshake: Api<
  SaslHandshakeRequestInput,
  SaslHandshakeResponse,
  SaslHandshakeRequest,
  SaslHandshakeResponseInput
> = api({
  name: 'SaslHandshake',
  key: 17,
  versions: '0-1',
  flexible: 'none',
  request,
  response,
})

/** SaslHandshakeRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface SaslHandshakeRequest extends Decoded<typeof request> {}

/** SaslHandshakeRequest as it may be written: without the fields that some version lacks. */
export interface SaslHandshakeRequestInput extends Encodable<typeof request> {}

/** SaslHandshakeResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface SaslHandshakeResponse extends Decoded<typeof response> {}

/** SaslHandshakeResponse as it may be written: without the fields that some version lacks. */
export interface SaslHandshakeResponseInput extends Encodable<typeof response> {}
