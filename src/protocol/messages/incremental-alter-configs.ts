// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Api, api, array, bool, type Decoded, type Encodable, int8, int16, int32, string } from '../declaration.js'

const request = {
  resources: array({
    resourceType: int8(),
    resourceName: string(),
    configs: array({
      name: string(),
      configOperation: int8(),
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
 * IncrementalAlterConfigs: key 44, versions 0 to 1, flexible from 1.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_IncrementalAlterConfigs
 */
export const IncrementalAlterConfigs: Api<
  IncrementalAlterConfigsRequestInput,
  IncrementalAlterConfigsResponse,
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponseInput
> = api({
  name: 'IncrementalAlterConfigs',
  key: 44,
  versions: '0-1',
  flexible: '1+',
  request,
  response,
})

/** IncrementalAlterConfigsRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface IncrementalAlterConfigsRequest extends Decoded<typeof request> {}

/** IncrementalAlterConfigsRequest as it may be written: without the fields that some version lacks. */
export interface IncrementalAlterConfigsRequestInput extends Encodable<typeof request> {}

/** IncrementalAlterConfigsResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface IncrementalAlterConfigsResponse extends Decoded<typeof response> {}

/** IncrementalAlterConfigsResponse as it may be written: without the fields that some version lacks. */
export interface IncrementalAlterConfigsResponseInput extends Encodable<typeof response> {}
