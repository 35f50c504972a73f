import { describe, expect, it } from 'vitest'
import { ownBytes } from '../../../src/testing/embedded/own-bytes.js'

describe('ownBytes', () => {
  it('keeps no large buffer alive for a small part of it', () => {
    const read = Buffer.alloc(256 * 1024, 'a')
    const own = ownBytes(read.subarray(100, 200_000))
    read.fill('b')
    expect(own.equals(Buffer.alloc(199_900, 'a'))).toBe(true)
    expect(own.buffer.byteLength).toBeLessThan(200_000)
  })

  it('keeps none of what node allocates for many small buffers', () => {
    const read = Buffer.from('a small batch')
    expect(ownBytes(read)).toEqual(read)
    expect(ownBytes(read).buffer.byteLength).toBe(read.length)
  })

  it('does not copy what is nearly all of its buffer', () => {
    const read = Buffer.alloc(1 << 20)
    expect(ownBytes(read.subarray(80)).buffer).toBe(read.buffer)
  })
})
