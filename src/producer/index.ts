export type { Delivery, Undelivered } from './delivery.js'
export {
  type EmitOptions,
  type FailOptions,
  type OverflowOptions,
  Producer,
} from './producer.js'
export type { FastProducerOptions, ProducerOptions, SafeProducerOptions } from './producer-options.js'
export type {
  Data,
  Headers,
  HeaderValue,
  ProducerRecord,
  Serializer,
} from './producer-record.js'
