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

const request = {
  clientSoftwareName: string({ versions: '3+', ignorable: true }),
  clientSoftwareVersion: string({ versions: '3+', ignorable: true }),
  clusterId: string({ versions: '5+', nullable: true, default: null, ignorable: true }),
  nodeId: int32({ versions: '5+', default: -1, ignorable: true }),
}

const response = {
  errorCode: int16(),
  apiKeys: array({
    apiKey: int16(),
    minVersion: int16(),
    maxVersion: int16(),
  }),
  throttleTimeMs: int32({ versions: '1+', ignorable: true }),
  supportedFeatures: array(
    {
      name: string(),
      minVersion: int16(),
      maxVersion: int16(),
    },
    { versions: '3+', ignorable: true, tag: 0 },
  ),
  finalizedFeaturesEpoch: int64({ versions: '3+', default: -1n, ignorable: true, tag: 1 }),
  finalizedFeatures: array(
    {
      name: string(),
      maxVersionLevel: int16(),
      minVersionLevel: int16(),
    },
    { versions: '3+', ignorable: true, tag: 2 },
  ),
  zkMigrationReady: bool({ versions: '3+', ignorable: true, tag: 3 }),
}

/**
 * ApiVersions: key 18, versions 0 to 5, flexible from 3.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_ApiVersions
 */
export const ApiVersions: Api<
  ApiVersionsRequestInput,
  ApiVersionsResponse,
  ApiVersionsRequest,
  ApiVersionsResponseInput
> = api({
  name: 'ApiVersions',
  key: 18,
  versions: '0-5',
  flexible: '3+',
  request,
  response,
})

/** ApiVersionsRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface ApiVersionsRequest extends Decoded<typeof request> {}

/** ApiVersionsRequest as it may be written: without the fields that some version lacks. */
export interface ApiVersionsRequestInput extends Encodable<typeof request> {}

/** ApiVersionsResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface ApiVersionsResponse extends Decoded<typeof response> {}

/** ApiVersionsResponse as it may be written: without the fields that some version lacks. */
export interface ApiVersionsResponseInput extends Encodable<typeof response> {}
