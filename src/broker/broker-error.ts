import { BrokerError } from '../errors.js'
import { errorOf } from '../protocol/error-codes.js'

/**
 * The error that stands for the number in an `errorCode` field of a response.
 *
 * `request` emits responses as they are, since many carry an error for each topic or partition; what is to be thrown is
 * for who asked to say.
 *
 * @param number  not 0, which is no error
 * @param what  what the broker was asked for, as the message begins: `Metadata of orders`
 * @param said  what the broker said beside the number
 *
 * @example
 * const failed = brokerError(3, 'Metadata of orders')
 * console.log(failed.code, failed.number, failed.retriable) // UNKNOWN_TOPIC_OR_PARTITION 3 true
 */
export function brokerError(number: number, what: string, said?: string | null): BrokerError {
  const known = errorOf(number)
  const code = known?.name ?? `UNKNOWN_ERROR_CODE_${number}`
  const hint = known?.hint ?? 'this release of kafka-rx does not know it'
  const message = `${what}: ${code} (${number}), ${said ? `"${said}"; ` : ''}${hint}`
  return new BrokerError(message, { code, number, retriable: known?.retriable ?? false })
}
