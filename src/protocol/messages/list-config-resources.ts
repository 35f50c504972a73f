// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Api, api, array, type Decoded, type Encodable, int8, int16, int32, string } from '../declaration.js'

const request = {
  resourceTypes: array(int8(), { versions: '1+' }),
}

const response = {
  throttleTimeMs: int32(),
  errorCode: int16(),
  configResources: array({
    resourceName: string(),
    resourceType: int8({ versions: '1+', default: 16, ignorable: true }),
  }),
}

/**
 * ListConfigResources: key 74, versions 0 to 1, flexible from 0.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_ListConfigResources
 */
export const ListConfigResources: Api<
  ListConfigResourcesRequestInput,
  ListConfigResourcesResponse,
  ListConfigResourcesRequest,
  ListConfigResourcesResponseInput
> = api({
  name: 'ListConfigResources',
  key: 74,
  versions: '0-1',
  flexible: '0+',
  request,
  response,
})

/** ListConfigResourcesRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface ListConfigResourcesRequest extends Decoded<typeof request> {}

/** ListConfigResourcesRequest as it may be written: without the fields that some version lacks. */
export interface ListConfigResourcesRequestInput extends Encodable<typeof request> {}

/** ListConfigResourcesResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface ListConfigResourcesResponse extends Decoded<typeof response> {}

/** ListConfigResourcesResponse as it may be written: without the fields that some version lacks. */
export interface ListConfigResourcesResponseInput extends Encodable<typeof response> {}
