// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Api, api, array, bool, type Decoded, type Encodable, int16, int32, string, uuid } from '../declaration.js'

const request = {
  /** null: all topics; empty: none, brokers and controller alone (version 0: empty is all). */
  topics: array(
    {
      topicId: uuid({ versions: '10+', ignorable: true }),
      name: string({ nullable: '10+' }),
    },
    { nullable: '1+' },
  ),
  /** Whether asking may create a topic that there is not, where the broker allows it. */
  allowAutoTopicCreation: bool({ versions: '4+', default: true }),
  includeClusterAuthorizedOperations: bool({ versions: '8-10' }),
  includeTopicAuthorizedOperations: bool({ versions: '8+' }),
}

const response = {
  throttleTimeMs: int32({ versions: '3+', ignorable: true }),
  brokers: array({
    nodeId: int32(),
    host: string(),
    port: int32(),
    rack: string({ versions: '1+', nullable: true, default: null, ignorable: true }),
  }),
  clusterId: string({ versions: '2+', nullable: true, default: null, ignorable: true }),
  controllerId: int32({ versions: '1+', default: -1, ignorable: true }),
  topics: array({
    errorCode: int16(),
    name: string({ nullable: '12+' }),
    topicId: uuid({ versions: '10+', ignorable: true }),
    isInternal: bool({ versions: '1+', ignorable: true }),
    partitions: array({
      errorCode: int16(),
      partitionIndex: int32(),
      leaderId: int32(),
      leaderEpoch: int32({ versions: '7+', default: -1, ignorable: true }),
      replicaNodes: array(int32()),
      isrNodes: array(int32()),
      offlineReplicas: array(int32(), { versions: '5+', ignorable: true }),
    }),
    topicAuthorizedOperations: int32({ versions: '8+', default: -2147483648 }),
  }),
  clusterAuthorizedOperations: int32({ versions: '8-10', default: -2147483648 }),
  errorCode: int16({ versions: '13+', ignorable: true }),
}

/**
 * Metadata: key 3, versions 0 to 13, flexible from 9.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_Metadata
 */
export const Metadata: Api<MetadataRequestInput, MetadataResponse, MetadataRequest, MetadataResponseInput> = api({
  name: 'Metadata',
  key: 3,
  versions: '0-13',
  flexible: '9+',
  request,
  response,
})

/** MetadataRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface MetadataRequest extends Decoded<typeof request> {}

/** MetadataRequest as it may be written: without the fields that some version lacks. */
export interface MetadataRequestInput extends Encodable<typeof request> {}

/** MetadataResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface MetadataResponse extends Decoded<typeof response> {}

/** MetadataResponse as it may be written: without the fields that some version lacks. */
export interface MetadataResponseInput extends Encodable<typeof response> {}
