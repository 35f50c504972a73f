import type { Time } from '../cluster/time.js'
import { describe } from '../errors/check-options.js'
import { ArgumentError } from '../errors.js'

/** Where reading starts: at the log's start or end, at an offset, or at the first record of that time or later. */
export type At = 'earliest' | 'latest' | { readonly offset: bigint } | { readonly timestamp: Time }

/** Where it ends: the stream completes when every partition is there, at what its end is now, or before that place. */
export type To = 'latest' | { readonly offset: bigint } | { readonly timestamp: Time }

/** Throws ArgumentError for what is no place in a log. */
export function checkAt(name: string, at: unknown, words: readonly string[]): void {
  if (typeof at === 'string' && words.includes(at)) return
  if (typeof at === 'object' && at !== null) {
    const { offset, timestamp } = at as { offset?: unknown; timestamp?: unknown }
    if (typeof offset === 'bigint' && offset >= 0n && timestamp === undefined) return
    if (offset === undefined && isTime(timestamp)) return
  }
  const quoted = words.map(word => `'${word}'`).join(', ')
  throw new ArgumentError(`${name} must be ${quoted}, { offset: 5n } or { timestamp }; got ${describe(at)}`)
}

function isTime(time: unknown): boolean {
  const ms = time instanceof Date ? time.getTime() : time
  return typeof ms === 'number' && Number.isFinite(ms)
}
