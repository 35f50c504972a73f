// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Api, api, array, type Decoded, type Encodable, int16, int32, string, uuid } from '../declaration.js'

const request = {
  topics: array(
    {
      name: string({ nullable: true, default: null }),
      topicId: uuid(),
    },
    { versions: '6+' },
  ),
  topicNames: array(string(), { versions: '1-5', ignorable: true }),
  timeoutMs: int32(),
}

const response = {
  throttleTimeMs: int32({ ignorable: true }),
  responses: array({
    name: string({ nullable: '6+' }),
    topicId: uuid({ versions: '6+', ignorable: true }),
    errorCode: int16(),
    errorMessage: string({ versions: '5+', nullable: true, default: null, ignorable: true }),
  }),
}

/**
 * DeleteTopics: key 20, versions 1 to 6, flexible from 4.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_DeleteTopics
 */
export const DeleteTopics: Api<
  DeleteTopicsRequestInput,
  DeleteTopicsResponse,
  DeleteTopicsRequest,
  DeleteTopicsResponseInput
> = api({
  name: 'DeleteTopics',
  key: 20,
  versions: '1-6',
  flexible: '4+',
  request,
  response,
})

/** DeleteTopicsRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface DeleteTopicsRequest extends Decoded<typeof request> {}

/** DeleteTopicsRequest as it may be written: without the fields that some version lacks. */
export interface DeleteTopicsRequestInput extends Encodable<typeof request> {}

/** DeleteTopicsResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface DeleteTopicsResponse extends Decoded<typeof response> {}

/** DeleteTopicsResponse as it may be written: without the fields that some version lacks. */
export interface DeleteTopicsResponseInput extends Encodable<typeof response> {}
