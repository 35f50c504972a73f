// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Api, api, array, type Decoded, type Encodable, int16, int32, string } from '../declaration.js'

const request = {
  timeoutMs: int32({ default: 60000 }),
  topics: array(
    {
      name: string(),
      partitionIndexes: array(int32()),
    },
    { nullable: true, default: null },
  ),
}

const response = {
  throttleTimeMs: int32(),
  errorCode: int16(),
  errorMessage: string({ nullable: true }),
  topics: array({
    name: string(),
    partitions: array({
      partitionIndex: int32(),
      replicas: array(int32()),
      addingReplicas: array(int32()),
      removingReplicas: array(int32()),
    }),
  }),
}

/**
 * ListPartitionReassignments: key 46, version 0, flexible from 0.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_ListPartitionReassignments
 */
export const ListPartitionReassignments: Api<
  ListPartitionReassignmentsRequestInput,
  ListPartitionReassignmentsResponse,
  ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponseInput
> = api({
  name: 'ListPartitionReassignments',
  key: 46,
  versions: '0',
  flexible: '0+',
  request,
  response,
})

/** ListPartitionReassignmentsRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface ListPartitionReassignmentsRequest extends Decoded<typeof request> {}

/** ListPartitionReassignmentsRequest as it may be written: without the fields that some version lacks. */
export interface ListPartitionReassignmentsRequestInput extends Encodable<typeof request> {}

/** ListPartitionReassignmentsResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface ListPartitionReassignmentsResponse extends Decoded<typeof response> {}

/** ListPartitionReassignmentsResponse as it may be written: without the fields that some version lacks. */
export interface ListPartitionReassignmentsResponseInput extends Encodable<typeof response> {}
