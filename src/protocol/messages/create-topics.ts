// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import {
  type Api,
  api,
  array,
  bool,
  type Decoded,
  type Encodable,
  int8,
  int16,
  int32,
  string,
  uuid,
} from '../declaration.js'

const request = {
  topics: array({
    name: string(),
    /** -1: the broker's `num.partitions`, or as `assignments` has them. */
    numPartitions: int32(),
    /** -1: the broker's `default.replication.factor`, or as `assignments` has it. */
    replicationFactor: int16(),
    assignments: array({
      partitionIndex: int32(),
      brokerIds: array(int32()),
    }),
    configs: array({
      name: string(),
      value: string({ nullable: true }),
    }),
  }),
  /** How long the broker may wait for the topics to be there. */
  timeoutMs: int32({ default: 60000 }),
  /** Say whether it could be done, and do not. */
  validateOnly: bool(),
}

const response = {
  throttleTimeMs: int32({ ignorable: true }),
  topics: array({
    name: string(),
    topicId: uuid({ versions: '7+', ignorable: true }),
    errorCode: int16(),
    errorMessage: string({ nullable: true, ignorable: true }),
    topicConfigErrorCode: int16({ versions: '5+', ignorable: true, tag: 0 }),
    numPartitions: int32({ versions: '5+', default: -1, ignorable: true }),
    replicationFactor: int16({ versions: '5+', default: -1, ignorable: true }),
    configs: array(
      {
        name: string(),
        value: string({ nullable: true }),
        readOnly: bool(),
        configSource: int8({ default: -1, ignorable: true }),
        isSensitive: bool(),
      },
      { versions: '5+', nullable: true, ignorable: true },
    ),
  }),
}

/**
 * CreateTopics: key 19, versions 2 to 7, flexible from 5.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_CreateTopics
 */
export const CreateTopics: Api<
  CreateTopicsRequestInput,
  CreateTopicsResponse,
  CreateTopicsRequest,
  CreateTopicsResponseInput
> = api({
  name: 'CreateTopics',
  key: 19,
  versions: '2-7',
  flexible: '5+',
  request,
  response,
})

/** CreateTopicsRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface CreateTopicsRequest extends Decoded<typeof request> {}

/** CreateTopicsRequest as it may be written: without the fields that some version lacks. */
export interface CreateTopicsRequestInput extends Encodable<typeof request> {}

/** CreateTopicsResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface CreateTopicsResponse extends Decoded<typeof response> {}

/** CreateTopicsResponse as it may be written: without the fields that some version lacks. */
export interface CreateTopicsResponseInput extends Encodable<typeof response> {}
