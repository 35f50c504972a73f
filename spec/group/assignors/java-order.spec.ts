import { describe, expect, it } from 'vitest'
import { hashOf, inJavaOrder, tableLength } from '../../../src/group/assignors/java-order.js'

describe('the order of a Java HashMap', () => {
  it.each([
    ['', 0],
    ['a', 97],
    ['hello', 99162322],
    ['polygenelubricants', -2147483648],
  ])('goes by the hash of a string: %o', (name, hash) => {
    expect(hashOf(name)).toBe(hash)
  })

  it('has a table that doubles when three quarters are full', () => {
    expect([0, 12, 13, 24, 25, 48, 49].map(tableLength)).toEqual([16, 16, 32, 32, 64, 64, 128])
  })

  it('goes by bucket, and within one by what came first', () => {
    expect(inJavaOrder(['c', 'q', 'a', 'A', 'b'], name => name)).toEqual(['q', 'a', 'A', 'b', 'c'])
  })
})
