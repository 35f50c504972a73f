// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Api, api, array, type Decoded, type Encodable, int8, int16, int32, string } from '../declaration.js'

const request = {
  users: array(
    {
      name: string(),
    },
    { nullable: true },
  ),
}

const response = {
  throttleTimeMs: int32(),
  errorCode: int16(),
  errorMessage: string({ nullable: true }),
  results: array({
    user: string(),
    errorCode: int16(),
    errorMessage: string({ nullable: true }),
    credentialInfos: array({
      mechanism: int8(),
      iterations: int32(),
    }),
  }),
}

/**
 * DescribeUserScramCredentials: key 50, version 0, flexible from 0.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_DescribeUserScramCredentials
 */
export const DescribeUserScramCredentials: Api<
  DescribeUserScramCredentialsRequestInput,
  DescribeUserScramCredentialsResponse,
  DescribeUserScramCredentialsRequest,
  DescribeUserScramCredentialsResponseInput
> = api({
  name: 'DescribeUserScramCredentials',
  key: 50,
  versions: '0',
  flexible: '0+',
  request,
  response,
})

/** DescribeUserScramCredentialsRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface DescribeUserScramCredentialsRequest extends Decoded<typeof request> {}

/** DescribeUserScramCredentialsRequest as it may be written: without the fields that some version lacks. */
export interface DescribeUserScramCredentialsRequestInput extends Encodable<typeof request> {}

/** DescribeUserScramCredentialsResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface DescribeUserScramCredentialsResponse extends Decoded<typeof response> {}

/** DescribeUserScramCredentialsResponse as it may be written: without the fields that some version lacks. */
export interface DescribeUserScramCredentialsResponseInput extends Encodable<typeof response> {}
