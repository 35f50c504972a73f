// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import {
  type Api,
  api,
  array,
  bytes,
  type Decoded,
  type Encodable,
  int8,
  int16,
  int32,
  string,
} from '../declaration.js'

const request = {
  deletions: array({
    name: string(),
    mechanism: int8(),
  }),
  upsertions: array({
    name: string(),
    mechanism: int8(),
    iterations: int32(),
    salt: bytes(),
    saltedPassword: bytes(),
  }),
}

const response = {
  throttleTimeMs: int32(),
  results: array({
    user: string(),
    errorCode: int16(),
    errorMessage: string({ nullable: true }),
  }),
}

/**
 * AlterUserScramCredentials: key 51, version 0, flexible from 0.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_AlterUserScramCredentials
 */
export const AlterUserScramCredentials: Api<
  AlterUserScramCredentialsRequestInput,
  AlterUserScramCredentialsResponse,
  AlterUserScramCredentialsRequest,
  AlterUserScramCredentialsResponseInput
> = api({
  name: 'AlterUserScramCredentials',
  key: 51,
  versions: '0',
  flexible: '0+',
  request,
  response,
})

/** AlterUserScramCredentialsRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface AlterUserScramCredentialsRequest extends Decoded<typeof request> {}

/** AlterUserScramCredentialsRequest as it may be written: without the fields that some version lacks. */
export interface AlterUserScramCredentialsRequestInput extends Encodable<typeof request> {}

/** AlterUserScramCredentialsResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface AlterUserScramCredentialsResponse extends Decoded<typeof response> {}

/** AlterUserScramCredentialsResponse as it may be written: without the fields that some version lacks. */
export interface AlterUserScramCredentialsResponseInput extends Encodable<typeof response> {}
