import { ProduceError } from '../errors.js'
import type { Entry, Failure } from './entry.js'

/** The error of a record, whose message says where it was to go, what happened, and what is known of it. */
export function produceError<T>(entry: Entry, { outcome, cause, reason }: Failure): ProduceError<T> {
  const { record, input } = entry
  const { topic } = record
  const where = entry.partition >= 0 ? entry.partition : record.partition
  const place = where === undefined ? topic : `${topic}-${where}`
  const message = `${place === '' ? '' : `${place}: `}${reason} (${fates[outcome]})`
  return new ProduceError(message, {
    topic,
    partition: where,
    input: input as T,
    outcome,
    cause,
    retriable: cause?.retriable === true && outcome !== 'unknown',
  })
}

const fates = {
  unsent: 'the record was not sent',
  rejected: 'the record was not written',
  unknown: 'the record may have been written',
} as const
