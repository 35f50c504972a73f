export * from './broker/index.js'
export * from './connection/index.js'
export { Kafka } from './kafka.js'
