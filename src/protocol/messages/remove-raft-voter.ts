// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Api, api, type Decoded, type Encodable, int16, int32, string, uuid } from '../declaration.js'

const request = {
  clusterId: string({ nullable: true }),
  voterId: int32(),
  voterDirectoryId: uuid(),
}

const response = {
  throttleTimeMs: int32(),
  errorCode: int16(),
  errorMessage: string({ nullable: true, ignorable: true }),
}

/**
 * RemoveRaftVoter: key 81, version 0, flexible from 0.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_RemoveRaftVoter
 */
export const RemoveRaftVoter: Api<
  RemoveRaftVoterRequestInput,
  RemoveRaftVoterResponse,
  RemoveRaftVoterRequest,
  RemoveRaftVoterResponseInput
> = api({
  name: 'RemoveRaftVoter',
  key: 81,
  versions: '0',
  flexible: '0+',
  request,
  response,
})

/** RemoveRaftVoterRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface RemoveRaftVoterRequest extends Decoded<typeof request> {}

/** RemoveRaftVoterRequest as it may be written: without the fields that some version lacks. */
export interface RemoveRaftVoterRequestInput extends Encodable<typeof request> {}

/** RemoveRaftVoterResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface RemoveRaftVoterResponse extends Decoded<typeof response> {}

/** RemoveRaftVoterResponse as it may be written: without the fields that some version lacks. */
export interface RemoveRaftVoterResponseInput extends Encodable<typeof response> {}
