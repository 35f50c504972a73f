// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import {
  type Api,
  api,
  array,
  bool,
  type Decoded,
  type Encodable,
  int16,
  int32,
  string,
  uint16,
  uuid,
} from '../declaration.js'

const request = {
  clusterId: string({ nullable: true }),
  timeoutMs: int32(),
  voterId: int32(),
  voterDirectoryId: uuid(),
  listeners: array({
    name: string(),
    host: string(),
    port: uint16(),
  }),
  ackWhenCommitted: bool({ versions: '1+', default: true }),
}

const response = {
  throttleTimeMs: int32(),
  errorCode: int16(),
  errorMessage: string({ nullable: true, ignorable: true }),
}

/**
 * AddRaftVoter: key 80, versions 0 to 1, flexible from 0.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_AddRaftVoter
 */
export const AddRaftVoter: Api<
  AddRaftVoterRequestInput,
  AddRaftVoterResponse,
  AddRaftVoterRequest,
  AddRaftVoterResponseInput
> = api({
  name: 'AddRaftVoter',
  key: 80,
  versions: '0-1',
  flexible: '0+',
  request,
  response,
})

/** AddRaftVoterRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface AddRaftVoterRequest extends Decoded<typeof request> {}

/** AddRaftVoterRequest as it may be written: without the fields that some version lacks. */
export interface AddRaftVoterRequestInput extends Encodable<typeof request> {}

/** AddRaftVoterResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface AddRaftVoterResponse extends Decoded<typeof response> {}

/** AddRaftVoterResponse as it may be written: without the fields that some version lacks. */
export interface AddRaftVoterResponseInput extends Encodable<typeof response> {}
