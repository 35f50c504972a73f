// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Api, api, array, bool, type Decoded, type Encodable, int8, int16, int32, string } from '../declaration.js'

const request = {
  resources: array({
    resourceType: int8(),
    resourceName: string(),
    configurationKeys: array(string(), { nullable: true }),
  }),
  includeSynonyms: bool(),
  includeDocumentation: bool({ versions: '3+' }),
}

const response = {
  throttleTimeMs: int32(),
  results: array({
    errorCode: int16(),
    errorMessage: string({ nullable: true }),
    resourceType: int8(),
    resourceName: string(),
    configs: array({
      name: string(),
      value: string({ nullable: true }),
      readOnly: bool(),
      configSource: int8({ default: -1, ignorable: true }),
      isSensitive: bool(),
      synonyms: array(
        {
          name: string(),
          value: string({ nullable: true }),
          source: int8(),
        },
        { ignorable: true },
      ),
      configType: int8({ versions: '3+', ignorable: true }),
      documentation: string({ versions: '3+', nullable: true, ignorable: true }),
    }),
  }),
}

/**
 * DescribeConfigs: key 32, versions 1 to 4, flexible from 4.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_DescribeConfigs
 */
export const DescribeConfigs: Api<
  DescribeConfigsRequestInput,
  DescribeConfigsResponse,
  DescribeConfigsRequest,
  DescribeConfigsResponseInput
> = api({
  name: 'DescribeConfigs',
  key: 32,
  versions: '1-4',
  flexible: '4+',
  request,
  response,
})

/** DescribeConfigsRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface DescribeConfigsRequest extends Decoded<typeof request> {}

/** DescribeConfigsRequest as it may be written: without the fields that some version lacks. */
export interface DescribeConfigsRequestInput extends Encodable<typeof request> {}

/** DescribeConfigsResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface DescribeConfigsResponse extends Decoded<typeof response> {}

/** DescribeConfigsResponse as it may be written: without the fields that some version lacks. */
export interface DescribeConfigsResponseInput extends Encodable<typeof response> {}
