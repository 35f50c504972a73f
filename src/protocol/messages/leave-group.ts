// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Api, api, array, type Decoded, type Encodable, int16, int32, string } from '../declaration.js'

const request = {
  groupId: string(),
  memberId: string({ versions: '0-2' }),
  members: array(
    {
      memberId: string(),
      groupInstanceId: string({ nullable: true, default: null }),
      reason: string({ versions: '5+', nullable: true, default: null, ignorable: true }),
    },
    { versions: '3+' },
  ),
}

const response = {
  throttleTimeMs: int32({ versions: '1+', ignorable: true }),
  errorCode: int16(),
  members: array(
    {
      memberId: string(),
      groupInstanceId: string({ nullable: true }),
      errorCode: int16(),
    },
    { versions: '3+' },
  ),
}

/**
 * LeaveGroup: key 13, versions 0 to 5, flexible from 4.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_LeaveGroup
 */
export const LeaveGroup: Api<LeaveGroupRequestInput, LeaveGroupResponse, LeaveGroupRequest, LeaveGroupResponseInput> =
  api({
    name: 'LeaveGroup',
    key: 13,
    versions: '0-5',
    flexible: '4+',
    request,
    response,
  })

/** LeaveGroupRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface LeaveGroupRequest extends Decoded<typeof request> {}

/** LeaveGroupRequest as it may be written: without the fields that some version lacks. */
export interface LeaveGroupRequestInput extends Encodable<typeof request> {}

/** LeaveGroupResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface LeaveGroupResponse extends Decoded<typeof response> {}

/** LeaveGroupResponse as it may be written: without the fields that some version lacks. */
export interface LeaveGroupResponseInput extends Encodable<typeof response> {}
