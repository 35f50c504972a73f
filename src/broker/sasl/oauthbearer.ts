import type { Conversation, Refuse } from './conversation.js'

/** What one conversation is about. */
export interface OauthbearerOptions {
  readonly token: string
  readonly extensions: Readonly<Record<string, string>>
  readonly refuse: Refuse
}

/** OAUTHBEARER (RFC 7628): a bearer token, and extensions beside it (KIP-342). */
export function oauthbearer({ token, extensions, refuse }: OauthbearerOptions): Conversation {
  if (typeof token !== 'string' || !/^[\w.~+/-]+=*$/.test(token)) {
    const reason =
      'what the token provider gave is no bearer token, which is letters, digits and -._~+/ with = at its end'
    // A string may be the error page of somebody who is out of order; anything else is the provider's own mistake.
    throw refuse(reason, { retriable: typeof token === 'string' })
  }
  const pairs = Object.entries(extensions).map(([name, value]) => `${name}=${value}\x01`)
  let isRefused = false
  return {
    first: Buffer.from(`n,,\x01auth=Bearer ${token}\x01${pairs.join('')}\x01`),
    secret: token,
    next(said) {
      if (isRefused) throw refuse('the broker refused the token, and then did not say with which error')
      if (said.length === 0) return undefined
      // Something said is a refusal, in JSON; a lone \x01 asks for the error itself.
      isRefused = true
      return Buffer.from('\x01')
    },
  }
}
