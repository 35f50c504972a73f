import { expect, it } from 'vitest'
import { plain } from '../../../src/broker/sasl/plain.js'

it('says name and password, each after a NUL, in UTF-8, and no more', () => {
  const { first, next } = plain('álice', 'sëcret')
  expect(first).toEqual(Buffer.from('\0álice\0sëcret', 'utf8'))
  expect(next(Buffer.alloc(0))).toBeUndefined()
})
