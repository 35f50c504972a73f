// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import {
  type Api,
  api,
  array,
  bool,
  bytes,
  type Decoded,
  type Encodable,
  int16,
  int32,
  string,
} from '../declaration.js'

const request = {
  groups: array(string()),
  includeAuthorizedOperations: bool({ versions: '3+' }),
}

const response = {
  throttleTimeMs: int32({ versions: '1+', ignorable: true }),
  groups: array({
    errorCode: int16(),
    errorMessage: string({ versions: '6+', nullable: true, default: null }),
    groupId: string(),
    groupState: string(),
    protocolType: string(),
    protocolData: string(),
    members: array({
      memberId: string(),
      groupInstanceId: string({ versions: '4+', nullable: true, default: null, ignorable: true }),
      clientId: string(),
      clientHost: string(),
      memberMetadata: bytes(),
      memberAssignment: bytes(),
    }),
    authorizedOperations: int32({ versions: '3+', default: -2147483648 }),
  }),
}

/**
 * DescribeGroups: key 15, versions 0 to 6, flexible from 5.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_DescribeGroups
 */
export const DescribeGroups: Api<
  DescribeGroupsRequestInput,
  DescribeGroupsResponse,
  DescribeGroupsRequest,
  DescribeGroupsResponseInput
> = api({
  name: 'DescribeGroups',
  key: 15,
  versions: '0-6',
  flexible: '5+',
  request,
  response,
})

/** DescribeGroupsRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface DescribeGroupsRequest extends Decoded<typeof request> {}

/** DescribeGroupsRequest as it may be written: without the fields that some version lacks. */
export interface DescribeGroupsRequestInput extends Encodable<typeof request> {}

/** DescribeGroupsResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface DescribeGroupsResponse extends Decoded<typeof response> {}

/** DescribeGroupsResponse as it may be written: without the fields that some version lacks. */
export interface DescribeGroupsResponseInput extends Encodable<typeof response> {}
