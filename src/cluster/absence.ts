import { brokerError } from '../broker/broker-error.js'
import { BrokerError } from '../errors.js'
import { errorOf } from '../protocol/error-codes.js'
import type { Metadata } from './metadata.js'

/** For so long a topic that is not there is asked for: it may have been made just now, in ms. */
const MISSING = 10_000

/**
 * Why a topic that is watched will not be there; undefined while it may still come. `unsent`: nothing was asked of the
 * topic itself.
 */
export function absence(metadata: Metadata, name: string, now: number): BrokerError | undefined {
  const missing = metadata.view.missing.get(name)
  if (missing === undefined) return undefined
  const isHopeless = errorOf(missing)?.retriable !== true
  const since = metadata.missingSince(name)
  if (!isHopeless && (since === undefined || now - since < MISSING)) return undefined
  const { message, code, number, retriable } = brokerError(missing, `the topic ${name}`)
  return new BrokerError(message, { code, number, retriable, outcome: 'unsent' })
}
