import { messageOf } from '../connection/message-of.js'
import { BacklogError, type KafkaError, RequestTimeoutError } from '../errors.js'
import type { Failure } from './entry.js'

/** There is no room for a record. */
export function backlogFailure(size: number, used: number, limit: number): Failure {
  const message = `${used} bytes of records are held already; ${size} more would exceed bufferMemory (${limit})`
  const advice =
    'send no faster than Kafka takes them: by produceFrom, or with a limit of concurrency (mergeMap, pullMap)'
  return unsent(new BacklogError(`${message}: ${advice}`, { outcome: 'unsent' }))
}

/** The time of a record is over. */
export function overdueFailure(deliveryTimeout: number, last: KafkaError | undefined): Failure {
  const why = last === undefined ? '' : `; last: ${last.message}`
  const reason = `not acknowledged within ${deliveryTimeout} ms (deliveryTimeout)${why}`
  const own = { api: 'Produce', timeout: deliveryTimeout, outcome: 'unsent' } as const
  return { outcome: 'unsent', cause: last ?? new RequestTimeoutError(reason, own), reason }
}

/** What somebody's code threw, or what no other try would mend: the record never left. */
export function unsent(error: unknown): Failure {
  return { outcome: 'unsent', cause: error as KafkaError, reason: messageOf(error) }
}
