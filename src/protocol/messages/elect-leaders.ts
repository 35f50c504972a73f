// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Api, api, array, type Decoded, type Encodable, int8, int16, int32, string } from '../declaration.js'

const request = {
  electionType: int8({ versions: '1+' }),
  topicPartitions: array(
    {
      topic: string(),
      partitions: array(int32()),
    },
    { nullable: true },
  ),
  timeoutMs: int32({ default: 60000 }),
}

const response = {
  throttleTimeMs: int32(),
  errorCode: int16({ versions: '1+' }),
  replicaElectionResults: array({
    topic: string(),
    partitionResult: array({
      partitionId: int32(),
      errorCode: int16(),
      errorMessage: string({ nullable: true }),
    }),
  }),
}

/**
 * ElectLeaders: key 43, versions 0 to 2, flexible from 2.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_ElectLeaders
 */
export const ElectLeaders: Api<
  ElectLeadersRequestInput,
  ElectLeadersResponse,
  ElectLeadersRequest,
  ElectLeadersResponseInput
> = api({
  name: 'ElectLeaders',
  key: 43,
  versions: '0-2',
  flexible: '2+',
  request,
  response,
})

/** ElectLeadersRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface ElectLeadersRequest extends Decoded<typeof request> {}

/** ElectLeadersRequest as it may be written: without the fields that some version lacks. */
export interface ElectLeadersRequestInput extends Encodable<typeof request> {}

/** ElectLeadersResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface ElectLeadersResponse extends Decoded<typeof response> {}

/** ElectLeadersResponse as it may be written: without the fields that some version lacks. */
export interface ElectLeadersResponseInput extends Encodable<typeof response> {}
