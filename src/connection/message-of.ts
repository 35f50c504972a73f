import { describe } from '../errors/check-options.js'

/** What an error says, in one line; for node's errors that stand for several addresses, or come from OpenSSL, too. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ')
  // Anything can be thrown, and not all of it made a string of.
  if (!(error instanceof Error)) return typeof error === 'object' ? describe(error) : String(error)
  const { reason } = error as { reason?: unknown }
  return typeof reason === 'string' ? `${reason} (TLS)` : String(error.message).trim() || error.name
}
