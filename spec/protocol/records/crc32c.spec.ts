import { expect, it } from 'vitest'

import { crc32c, crc32cInJavaScript } from '../../../src/protocol/records/crc32c.js'
import { crc32cShifted } from '../../../src/protocol/records/crc32c-shifted.js'

// RFC 3720, B.4, and the check value of the catalogue.
const known: [Buffer, number][] = [
  [Buffer.alloc(0), 0],
  [Buffer.from('123456789'), 0xe3069283],
  [Buffer.alloc(32), 0x8a9136aa],
  [Buffer.alloc(32, 0xff), 0x62a8ab43],
  [Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e],
]

it.each([
  ['by the package', crc32c],
  ['in JavaScript', crc32cInJavaScript],
])('%s has the checksums of the standard', (_, checksum) => {
  for (const [bytes, expected] of known) expect(checksum(bytes)).toBe(expected)
})

it('in JavaScript is the same at every length and place', () => {
  const bytes = Buffer.from(Array.from({ length: 300 }, (_, i) => (i * i * 7 + 13) & 0xff))
  for (let start = 0; start < 9; start++) {
    for (let end = start; end < 280; end++) {
      const part = bytes.subarray(start, end)
      expect(crc32cInJavaScript(part)).toBe(crc32c(part))
    }
  }
})

it('changes with its beginning as the difference of the two, shifted, says', () => {
  const [before, after] = [Buffer.from('fourteen bytes'), Buffer.from('14 other bytes')]
  for (const length of [0, 1, 7, 8, 255, 65_536, 100_003]) {
    const rest = Buffer.alloc(length, 'rest')
    const change = crc32cShifted(crc32c(before) ^ crc32c(after), length)
    expect((crc32c(Buffer.concat([before, rest])) ^ change) >>> 0).toBe(crc32c(Buffer.concat([after, rest])))
  }
})
