import type { SaslOptions } from '../../src/index.js'
import { type Answers, respond } from './scripted-broker.js'

/** Who asks to be let in. */
export const sasl: SaslOptions = { mechanism: 'PLAIN', username: 'alice', password: 'alice-secret' }

/** Chance that says: a session is renewed after 85 % of its lifetime. */
export const random = (length: number) => new Uint8Array(length)

/** A listener that takes anybody, each message after `delay` ms, for sessions of `lifetime` ms. */
export function welcoming(lifetime: number, delay = 1): Answers {
  return {
    SaslHandshake: asked => respond(asked, { errorCode: 0, mechanisms: ['PLAIN'] }, delay),
    SaslAuthenticate: asked => respond(asked, accepted(lifetime), delay),
  }
}

/** What SaslAuthenticate answers to who may come in, for `lifetime` ms. */
export function accepted(lifetime: number) {
  return { errorCode: 0, errorMessage: null, authBytes: Buffer.alloc(0), sessionLifetimeMs: BigInt(lifetime) }
}

/** What it answers to who may not. */
export const refused = {
  ...accepted(0),
  errorCode: 58,
  errorMessage: 'Authentication failed: Invalid username or password',
}
