// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Api, api, array, bool, type Decoded, type Encodable, int16, int32, string } from '../declaration.js'

const request = {
  timeoutMs: int32({ default: 60000 }),
  allowReplicationFactorChange: bool({ versions: '1+', default: true }),
  topics: array({
    name: string(),
    partitions: array({
      partitionIndex: int32(),
      replicas: array(int32(), { nullable: true, default: null }),
    }),
  }),
}

const response = {
  throttleTimeMs: int32(),
  allowReplicationFactorChange: bool({ versions: '1+', default: true, ignorable: true }),
  errorCode: int16(),
  errorMessage: string({ nullable: true }),
  responses: array({
    name: string(),
    partitions: array({
      partitionIndex: int32(),
      errorCode: int16(),
      errorMessage: string({ nullable: true }),
    }),
  }),
}

/**
 * AlterPartitionReassignments: key 45, versions 0 to 1, flexible from 0.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_AlterPartitionReassignments
 */
export const AlterPartitionReassignments: Api<
  AlterPartitionReassignmentsRequestInput,
  AlterPartitionReassignmentsResponse,
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponseInput
> = api({
  name: 'AlterPartitionReassignments',
  key: 45,
  versions: '0-1',
  flexible: '0+',
  request,
  response,
})

/** AlterPartitionReassignmentsRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface AlterPartitionReassignmentsRequest extends Decoded<typeof request> {}

/** AlterPartitionReassignmentsRequest as it may be written: without the fields that some version lacks. */
export interface AlterPartitionReassignmentsRequestInput extends Encodable<typeof request> {}

/** AlterPartitionReassignmentsResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface AlterPartitionReassignmentsResponse extends Decoded<typeof response> {}

/** AlterPartitionReassignmentsResponse as it may be written: without the fields that some version lacks. */
export interface AlterPartitionReassignmentsResponseInput extends Encodable<typeof response> {}
