// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Api, api, type Decoded, type Encodable, int16, int32, string } from '../declaration.js'

const request = {
  controllerId: int32(),
}

const response = {
  throttleTimeMs: int32(),
  errorCode: int16(),
  errorMessage: string({ nullable: true }),
}

/**
 * UnregisterController: key 94, version 0, flexible from 0.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_UnregisterController
 */
export const UnregisterController: Api<
  UnregisterControllerRequestInput,
  UnregisterControllerResponse,
  UnregisterControllerRequest,
  UnregisterControllerResponseInput
> = api({
  name: 'UnregisterController',
  key: 94,
  versions: '0',
  flexible: '0+',
  request,
  response,
})

/** UnregisterControllerRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface UnregisterControllerRequest extends Decoded<typeof request> {}

/** UnregisterControllerRequest as it may be written: without the fields that some version lacks. */
export interface UnregisterControllerRequestInput extends Encodable<typeof request> {}

/** UnregisterControllerResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface UnregisterControllerResponse extends Decoded<typeof response> {}

/** UnregisterControllerResponse as it may be written: without the fields that some version lacks. */
export interface UnregisterControllerResponseInput extends Encodable<typeof response> {}
