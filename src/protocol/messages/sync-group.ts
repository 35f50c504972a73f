// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Api, api, array, bytes, type Decoded, type Encodable, int16, int32, string } from '../declaration.js'

const request = {
  groupId: string(),
  generationId: int32(),
  memberId: string(),
  groupInstanceId: string({ versions: '3+', nullable: true, default: null }),
  protocolType: string({ versions: '5+', nullable: true, default: null, ignorable: true }),
  protocolName: string({ versions: '5+', nullable: true, default: null, ignorable: true }),
  assignments: array({
    memberId: string(),
    assignment: bytes(),
  }),
}

const response = {
  throttleTimeMs: int32({ versions: '1+', ignorable: true }),
  errorCode: int16(),
  protocolType: string({ versions: '5+', nullable: true, default: null, ignorable: true }),
  protocolName: string({ versions: '5+', nullable: true, default: null, ignorable: true }),
  assignment: bytes(),
}

/**
 * SyncGroup: key 14, versions 0 to 5, flexible from 4.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_SyncGroup
 */
export const SyncGroup: Api<SyncGroupRequestInput, SyncGroupResponse, SyncGroupRequest, SyncGroupResponseInput> = api({
  name: 'SyncGroup',
  key: 14,
  versions: '0-5',
  flexible: '4+',
  request,
  response,
})

/** SyncGroupRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface SyncGroupRequest extends Decoded<typeof request> {}

/** SyncGroupRequest as it may be written: without the fields that some version lacks. */
export interface SyncGroupRequestInput extends Encodable<typeof request> {}

/** SyncGroupResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface SyncGroupResponse extends Decoded<typeof response> {}

/** SyncGroupResponse as it may be written: without the fields that some version lacks. */
export interface SyncGroupResponseInput extends Encodable<typeof response> {}
