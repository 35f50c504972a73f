import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Gather } from '../../src/connection/gather.js'

const KIB = 1024
/** Parts that do not lie side by side in memory. */
const apart = (length: number, count: number) =>
  Array.from({ length: count }, () => Buffer.alloc(length + 1, 7).subarray(1))

function gather(parts: readonly Buffer[], wanted: number): Gather {
  const gathered = new Gather()
  for (const part of parts) gathered.add(part, wanted)
  return gathered
}

describe('Gather', () => {
  it('has the bytes that were added, in order, however it is asked', () => {
    const parts = fc.array(
      fc.uint8Array({ maxLength: 12 }).map(part => Buffer.from(part)),
      { maxLength: 20 },
    )
    fc.assert(
      fc.property(parts, fc.nat(200), fc.nat(20), (parts, more, count) => {
        const whole = Buffer.concat(parts)
        const wanted = whole.length + more
        expect(gather(parts, wanted).length).toBe(whole.length)
        expect(Buffer.concat(gather(parts, wanted).takeParts())).toEqual(whole)
        expect(gather(parts, whole.length).take()).toEqual(whole)
        if (count <= whole.length) expect(gather(parts, wanted).peek(count)).toEqual(whole.subarray(0, count))
      }),
    )
  })

  it('begins anew when it has been taken', () => {
    const gathered = gather([Buffer.from('ab'), Buffer.from('cd')], 4)
    expect(gathered.take().toString()).toBe('abcd')
    expect(gathered.length).toBe(0)
    gathered.add(Buffer.from('e'), 1)
    expect(gathered.takeParts().map(String)).toEqual(['e'])
    expect(gathered.takeParts()).toEqual([])
  })

  it('keeps a slice that turns out longer than it was thought to be', () => {
    const gathered = gather([Buffer.from('\0\0'), Buffer.from('\0\u0003')], 4)
    gathered.add(Buffer.from('ab'), 7)
    gathered.add(Buffer.from('c'), 7)
    expect(gathered.take().toString('latin1')).toBe('\0\0\0\u0003abc')
  })

  it('copies nothing of one part, or of parts that lie side by side', () => {
    const memory = Buffer.from('abcdef')
    const slice = gather([memory.subarray(1, 3), memory.subarray(3, 5)], 4).take()
    expect(slice).toMatchObject({ buffer: memory.buffer, byteOffset: memory.byteOffset + 1, length: 4 })
  })

  it('allocates the whole of a long slice only when a quarter has come', () => {
    const wanted = 4 * 1024 * KIB
    const allocated = (count: number) => {
      const gathered = gather(apart(100 * KIB, count), wanted)
      return Math.max(...gathered.takeParts().map(({ buffer }) => buffer.byteLength))
    }
    expect(allocated(10)).toBeLessThan(wanted / 4)
    expect(allocated(11)).toBe(wanted)
  })

  it('keeps few objects for many tiny parts', () => {
    const gathered = gather(apart(1, 60_000), 1024 * KIB)
    expect(gathered.length).toBe(60_000)
    expect(gathered.takeParts().length).toBeLessThan(20)
  })

  it('gathers 1,000,000 tiny parts in little time', () => {
    const [part] = apart(1, 1) as [Buffer]
    const gathered = new Gather()
    for (let n = 0; n < 1_000_000; n++) gathered.add(part, 100 * KIB * KIB)
    expect(gathered.length).toBe(1_000_000)
  })
})
