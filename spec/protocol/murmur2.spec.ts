import { expect, it } from 'vitest'

import { murmur2, toPositive } from '../../src/protocol/murmur2.js'
import { readHashes } from './records/vectors.js'

it('places a key where Java places it', () => {
  const hashes = readHashes()
  expect(hashes.length).toBe(200)
  for (const { key, hash, positive } of hashes) {
    expect(murmur2(key)).toBe(hash)
    expect(toPositive(hash)).toBe(positive)
  }
})

it('gives the hash of the known words', () => {
  const words = { '21': -973932308, foobar: -790332482, 'a-little-bit-long-string': -985981536 }
  for (const [word, hash] of Object.entries(words)) expect(murmur2(Buffer.from(word))).toBe(hash)
})
