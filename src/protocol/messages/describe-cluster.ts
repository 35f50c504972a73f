// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Api, api, array, bool, type Decoded, type Encodable, int8, int16, int32, string } from '../declaration.js'

const request = {
  includeClusterAuthorizedOperations: bool(),
  endpointType: int8({ versions: '1+', default: 1 }),
  includeFencedBrokers: bool({ versions: '2+' }),
}

const response = {
  throttleTimeMs: int32(),
  errorCode: int16(),
  errorMessage: string({ nullable: true, default: null }),
  endpointType: int8({ versions: '1+', default: 1 }),
  clusterId: string(),
  controllerId: int32({ default: -1 }),
  brokers: array({
    brokerId: int32(),
    host: string(),
    port: int32(),
    rack: string({ nullable: true, default: null }),
    isFenced: bool({ versions: '2+' }),
  }),
  clusterAuthorizedOperations: int32({ default: -2147483648 }),
}

/**
 * DescribeCluster: key 60, versions 0 to 2, flexible from 0.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_DescribeCluster
 */
export const DescribeCluster: Api<
  DescribeClusterRequestInput,
  DescribeClusterResponse,
  DescribeClusterRequest,
  DescribeClusterResponseInput
> = api({
  name: 'DescribeCluster',
  key: 60,
  versions: '0-2',
  flexible: '0+',
  request,
  response,
})

/** DescribeClusterRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface DescribeClusterRequest extends Decoded<typeof request> {}

/** DescribeClusterRequest as it may be written: without the fields that some version lacks. */
export interface DescribeClusterRequestInput extends Encodable<typeof request> {}

/** DescribeClusterResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface DescribeClusterResponse extends Decoded<typeof response> {}

/** DescribeClusterResponse as it may be written: without the fields that some version lacks. */
export interface DescribeClusterResponseInput extends Encodable<typeof response> {}
