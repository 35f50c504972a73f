import fc from 'fast-check'
import { expect, it } from 'vitest'

import {
  readVarint,
  readVarlong,
  readVarlongNumber,
  varintSize,
  varlongSize,
  writeVarint,
  writeVarlong,
} from '../../../src/protocol/records/varint.js'

const bytes = Buffer.alloc(16)

it('is written as Kafka writes it', () => {
  const known: [number, string][] = [
    [0, '00'],
    [-1, '01'],
    [1, '02'],
    [63, '7e'],
    [-64, '7f'],
    [64, '8001'],
    [-65, '8101'],
    [2147483647, 'feffffff0f'],
    [-2147483648, 'ffffffff0f'],
  ]
  for (const [value, hex] of known) {
    expect(bytes.toString('hex', 0, writeVarint(bytes, 0, value))).toBe(hex)
    expect(bytes.toString('hex', 0, writeVarlong(bytes, 0, value))).toBe(hex)
  }
})

it('of 32 bits is read back, and takes what it is said to', () => {
  const values = fc.oneof(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.integer({ min: -70_000, max: 70_000 }))
  fc.assert(
    fc.property(values, value => {
      const end = writeVarint(bytes, 3, value)
      const cursor = { bytes, at: 3, end: bytes.length }
      expect([readVarint(cursor), cursor.at, end - 3]).toEqual([value, end, varintSize(value)])
      expect(readVarint({ bytes, at: 3, end: end - 1 })).toBeUndefined()
    }),
  )
})

it('of 64 bits is read back, as a number and as a bigint, and takes what it is said to', () => {
  const shifts = fc.tuple(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.bigInt({ min: 0n, max: 63n }))
  fc.assert(
    fc.property(shifts, ([wide, shift]) => {
      const value = wide >> shift
      const end = writeVarlong(bytes, 0, value)
      expect([readVarlong(bytes, 0), end]).toEqual([value, varlongSize(value)])
      const number = Number(value)
      if (!Number.isSafeInteger(number)) return
      expect([writeVarlong(bytes, 0, number), varlongSize(number)]).toEqual([end, end])
      expect(readVarlong(bytes, 0)).toBe(value)
      if (Math.abs(number) < 2 ** 52) expect(readVarlongNumber(bytes, 0)).toBe(number)
    }),
    { numRuns: 2000 },
  )
})

it('of more than five bytes is none', () => {
  expect(readVarint({ bytes: Buffer.alloc(10, 0xff), at: 0, end: 10 })).toBeUndefined()
})
