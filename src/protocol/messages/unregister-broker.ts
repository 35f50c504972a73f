// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Api, api, type Decoded, type Encodable, int16, int32, string } from '../declaration.js'

const request = {
  brokerId: int32(),
}

const response = {
  throttleTimeMs: int32(),
  errorCode: int16(),
  errorMessage: string({ nullable: true }),
}

/**
 * UnregisterBroker: key 64, version 0, flexible from 0.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_UnregisterBroker
 */
export const UnregisterBroker: Api<
  UnregisterBrokerRequestInput,
  UnregisterBrokerResponse,
  UnregisterBrokerRequest,
  UnregisterBrokerResponseInput
> = api({
  name: 'UnregisterBroker',
  key: 64,
  versions: '0',
  flexible: '0+',
  request,
  response,
})

/** UnregisterBrokerRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface UnregisterBrokerRequest extends Decoded<typeof request> {}

/** UnregisterBrokerRequest as it may be written: without the fields that some version lacks. */
export interface UnregisterBrokerRequestInput extends Encodable<typeof request> {}

/** UnregisterBrokerResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface UnregisterBrokerResponse extends Decoded<typeof response> {}

/** UnregisterBrokerResponse as it may be written: without the fields that some version lacks. */
export interface UnregisterBrokerResponseInput extends Encodable<typeof response> {}
