/** What an error says, in one line; for node's errors that stand for several addresses, or come from OpenSSL, too. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ')
  if (!(error instanceof Error)) return String(error)
  const { reason } = error as { reason?: unknown }
  return typeof reason === 'string' ? `${reason} (TLS)` : error.message.trim() || error.name
}
