// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Api, api, array, bool, type Decoded, type Encodable, int8, int16, int32, string } from '../declaration.js'

const request = {
  timeoutMs: int32({ default: 60000 }),
  featureUpdates: array({
    feature: string(),
    maxVersionLevel: int16(),
    allowDowngrade: bool({ versions: '0' }),
    upgradeType: int8({ versions: '1+', default: 1 }),
  }),
  validateOnly: bool({ versions: '1+' }),
}

const response = {
  throttleTimeMs: int32(),
  errorCode: int16(),
  errorMessage: string({ nullable: true }),
  results: array(
    {
      feature: string(),
      errorCode: int16(),
      errorMessage: string({ nullable: true }),
    },
    { versions: '0-1', ignorable: true },
  ),
}

/**
 * UpdateFeatures: key 57, versions 0 to 2, flexible from 0.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_UpdateFeatures
 */
export const UpdateFeatures: Api<
  UpdateFeaturesRequestInput,
  UpdateFeaturesResponse,
  UpdateFeaturesRequest,
  UpdateFeaturesResponseInput
> = api({
  name: 'UpdateFeatures',
  key: 57,
  versions: '0-2',
  flexible: '0+',
  request,
  response,
})

/** UpdateFeaturesRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface UpdateFeaturesRequest extends Decoded<typeof request> {}

/** UpdateFeaturesRequest as it may be written: without the fields that some version lacks. */
export interface UpdateFeaturesRequestInput extends Encodable<typeof request> {}

/** UpdateFeaturesResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface UpdateFeaturesResponse extends Decoded<typeof response> {}

/** UpdateFeaturesResponse as it may be written: without the fields that some version lacks. */
export interface UpdateFeaturesResponseInput extends Encodable<typeof response> {}
