import { expect, it } from 'vitest'

import { xxhash32 } from '../../../../src/protocol/records/compression/xxhash32.js'

it('has the known hashes', () => {
  const known = {
    '': 0x02cc5d05,
    a: 0x550d7456,
    abc: 0x32d153ff,
    'Nobody inspects the spammish repetition': 0xe2293b2f,
  }
  for (const [text, hash] of Object.entries(known)) expect(xxhash32(Buffer.from(text))).toBe(hash)
})
