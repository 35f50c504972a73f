// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import {
  type Api,
  api,
  array,
  bool,
  type Decoded,
  type Encodable,
  float64,
  int16,
  int32,
  string,
} from '../declaration.js'

const request = {
  entries: array({
    entity: array({
      entityType: string(),
      entityName: string({ nullable: true }),
    }),
    ops: array({
      key: string(),
      value: float64(),
      remove: bool(),
    }),
  }),
  validateOnly: bool(),
}

const response = {
  throttleTimeMs: int32(),
  entries: array({
    errorCode: int16(),
    errorMessage: string({ nullable: true }),
    entity: array({
      entityType: string(),
      entityName: string({ nullable: true }),
    }),
  }),
}

/**
 * AlterClientQuotas: key 49, versions 0 to 1, flexible from 1.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_AlterClientQuotas
 */
export const AlterClientQuotas: Api<
  AlterClientQuotasRequestInput,
  AlterClientQuotasResponse,
  AlterClientQuotasRequest,
  AlterClientQuotasResponseInput
> = api({
  name: 'AlterClientQuotas',
  key: 49,
  versions: '0-1',
  flexible: '1+',
  request,
  response,
})

/** AlterClientQuotasRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface AlterClientQuotasRequest extends Decoded<typeof request> {}

/** AlterClientQuotasRequest as it may be written: without the fields that some version lacks. */
export interface AlterClientQuotasRequestInput extends Encodable<typeof request> {}

/** AlterClientQuotasResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface AlterClientQuotasResponse extends Decoded<typeof response> {}

/** AlterClientQuotasResponse as it may be written: without the fields that some version lacks. */
export interface AlterClientQuotasResponseInput extends Encodable<typeof response> {}
