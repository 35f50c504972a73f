// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Api, api, array, bool, type Decoded, type Encodable, int8, int16, int32, string } from '../declaration.js'

const request = {
  resources: array({
    resourceType: int8(),
    resourceName: string(),
    configs: array({
      name: string(),
      value: string({ nullable: true }),
    }),
  }),
  validateOnly: bool(),
}

const response = {
  throttleTimeMs: int32(),
  responses: array({
    errorCode: int16(),
    errorMessage: string({ nullable: true }),
    resourceType: int8(),
    resourceName: string(),
  }),
}

/**
 * AlterConfigs: key 33, versions 0 to 2, flexible from 2.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_AlterConfigs
 */
export const AlterConfigs: Api<
  AlterConfigsRequestInput,
  AlterConfigsResponse,
  AlterConfigsRequest,
  AlterConfigsResponseInput
> = api({
  name: 'AlterConfigs',
  key: 33,
  versions: '0-2',
  flexible: '2+',
  request,
  response,
})

/** AlterConfigsRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface AlterConfigsRequest extends Decoded<typeof request> {}

/** AlterConfigsRequest as it may be written: without the fields that some version lacks. */
export interface AlterConfigsRequestInput extends Encodable<typeof request> {}

/** AlterConfigsResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface AlterConfigsResponse extends Decoded<typeof response> {}

/** AlterConfigsResponse as it may be written: without the fields that some version lacks. */
export interface AlterConfigsResponseInput extends Encodable<typeof response> {}
