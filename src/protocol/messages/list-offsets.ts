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
  string,
} from '../declaration.js'

const request = {
  replicaId: int32(),
  /** 0: the latest is the high watermark; 1: the end of what is committed. */
  isolationLevel: int8({ versions: '2+' }),
  topics: array({
    name: string(),
    partitions: array({
      partitionIndex: int32(),
      currentLeaderEpoch: int32({ versions: '4+', default: -1, ignorable: true }),
      /** -1n: the end; -2n: the start; -3n: the largest timestamp; else ms: the first record that is as late. */
      timestamp: int64(),
    }),
  }),
  timeoutMs: int32({ versions: '10+', ignorable: true }),
}

const response = {
  throttleTimeMs: int32({ versions: '2+', ignorable: true }),
  topics: array({
    name: string(),
    partitions: array({
      partitionIndex: int32(),
      errorCode: int16(),
      timestamp: int64({ default: -1n }),
      offset: int64({ default: -1n }),
      leaderEpoch: int32({ versions: '4+', default: -1 }),
    }),
  }),
}

/**
 * ListOffsets: key 2, versions 1 to 11, flexible from 6.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_ListOffsets
 */
export const ListOffsets: Api<
  ListOffsetsRequestInput,
  ListOffsetsResponse,
  ListOffsetsRequest,
  ListOffsetsResponseInput
> = api({
  name: 'ListOffsets',
  key: 2,
  versions: '1-11',
  flexible: '6+',
  request,
  response,
})

/** ListOffsetsRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface ListOffsetsRequest extends Decoded<typeof request> {}

/** ListOffsetsRequest as it may be written: without the fields that some version lacks. */
export interface ListOffsetsRequestInput extends Encodable<typeof request> {}

/** ListOffsetsResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface ListOffsetsResponse extends Decoded<typeof response> {}

/** ListOffsetsResponse as it may be written: without the fields that some version lacks. */
export interface ListOffsetsResponseInput extends Encodable<typeof response> {}
