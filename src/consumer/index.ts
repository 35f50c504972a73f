export type { At, To } from './at.js'
export type { ConsumeBatchesOptions, ConsumeOptions } from './consume-options.js'
export { Consumer, type ConsumerPosition } from './consumer.js'
export { ConsumerBatch } from './consumer-batch.js'
export type {
  CommitPolicy,
  ConsumerOptions,
  Deserializer,
  GroupOptions,
  GroupPartitionsOptions,
  NextGroupOptions,
  OnRebalance,
  PartitionsOptions,
  TopicsOptions,
} from './consumer-options.js'
export { ConsumerPartition } from './consumer-partition.js'
export { ConsumerRecord } from './consumer-record.js'
export type { Handler, HandlerContext } from './handler.js'
export { HandlerError, HandlerTimeoutError } from './handler-error.js'
