// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import {
  type Api,
  api,
  array,
  type Decoded,
  type Encodable,
  int16,
  int32,
  int64,
  records,
  string,
  struct,
  uuid,
} from '../declaration.js'

const request = {
  /** Of the transaction that the batches belong to; null without one. */
  transactionalId: string({ nullable: true, default: null }),
  /** -1: answered when all in-sync replicas have it; 1: when the leader has; 0: never answered. */
  acks: int16(),
  /** How long the leader may wait for the replicas that `acks: -1` asks for. */
  timeoutMs: int32(),
  topicData: array({
    /** Up to version 12; from 13 on the topic goes by `topicId`. */
    name: string({ versions: '3-12', ignorable: true }),
    /** From version 13 on; Metadata tells it. */
    topicId: uuid({ versions: '13+', ignorable: true }),
    partitionData: array({
      index: int32(),
      /** One batch, as `RecordBatchWriter` makes it. */
      records: records({ nullable: true }),
    }),
  }),
}

const response = {
  responses: array({
    name: string({ versions: '3-12', ignorable: true }),
    topicId: uuid({ versions: '13+', ignorable: true }),
    partitionResponses: array({
      index: int32(),
      errorCode: int16(),
      baseOffset: int64(),
      logAppendTimeMs: int64({ default: -1n, ignorable: true }),
      logStartOffset: int64({ versions: '5+', default: -1n, ignorable: true }),
      recordErrors: array(
        {
          batchIndex: int32(),
          batchIndexErrorMessage: string({ nullable: true, default: null }),
        },
        { versions: '8+', ignorable: true },
      ),
      errorMessage: string({ versions: '8+', nullable: true, default: null, ignorable: true }),
      currentLeader: struct(
        {
          leaderId: int32({ default: -1 }),
          leaderEpoch: int32({ default: -1 }),
        },
        { versions: '10+', tag: 0 },
      ),
    }),
  }),
  throttleTimeMs: int32({ ignorable: true }),
  nodeEndpoints: array(
    {
      nodeId: int32(),
      host: string(),
      port: int32(),
      rack: string({ nullable: true, default: null }),
    },
    { versions: '10+', tag: 0 },
  ),
}

/**
 * Produce: key 0, versions 3 to 13, flexible from 9.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_Produce
 */
export const Produce: Api<ProduceRequestInput, ProduceResponse, ProduceRequest, ProduceResponseInput> = api({
  name: 'Produce',
  key: 0,
  versions: '3-13',
  flexible: '9+',
  request,
  response,
})

/** ProduceRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface ProduceRequest extends Decoded<typeof request> {}

/** ProduceRequest as it may be written: without the fields that some version lacks. */
export interface ProduceRequestInput extends Encodable<typeof request> {}

/** ProduceResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface ProduceResponse extends Decoded<typeof response> {}

/** ProduceResponse as it may be written: without the fields that some version lacks. */
export interface ProduceResponseInput extends Encodable<typeof response> {}
