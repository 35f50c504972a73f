// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Api, api, array, type Decoded, type Encodable, int16, int32, string } from '../declaration.js'

const request = {
  statesFilter: array(string(), { versions: '4+' }),
  typesFilter: array(string(), { versions: '5+' }),
}

const response = {
  throttleTimeMs: int32({ versions: '1+', ignorable: true }),
  errorCode: int16(),
  groups: array({
    groupId: string(),
    protocolType: string(),
    groupState: string({ versions: '4+', ignorable: true }),
    groupType: string({ versions: '5+', ignorable: true }),
  }),
}

/**
 * ListGroups: key 16, versions 0 to 5, flexible from 3.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_ListGroups
 */
export const ListGroups: Api<ListGroupsRequestInput, ListGroupsResponse, ListGroupsRequest, ListGroupsResponseInput> =
  api({
    name: 'ListGroups',
    key: 16,
    versions: '0-5',
    flexible: '3+',
    request,
    response,
  })

/** ListGroupsRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface ListGroupsRequest extends Decoded<typeof request> {}

/** ListGroupsRequest as it may be written: without the fields that some version lacks. */
export interface ListGroupsRequestInput extends Encodable<typeof request> {}

/** ListGroupsResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface ListGroupsResponse extends Decoded<typeof response> {}

/** ListGroupsResponse as it may be written: without the fields that some version lacks. */
export interface ListGroupsResponseInput extends Encodable<typeof response> {}
