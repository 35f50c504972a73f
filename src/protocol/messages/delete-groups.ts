// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Api, api, array, type Decoded, type Encodable, int16, int32, string } from '../declaration.js'

const request = {
  groupsNames: array(string()),
}

const response = {
  throttleTimeMs: int32(),
  results: array({
    groupId: string(),
    errorCode: int16(),
    errorMessage: string({ versions: '3+', nullable: true, default: null, ignorable: true }),
  }),
}

/**
 * DeleteGroups: key 42, versions 0 to 3, flexible from 2.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_DeleteGroups
 */
export const DeleteGroups: Api<
  DeleteGroupsRequestInput,
  DeleteGroupsResponse,
  DeleteGroupsRequest,
  DeleteGroupsResponseInput
> = api({
  name: 'DeleteGroups',
  key: 42,
  versions: '0-3',
  flexible: '2+',
  request,
  response,
})

/** DeleteGroupsRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface DeleteGroupsRequest extends Decoded<typeof request> {}

/** DeleteGroupsRequest as it may be written: without the fields that some version lacks. */
export interface DeleteGroupsRequestInput extends Encodable<typeof request> {}

/** DeleteGroupsResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface DeleteGroupsResponse extends Decoded<typeof response> {}

/** DeleteGroupsResponse as it may be written: without the fields that some version lacks. */
export interface DeleteGroupsResponseInput extends Encodable<typeof response> {}
