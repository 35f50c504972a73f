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
  int64,
  string,
} from '../declaration.js'

const addPartitionsToTxnTopic = {
  name: string(),
  partitions: array(int32()),
}

const addPartitionsToTxnPartitionResult = {
  partitionIndex: int32(),
  partitionErrorCode: int16(),
}

const addPartitionsToTxnTopicResult = {
  name: string(),
  resultsByPartition: array(addPartitionsToTxnPartitionResult),
}

const request = {
  transactions: array(
    {
      transactionalId: string(),
      producerId: int64(),
      producerEpoch: int16(),
      verifyOnly: bool(),
      topics: array(addPartitionsToTxnTopic),
    },
    { versions: '4+' },
  ),
  v3AndBelowTransactionalId: string({ versions: '0-3' }),
  v3AndBelowProducerId: int64({ versions: '0-3' }),
  v3AndBelowProducerEpoch: int16({ versions: '0-3' }),
  v3AndBelowTopics: array(addPartitionsToTxnTopic, { versions: '0-3' }),
}

const response = {
  throttleTimeMs: int32(),
  errorCode: int16({ versions: '4+', ignorable: true }),
  resultsByTransaction: array(
    {
      transactionalId: string(),
      topicResults: array(addPartitionsToTxnTopicResult),
    },
    { versions: '4+' },
  ),
  resultsByTopicV3AndBelow: array(addPartitionsToTxnTopicResult, { versions: '0-3' }),
}

/**
 * AddPartitionsToTxn: key 24, versions 0 to 5, flexible from 3.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_AddPartitionsToTxn
 */
export const AddPartitionsToTxn: Api<
  AddPartitionsToTxnRequestInput,
  AddPartitionsToTxnResponse,
  AddPartitionsToTxnRequest,
  AddPartitionsToTxnResponseInput
> = api({
  name: 'AddPartitionsToTxn',
  key: 24,
  versions: '0-5',
  flexible: '3+',
  request,
  response,
})

/** AddPartitionsToTxnRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface AddPartitionsToTxnRequest extends Decoded<typeof request> {}

/** AddPartitionsToTxnRequest as it may be written: without the fields that some version lacks. */
export interface AddPartitionsToTxnRequestInput extends Encodable<typeof request> {}

/** AddPartitionsToTxnResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface AddPartitionsToTxnResponse extends Decoded<typeof response> {}

/** AddPartitionsToTxnResponse as it may be written: without the fields that some version lacks. */
export interface AddPartitionsToTxnResponseInput extends Encodable<typeof response> {}
