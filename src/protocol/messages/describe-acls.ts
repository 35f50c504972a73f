// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Api, api, array, type Decoded, type Encodable, int8, int16, int32, string } from '../declaration.js'

const request = {
  resourceTypeFilter: int8(),
  resourceNameFilter: string({ nullable: true }),
  patternTypeFilter: int8({ default: 3 }),
  principalFilter: string({ nullable: true }),
  hostFilter: string({ nullable: true }),
  operation: int8(),
  permissionType: int8(),
}

const response = {
  throttleTimeMs: int32(),
  errorCode: int16(),
  errorMessage: string({ nullable: true }),
  resources: array({
    resourceType: int8(),
    resourceName: string(),
    patternType: int8({ default: 3 }),
    acls: array({
      principal: string(),
      host: string(),
      operation: int8(),
      permissionType: int8(),
    }),
  }),
}

/**
 * DescribeAcls: key 29, versions 1 to 3, flexible from 2.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_DescribeAcls
 */
export const DescribeAcls: Api<
  DescribeAclsRequestInput,
  DescribeAclsResponse,
  DescribeAclsRequest,
  DescribeAclsResponseInput
> = api({
  name: 'DescribeAcls',
  key: 29,
  versions: '1-3',
  flexible: '2+',
  request,
  response,
})

/** DescribeAclsRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface DescribeAclsRequest extends Decoded<typeof request> {}

/** DescribeAclsRequest as it may be written: without the fields that some version lacks. */
export interface DescribeAclsRequestInput extends Encodable<typeof request> {}

/** DescribeAclsResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface DescribeAclsResponse extends Decoded<typeof response> {}

/** DescribeAclsResponse as it may be written: without the fields that some version lacks. */
export interface DescribeAclsResponseInput extends Encodable<typeof response> {}
