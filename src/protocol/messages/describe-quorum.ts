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
  string,
  uint16,
  uuid,
} from '../declaration.js'

const replicaState = {
  replicaId: int32(),
  replicaDirectoryId: uuid({ versions: '2+' }),
  logEndOffset: int64(),
  lastFetchTimestamp: int64({ versions: '1+', default: -1n, ignorable: true }),
  lastCaughtUpTimestamp: int64({ versions: '1+', default: -1n, ignorable: true }),
}

const request = {
  topics: array({
    topicName: string(),
    partitions: array({
      partitionIndex: int32(),
    }),
  }),
}

const response = {
  errorCode: int16(),
  errorMessage: string({ versions: '2+', nullable: true, ignorable: true }),
  topics: array({
    topicName: string(),
    partitions: array({
      partitionIndex: int32(),
      errorCode: int16(),
      errorMessage: string({ versions: '2+', nullable: true, ignorable: true }),
      leaderId: int32(),
      leaderEpoch: int32(),
      highWatermark: int64(),
      currentVoters: array(replicaState),
      observers: array(replicaState),
    }),
  }),
  nodes: array(
    {
      nodeId: int32(),
      listeners: array({
        name: string(),
        host: string(),
        port: uint16(),
      }),
    },
    { versions: '2+' },
  ),
}

/**
 * DescribeQuorum: key 55, versions 0 to 2, flexible from 0.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_DescribeQuorum
 */
export const DescribeQuorum: Api<
  DescribeQuorumRequestInput,
  DescribeQuorumResponse,
  DescribeQuorumRequest,
  DescribeQuorumResponseInput
> = api({
  name: 'DescribeQuorum',
  key: 55,
  versions: '0-2',
  flexible: '0+',
  request,
  response,
})

/** DescribeQuorumRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface DescribeQuorumRequest extends Decoded<typeof request> {}

/** DescribeQuorumRequest as it may be written: without the fields that some version lacks. */
export interface DescribeQuorumRequestInput extends Encodable<typeof request> {}

/** DescribeQuorumResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface DescribeQuorumResponse extends Decoded<typeof response> {}

/** DescribeQuorumResponse as it may be written: without the fields that some version lacks. */
export interface DescribeQuorumResponseInput extends Encodable<typeof response> {}
