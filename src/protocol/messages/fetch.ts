// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import {
  type Api,
  api,
  array,
  type Decoded,
  type Encodable,
  int8,
  int16,
  int32,
  int64,
  records,
  string,
  struct,
  uuid,
} from '../declaration.js'

const request = {
  clusterId: string({ versions: '12+', nullable: true, default: null, ignorable: true, tag: 0 }),
  replicaId: int32({ versions: '4-14', default: -1 }),
  replicaState: struct(
    {
      replicaId: int32({ default: -1 }),
      replicaEpoch: int64({ default: -1n }),
    },
    { versions: '15+', tag: 1 },
  ),
  /** How long the broker may wait for `minBytes` before it answers with less, or nothing. */
  maxWaitMs: int32(),
  /** Answered as soon as there is so much; 1: whatever there is, 0: at once. */
  minBytes: int32(),
  /** Most bytes of the answer; a first batch that is larger comes all the same. */
  maxBytes: int32({ default: 2147483647, ignorable: true }),
  /** 0: all records; 1: only those of committed transactions, or of none. */
  isolationLevel: int8({ ignorable: true }),
  sessionId: int32({ versions: '7+', ignorable: true }),
  /** -1: without a session; 0: opens one; from 1 on: only what has changed in it. */
  sessionEpoch: int32({ versions: '7+', default: -1, ignorable: true }),
  topics: array({
    /** Up to version 12; from 13 on the topic goes by `topicId`. */
    topic: string({ versions: '4-12', ignorable: true }),
    /** From version 13 on; Metadata tells it. */
    topicId: uuid({ versions: '13+', ignorable: true }),
    partitions: array({
      partition: int32(),
      currentLeaderEpoch: int32({ versions: '9+', default: -1, ignorable: true }),
      /** The first wanted; its batch comes whole, records before it included. */
      fetchOffset: int64(),
      lastFetchedEpoch: int32({ versions: '12+', default: -1 }),
      logStartOffset: int64({ versions: '5+', default: -1n, ignorable: true }),
      /** Most bytes of this partition; a first batch that is larger comes all the same. */
      partitionMaxBytes: int32(),
      replicaDirectoryId: uuid({ versions: '17+', ignorable: true, tag: 0 }),
      highWatermark: int64({ versions: '18+', default: 9223372036854775807n, ignorable: true, tag: 1 }),
    }),
  }),
  forgottenTopicsData: array(
    {
      topic: string({ versions: '7-12', ignorable: true }),
      topicId: uuid({ versions: '13+', ignorable: true }),
      partitions: array(int32()),
    },
    { versions: '7+' },
  ),
  rackId: string({ versions: '11+', ignorable: true }),
}

const response = {
  throttleTimeMs: int32({ ignorable: true }),
  errorCode: int16({ versions: '7+', ignorable: true }),
  sessionId: int32({ versions: '7+' }),
  responses: array({
    topic: string({ versions: '4-12', ignorable: true }),
    topicId: uuid({ versions: '13+', ignorable: true }),
    partitions: array({
      partitionIndex: int32(),
      errorCode: int16(),
      highWatermark: int64(),
      lastStableOffset: int64({ default: -1n, ignorable: true }),
      logStartOffset: int64({ versions: '5+', default: -1n, ignorable: true }),
      divergingEpoch: struct(
        {
          epoch: int32({ default: -1 }),
          endOffset: int64({ default: -1n }),
        },
        { versions: '12+', tag: 0 },
      ),
      currentLeader: struct(
        {
          leaderId: int32({ default: -1 }),
          leaderEpoch: int32({ default: -1 }),
        },
        { versions: '12+', tag: 1 },
      ),
      snapshotId: struct(
        {
          endOffset: int64({ default: -1n }),
          epoch: int32({ default: -1 }),
        },
        { versions: '12+', tag: 2 },
      ),
      abortedTransactions: array(
        {
          producerId: int64(),
          firstOffset: int64(),
        },
        { nullable: true, ignorable: true },
      ),
      preferredReadReplica: int32({ versions: '11+', default: -1 }),
      records: records({ nullable: true }),
    }),
  }),
  nodeEndpoints: array(
    {
      nodeId: int32(),
      host: string(),
      port: int32(),
      rack: string({ nullable: true, default: null }),
    },
    { versions: '16+', tag: 0 },
  ),
}

/**
 * Fetch: key 1, versions 4 to 18, flexible from 12.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_Fetch
 */
export const Fetch: Api<FetchRequestInput, FetchResponse, FetchRequest, FetchResponseInput> = api({
  name: 'Fetch',
  key: 1,
  versions: '4-18',
  flexible: '12+',
  request,
  response,
})

/** FetchRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface FetchRequest extends Decoded<typeof request> {}

/** FetchRequest as it may be written: without the fields that some version lacks. */
export interface FetchRequestInput extends Encodable<typeof request> {}

/** FetchResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface FetchResponse extends Decoded<typeof response> {}

/** FetchResponse as it may be written: without the fields that some version lacks. */
export interface FetchResponseInput extends Encodable<typeof response> {}
