// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import {
  type Api,
  api,
  array,
  bool,
  type Decoded,
  type Encodable,
  int8,
  int16,
  int32,
  string,
  uuid,
} from '../declaration.js'

const request = {
  clientInstanceId: uuid(),
}

const response = {
  throttleTimeMs: int32(),
  errorCode: int16(),
  clientInstanceId: uuid(),
  subscriptionId: int32(),
  acceptedCompressionTypes: array(int8()),
  pushIntervalMs: int32(),
  telemetryMaxBytes: int32(),
  deltaTemporality: bool(),
  requestedMetrics: array(string()),
}

/**
 * GetTelemetrySubscriptions: key 71, version 0, flexible from 0.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_GetTelemetrySubscriptions
 */
export const GetTelemetrySubscriptions: Api<
  GetTelemetrySubscriptionsRequestInput,
  GetTelemetrySubscriptionsResponse,
  GetTelemetrySubscriptionsRequest,
  GetTelemetrySubscriptionsResponseInput
> = api({
  name: 'GetTelemetrySubscriptions',
  key: 71,
  versions: '0',
  flexible: '0+',
  request,
  response,
})

/** GetTelemetrySubscriptionsRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface GetTelemetrySubscriptionsRequest extends Decoded<typeof request> {}

/** GetTelemetrySubscriptionsRequest as it may be written: without the fields that some version lacks. */
export interface GetTelemetrySubscriptionsRequestInput extends Encodable<typeof request> {}

/** GetTelemetrySubscriptionsResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface GetTelemetrySubscriptionsResponse extends Decoded<typeof response> {}

/** GetTelemetrySubscriptionsResponse as it may be written: without the fields that some version lacks. */
export interface GetTelemetrySubscriptionsResponseInput extends Encodable<typeof response> {}
