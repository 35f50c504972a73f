import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Conversation, Refuse } from './conversation.js'
import { saltedKey } from './salted-key.js'

/**
 * Those of Kafka: it stores no credential with fewer or more. That is also what a server that has proven nothing can make
 * this client compute, at once and on its one thread, so that the client has no clock but its scheduler's: measured with
 * SHA-512, 4 ms for 8,192 iterations, 8 ms for 16,384, 170 ms for 100,000 and 1.8 s for 1,000,000.
 */
const iterationBounds = { min: 4_096, max: 16_384 }

const hashes = { 'SCRAM-SHA-256': 'sha256', 'SCRAM-SHA-512': 'sha512' } as const

/** What one conversation is about. */
export interface ScramOptions {
  readonly mechanism: keyof typeof hashes
  readonly username: string
  readonly password: string
  /** Printable ASCII without a comma, never the same twice. */
  readonly nonce: string
  readonly refuse: Refuse
}

/** SCRAM (RFC 5802, 7677): both sides prove that they know the password, and neither says it. */
export function scram({ mechanism, username, password, nonce, refuse }: ScramOptions): Conversation {
  const hash = hashes[mechanism]
  const hmac = (key: Uint8Array, text: string) => createHmac(hash, key).update(text).digest()
  const firstBare = `n=${username.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${nonce}`
  /** What the server has to sign with; undefined until it has asked. */
  let serverSignature: Buffer | undefined

  function prove(said: string): Buffer {
    const { serverNonce, salt, iterations } = readServerFirst(said, nonce, refuse)
    const salted = saltedKey(hash, password, salt, iterations)
    const finalBare = `c=${Buffer.from('n,,').toString('base64')},r=${serverNonce}`
    const exchange = `${firstBare},${said},${finalBare}`
    const clientKey = hmac(salted, 'Client Key')
    const proof = hmac(createHash(hash).update(clientKey).digest(), exchange)
    for (let index = 0; index < proof.length; index++) proof[index] = (proof[index] ?? 0) ^ (clientKey[index] ?? 0)
    serverSignature = hmac(hmac(salted, 'Server Key'), exchange)
    return Buffer.from(`${finalBare},p=${proof.toString('base64')}`)
  }

  return {
    first: Buffer.from(`n,,${firstBare}`),
    secret: password,
    next(said) {
      if (serverSignature === undefined) return prove(said.toString())
      verify(said.toString(), serverSignature, refuse)
      return undefined
    },
  }
}

function readServerFirst(said: string, nonce: string, refuse: Refuse) {
  const [, serverNonce = '', salt = '', count = ''] =
    /^r=([^,]+),s=([A-Za-z0-9+/]+=*),i=(\d{1,9})(?:,|$)/.exec(said) ?? []
  if (serverNonce === '') throw refuse('the server did not answer the first message as SCRAM does')
  if (!serverNonce.startsWith(nonce) || serverNonce.length === nonce.length) {
    throw refuse('the server answered with a nonce that does not go on from ours: is somebody in between?')
  }
  const iterations = Number(count)
  const { min, max } = iterationBounds
  if (iterations < min) {
    throw refuse(`the server asks for ${count} iterations, fewer than ${min}: store the credential anew with more`)
  }
  if (iterations > max) {
    throw refuse(`the server asks for ${count} iterations, more than ${max}: store the credential anew with fewer`)
  }
  return { serverNonce, salt: Buffer.from(salt, 'base64'), iterations }
}

function verify(said: string, signature: Buffer, refuse: Refuse): void {
  const [, proved = ''] = /^v=([A-Za-z0-9+/]+=*)(?:,|$)/.exec(said) ?? []
  if (/^e=/.test(said)) throw refuse('the server refused the proof: check username and password')
  const theirs = Buffer.from(proved, 'base64')
  if (theirs.length === signature.length && timingSafeEqual(theirs, signature)) return
  throw refuse('the server could not prove that it knows the password: this may not be the broker that it says it is')
}
