// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import {
  type Api,
  api,
  array,
  bool,
  type Decoded,
  type Encodable,
  float64,
  int8,
  int16,
  int32,
  string,
} from '../declaration.js'

const request = {
  components: array({
    entityType: string(),
    matchType: int8(),
    match: string({ nullable: true }),
  }),
  strict: bool(),
}

const response = {
  throttleTimeMs: int32(),
  errorCode: int16(),
  errorMessage: string({ nullable: true }),
  entries: array(
    {
      entity: array({
        entityType: string(),
        entityName: string({ nullable: true }),
      }),
      values: array({
        key: string(),
        value: float64(),
      }),
    },
    { nullable: true },
  ),
}

/**
 * DescribeClientQuotas: key 48, versions 0 to 1, flexible from 1.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_DescribeClientQuotas
 */
export const DescribeClientQuotas: Api<
  DescribeClientQuotasRequestInput,
  DescribeClientQuotasResponse,
  DescribeClientQuotasRequest,
  DescribeClientQuotasResponseInput
> = api({
  name: 'DescribeClientQuotas',
  key: 48,
  versions: '0-1',
  flexible: '1+',
  request,
  response,
})

/** DescribeClientQuotasRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface DescribeClientQuotasRequest extends Decoded<typeof request> {}

/** DescribeClientQuotasRequest as it may be written: without the fields that some version lacks. */
export interface DescribeClientQuotasRequestInput extends Encodable<typeof request> {}

/** DescribeClientQuotasResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface DescribeClientQuotasResponse extends Decoded<typeof response> {}

/** DescribeClientQuotasResponse as it may be written: without the fields that some version lacks. */
export interface DescribeClientQuotasResponseInput extends Encodable<typeof response> {}
