// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Api, api, type Decoded, type Encodable, int16, int32, string } from '../declaration.js'

const request = {
  groupId: string(),
  generationId: int32(),
  memberId: string(),
  groupInstanceId: string({ versions: '3+', nullable: true, default: null }),
}

const response = {
  throttleTimeMs: int32({ versions: '1+', ignorable: true }),
  errorCode: int16(),
}

/**
 * Heartbeat: key 12, versions 0 to 4, flexible from 4.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_Heartbeat
 */
export const Heartbeat: Api<HeartbeatRequestInput, HeartbeatResponse, HeartbeatRequest, HeartbeatResponseInput> = api({
  name: 'Heartbeat',
  key: 12,
  versions: '0-4',
  flexible: '4+',
  request,
  response,
})

/** HeartbeatRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface HeartbeatRequest extends Decoded<typeof request> {}

/** HeartbeatRequest as it may be written: without the fields that some version lacks. */
export interface HeartbeatRequestInput extends Encodable<typeof request> {}

/** HeartbeatResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface HeartbeatResponse extends Decoded<typeof response> {}

/** HeartbeatResponse as it may be written: without the fields that some version lacks. */
export interface HeartbeatResponseInput extends Encodable<typeof response> {}
