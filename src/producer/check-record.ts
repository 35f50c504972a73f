import { describe } from '../errors/check-options.js'
import { ArgumentError } from '../errors.js'
import type { ProducerRecord } from './producer-record.js'

/** Throws ArgumentError for what is no record: its key and value are looked at when it is written. */
export function checkRecord(record: ProducerRecord<unknown, unknown>): void {
  if (typeof record !== 'object' || record === null) {
    throw new ArgumentError(`a record must be an object with a topic and a value; got ${describe(record)}`)
  }
  const { topic, partition } = record
  if (typeof topic !== 'string' || topic === '') {
    throw new ArgumentError(`a record needs a topic; got ${describe(topic)}`)
  }
  if (partition !== undefined && !(Number.isInteger(partition) && partition >= 0)) {
    throw new ArgumentError(`a record's partition must be 0 or a positive integer; got ${describe(partition)}`)
  }
}
