import { createHash, pbkdf2Sync } from 'node:crypto'

/** Enough for the users of some clusters; and no server fills the memory by another salt each time. */
const MAX_KEYS = 64

/** By a digest of what they were made of, the one used last at the end. In memory only. */
const keys = new Map<string, Buffer>()

/**
 * What SCRAM makes of a password (PBKDF2): slow by intent, and the same for each connection to a cluster, so that all of
 * them together pay once.
 */
export function saltedKey(hash: string, password: string, salt: Buffer, iterations: number): Buffer {
  const digest = createHash('sha256')
    .update(`${hash},${iterations},${salt.toString('base64')},`)
    .update(password)
  const name = digest.digest('base64')
  const key = keys.get(name) ?? pbkdf2Sync(password, salt, iterations, hash === 'sha512' ? 64 : 32, hash)
  keys.delete(name)
  keys.set(name, key)
  for (const oldest of keys.keys()) {
    if (keys.size <= MAX_KEYS) break
    keys.delete(oldest)
  }
  return key
}
