import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto'
import { randomBytes } from './chance.js'
import type { SaslStep } from './sasl-step.js'

const iterations = 4096

/** The server's side of SCRAM (RFC 5802): one call for each of the two messages of the client. */
export function scramServer(
  algorithm: 'sha256' | 'sha512',
  users: Readonly<Record<string, string>>,
  random: () => number,
): (message: Buffer) => SaslStep {
  let finish: ((message: string) => SaslStep) | undefined
  return message => {
    const text = message.toString()
    if (finish !== undefined) return finish(text)
    const [, bare = '', name = '', clientNonce = ''] = /^[ny],[^,]*,(n=([^,]+),r=([^,]+).*)$/.exec(text) ?? []
    const user = name.replaceAll('=2C', ',').replaceAll('=3D', '=')
    const password = Object.hasOwn(users, user) ? users[user] : undefined
    if (password === undefined) return { failed: true }
    const [nonce, salt] = [clientNonce + randomBytes(random).toString('hex'), randomBytes(random)]
    const challenge = `r=${nonce},s=${salt.toString('base64')},i=${iterations}`
    const keys = deriveKeys(algorithm, password, salt)
    finish = last => verify(algorithm, keys, { user, nonce, begun: `${bare},${challenge}` }, last)
    return { challenge: Buffer.from(challenge) }
  }
}

interface Keys {
  readonly stored: Buffer
  readonly server: Buffer
}

function deriveKeys(algorithm: string, password: string, salt: Buffer): Keys {
  const length = algorithm === 'sha256' ? 32 : 64
  const salted = pbkdf2Sync(password, salt, iterations, length, algorithm)
  const clientKey = createHmac(algorithm, salted).update('Client Key').digest()
  return {
    stored: createHash(algorithm).update(clientKey).digest(),
    server: createHmac(algorithm, salted).update('Server Key').digest(),
  }
}

function verify(
  algorithm: string,
  keys: Keys,
  expected: { readonly user: string; readonly nonce: string; readonly begun: string },
  message: string,
): SaslStep {
  const [, bare = '', nonce, proof = ''] = /^(c=[^,]+,r=([^,]+).*),p=([^,]+)$/.exec(message) ?? []
  const signed = `${expected.begun},${bare}`
  const signature = createHmac(algorithm, keys.stored).update(signed).digest()
  const given = Buffer.from(proof, 'base64')
  if (nonce !== expected.nonce || given.length !== signature.length) return { failed: true }
  const clientKey = Buffer.from(given.map((byte, index) => byte ^ (signature[index] as number)))
  if (!timingSafeEqual(createHash(algorithm).update(clientKey).digest(), keys.stored)) return { failed: true }
  const ours = createHmac(algorithm, keys.server).update(signed).digest('base64')
  return { principal: expected.user, expires: Number.POSITIVE_INFINITY, last: Buffer.from(`v=${ours}`) }
}
