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
  groupId: string(),
  /** Without a heartbeat for so long, the member is out of the group. */
  sessionTimeoutMs: int32(),
  /** How long a rebalance waits for a member to join again before it goes on without. */
  rebalanceTimeoutMs: int32({ versions: '1+', default: -1, ignorable: true }),
  /** Empty at first; then as the coordinator gave it, with MEMBER_ID_REQUIRED too. */
  memberId: string(),
  /** Of a static member, which may restart without a rebalance; null for others. */
  groupInstanceId: string({ versions: '5+', nullable: true, default: null }),
  protocolType: string(),
  protocols: array({
    name: string(),
    metadata: bytes(),
  }),
  reason: string({ versions: '8+', nullable: true, default: null, ignorable: true }),
}

const response = {
  throttleTimeMs: int32({ versions: '2+', ignorable: true }),
  errorCode: int16(),
  generationId: int32({ default: -1 }),
  protocolType: string({ versions: '7+', nullable: true, default: null, ignorable: true }),
  protocolName: string({ nullable: '7+' }),
  leader: string(),
  skipAssignment: bool({ versions: '9+' }),
  memberId: string(),
  members: array({
    memberId: string(),
    groupInstanceId: string({ versions: '5+', nullable: true, default: null, ignorable: true }),
    metadata: bytes(),
  }),
}

/**
 * JoinGroup: key 11, versions 0 to 9, flexible from 6.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_JoinGroup
 */
export const JoinGroup: Api<JoinGroupRequestInput, JoinGroupResponse, JoinGroupRequest, JoinGroupResponseInput> = api({
  name: 'JoinGroup',
  key: 11,
  versions: '0-9',
  flexible: '6+',
  request,
  response,
})

/** JoinGroupRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface JoinGroupRequest extends Decoded<typeof request> {}

/** JoinGroupRequest as it may be written: without the fields that some version lacks. */
export interface JoinGroupRequestInput extends Encodable<typeof request> {}

/** JoinGroupResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface JoinGroupResponse extends Decoded<typeof response> {}

/** JoinGroupResponse as it may be written: without the fields that some version lacks. */
export interface JoinGroupResponseInput extends Encodable<typeof response> {}
