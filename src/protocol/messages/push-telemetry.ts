// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Api, api, bool, bytes, type Decoded, type Encodable, int8, int16, int32, uuid } from '../declaration.js'

const request = {
  clientInstanceId: uuid(),
  subscriptionId: int32(),
  terminating: bool(),
  compressionType: int8(),
  metrics: bytes(),
}

const response = {
  throttleTimeMs: int32(),
  errorCode: int16(),
}

/**
 * PushTelemetry: key 72, version 0, flexible from 0.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_PushTelemetry
 */
export const PushTelemetry: Api<
  PushTelemetryRequestInput,
  PushTelemetryResponse,
  PushTelemetryRequest,
  PushTelemetryResponseInput
> = api({
  name: 'PushTelemetry',
  key: 72,
  versions: '0',
  flexible: '0+',
  request,
  response,
})

/** PushTelemetryRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface PushTelemetryRequest extends Decoded<typeof request> {}

/** PushTelemetryRequest as it may be written: without the fields that some version lacks. */
export interface PushTelemetryRequestInput extends Encodable<typeof request> {}

/** PushTelemetryResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface PushTelemetryResponse extends Decoded<typeof response> {}

/** PushTelemetryResponse as it may be written: without the fields that some version lacks. */
export interface PushTelemetryResponseInput extends Encodable<typeof response> {}
