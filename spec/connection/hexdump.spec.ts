import { describe, expect, it } from 'vitest'
import { hexdump } from '../../src/connection/index.js'

describe('hexdump', () => {
  it('shows offset, sixteen bytes in hex and the same as text', () => {
    const bytes = Buffer.concat([
      Buffer.from([0, 0, 0, 10, 0, 18, 0, 4, 0, 0, 0, 1, 0, 3]),
      Buffer.from('foo|~\x7f\xff'),
    ])
    expect(hexdump(bytes)).toBe(
      [
        '00000000  00 00 00 0a 00 12 00 04  00 00 00 01 00 03 66 6f  |..............fo|',
        '00000010  6f 7c 7e 7f c3 bf                                 |o|~...|',
      ].join('\n'),
    )
  })

  it('shows nothing of nothing, and any Uint8Array as the bytes that it views', () => {
    expect(hexdump(Buffer.alloc(0))).toBe('')
    const view = new Uint8Array(Buffer.from('..view..')).subarray(2, 6)
    expect(hexdump(view)).toBe(hexdump(Buffer.from('view')))
  })

  it('counts on in hex', () => {
    const rows = hexdump(Buffer.alloc(0x10001)).split('\n')
    expect(rows).toHaveLength(0x1001)
    expect(rows.at(-1)).toMatch(/^00010000 {2}00 {48}\|\.\|$/)
  })
})
