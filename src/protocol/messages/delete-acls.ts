// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Api, api, array, type Decoded, type Encodable, int8, int16, int32, string } from '../declaration.js'

const request = {
  filters: array({
    resourceTypeFilter: int8(),
    resourceNameFilter: string({ nullable: true }),
    patternTypeFilter: int8({ default: 3 }),
    principalFilter: string({ nullable: true }),
    hostFilter: string({ nullable: true }),
    operation: int8(),
    permissionType: int8(),
  }),
}

const response = {
  throttleTimeMs: int32(),
  filterResults: array({
    errorCode: int16(),
    errorMessage: string({ nullable: true }),
    matchingAcls: array({
      errorCode: int16(),
      errorMessage: string({ nullable: true }),
      resourceType: int8(),
      resourceName: string(),
      patternType: int8({ default: 3 }),
      principal: string(),
      host: string(),
      operation: int8(),
      permissionType: int8(),
    }),
  }),
}

/**
 * DeleteAcls: key 31, versions 1 to 3, flexible from 2.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_DeleteAcls
 */
export const DeleteAcls: Api<DeleteAclsRequestInput, DeleteAclsResponse, DeleteAclsRequest, DeleteAclsResponseInput> =
  api({
    name: 'DeleteAcls',
    key: 31,
    versions: '1-3',
    flexible: '2+',
    request,
    response,
  })

/** DeleteAclsRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface DeleteAclsRequest extends Decoded<typeof request> {}

/** DeleteAclsRequest as it may be written: without the fields that some version lacks. */
export interface DeleteAclsRequestInput extends Encodable<typeof request> {}

/** DeleteAclsResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface DeleteAclsResponse extends Decoded<typeof response> {}

/** DeleteAclsResponse as it may be written: without the fields that some version lacks. */
export interface DeleteAclsResponseInput extends Encodable<typeof response> {}
