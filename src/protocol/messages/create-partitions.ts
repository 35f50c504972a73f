// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Api, api, array, bool, type Decoded, type Encodable, int16, int32, string } from '../declaration.js'

const request = {
  topics: array({
    name: string(),
    /** How many the topic is to have in all. */
    count: int32(),
    assignments: array(
      {
        brokerIds: array(int32()),
      },
      { nullable: true },
    ),
  }),
  timeoutMs: int32(),
  validateOnly: bool(),
}

const response = {
  throttleTimeMs: int32(),
  results: array({
    name: string(),
    errorCode: int16(),
    errorMessage: string({ nullable: true, default: null }),
  }),
}

/**
 * CreatePartitions: key 37, versions 0 to 3, flexible from 2.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_CreatePartitions
 */
export const CreatePartitions: Api<
  CreatePartitionsRequestInput,
  CreatePartitionsResponse,
  CreatePartitionsRequest,
  CreatePartitionsResponseInput
> = api({
  name: 'CreatePartitions',
  key: 37,
  versions: '0-3',
  flexible: '2+',
  request,
  response,
})

/** CreatePartitionsRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface CreatePartitionsRequest extends Decoded<typeof request> {}

/** CreatePartitionsRequest as it may be written: without the fields that some version lacks. */
export interface CreatePartitionsRequestInput extends Encodable<typeof request> {}

/** CreatePartitionsResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface CreatePartitionsResponse extends Decoded<typeof response> {}

/** CreatePartitionsResponse as it may be written: without the fields that some version lacks. */
export interface CreatePartitionsResponseInput extends Encodable<typeof response> {}
