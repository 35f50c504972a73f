import { pbkdf2Sync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { saltedKey } from '../../../src/broker/sasl/salted-key.js'

const salt = Buffer.from('salt')

describe('saltedKey', () => {
  it.each([
    ['sha256', 32],
    ['sha512', 64],
  ])('is PBKDF2 by %s, over as many bytes as that has', (hash, length) => {
    expect(saltedKey(hash, 'pässword', salt, 4096)).toEqual(pbkdf2Sync('pässword', salt, 4096, length, hash))
  })

  it('is made once for all connections that ask for the same', () => {
    const key = saltedKey('sha256', 'alice-secret', salt, 5000)
    expect(saltedKey('sha256', 'alice-secret', Buffer.from(salt), 5000)).toBe(key)
  })

  it('tells passwords, salts, numbers of iterations and hashes apart', () => {
    const keys = [
      saltedKey('sha256', 'a', salt, 4096),
      saltedKey('sha256', 'b', salt, 4096),
      saltedKey('sha256', 'a', Buffer.from('pepper'), 4096),
      saltedKey('sha256', 'a', salt, 4097),
      saltedKey('sha512', 'a', salt, 4096).subarray(0, 32),
    ]
    expect(new Set(keys.map(key => key.toString('hex'))).size).toBe(5)
  })

  it('forgets the one that was not used for longest, so that no server fills the memory', () => {
    const key = saltedKey('sha256', 'alice-secret', salt, 1)
    const another = saltedKey('sha256', 'bob-secret', salt, 1)
    for (let index = 0; index < 62; index++) saltedKey('sha256', 'alice-secret', Buffer.from(`salt ${index}`), 1)
    expect(saltedKey('sha256', 'alice-secret', salt, 1)).toBe(key)
    saltedKey('sha256', 'alice-secret', Buffer.from('one more'), 1)
    expect(saltedKey('sha256', 'alice-secret', salt, 1)).toBe(key)
    expect(saltedKey('sha256', 'bob-secret', salt, 1)).not.toBe(another)
  })
})
