// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Api, api, array, type Decoded, type Encodable, int8, int16, int32, string } from '../declaration.js'

const request = {
  creations: array({
    resourceType: int8(),
    resourceName: string(),
    resourcePatternType: int8({ default: 3 }),
    principal: string(),
    host: string(),
    operation: int8(),
    permissionType: int8(),
  }),
}

const response = {
  throttleTimeMs: int32(),
  results: array({
    errorCode: int16(),
    errorMessage: string({ nullable: true }),
  }),
}

/**
 * CreateAcls: key 30, versions 1 to 3, flexible from 2.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_CreateAcls
 */
export const CreateAcls: Api<CreateAclsRequestInput, CreateAclsResponse, CreateAclsRequest, CreateAclsResponseInput> =
  api({
    name: 'CreateAcls',
    key: 30,
    versions: '1-3',
    flexible: '2+',
    request,
    response,
  })

/** CreateAclsRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface CreateAclsRequest extends Decoded<typeof request> {}

/** CreateAclsRequest as it may be written: without the fields that some version lacks. */
export interface CreateAclsRequestInput extends Encodable<typeof request> {}

/** CreateAclsResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface CreateAclsResponse extends Decoded<typeof response> {}

/** CreateAclsResponse as it may be written: without the fields that some version lacks. */
export interface CreateAclsResponseInput extends Encodable<typeof response> {}
