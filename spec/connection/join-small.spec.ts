import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { joinSmall } from '../../src/connection/join-small.js'

const SMALL = 4096
const lengths = (buffers: readonly Uint8Array[]) => joinSmall(buffers).map(({ length }) => length)
const of = (...lengths: number[]) => lengths.map((length, index) => Buffer.alloc(length, index + 1))

describe('joinSmall', () => {
  it('joins each run of buffers of up to 4 KiB', () => {
    expect(lengths(of(1, 2, SMALL, SMALL + 1, 3, 4, SMALL + 1, SMALL + 1, 5))).toEqual([
      SMALL + 3,
      SMALL + 1,
      7,
      SMALL + 1,
      SMALL + 1,
      5,
    ])
  })

  it('copies neither large ones nor a small one by itself', () => {
    const buffers = of(SMALL + 1, 5, SMALL + 2)
    for (const [index, joined] of joinSmall(buffers).entries()) expect(joined).toBe(buffers[index])
    const [alone] = of(5) as [Buffer]
    expect(joinSmall([alone])[0]).toBe(alone)
    expect(joinSmall([])).toEqual([])
  })

  it('keeps the bytes and their order', () => {
    const buffer = fc
      .constantFrom(0, 1, 7, SMALL, SMALL + 1)
      .chain(length => fc.nat(255).map(fill => Buffer.alloc(length, fill)))
    fc.assert(
      fc.property(fc.array(buffer, { maxLength: 9 }), buffers => {
        expect(Buffer.concat(joinSmall(buffers)).equals(Buffer.concat(buffers))).toBe(true)
      }),
    )
  })
})
