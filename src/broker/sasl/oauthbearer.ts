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
    throw refuse(
      'what the token provider gave is no bearer token, which is letters, digits and -._~+/ with = at its end',
    )
  }
  const pairs = Object.entries(extensions).map(([name, value]) => `${name}=${value}\x01`)
  return {
    first: Buffer.from(`n,,\x01auth=Bearer ${token}\x01${pairs.join('')}\x01`),
    secret: token,
    // Something said is a refusal, in JSON; a lone \x01 asks for the error itself.
    next: said => (said.length === 0 ? undefined : Buffer.from('\x01')),
  }
}
