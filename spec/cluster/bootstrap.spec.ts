import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseBootstrap, shuffle } from '../../src/cluster/bootstrap.js'

const textOf = (bootstrap: string | readonly string[]) =>
  parseBootstrap(bootstrap).map(({ host, port }) => `${host} ${port}`)

describe('bootstrap', () => {
  it.each([
    ['localhost', ['localhost 9092']],
    ['a:1,b:2', ['a 1', 'b 2']],
    [' a:1 , b ', ['a 1', 'b 9092']],
    [
      ['a:1', 'b:2,c'],
      ['a 1', 'b 2', 'c 9092'],
    ],
    ['[::1]:9093', ['::1 9093']],
    ['[::1]', ['::1 9092']],
    ['::1', ['::1 9092']],
    ['[fe80::1%eth0]:1', ['fe80::1%eth0 1']],
    ['2001:db8::1', ['2001:db8::1 9092']],
    ['10.0.0.1:65535', ['10.0.0.1 65535']],
    ['a,a:9092,a:1', ['a 9092', 'a 1']],
  ])('%o is %o', (bootstrap, addresses) => {
    expect(textOf(bootstrap)).toEqual(addresses)
  })

  it.each([
    ['', /""/],
    [[], /names no server/],
    ['a:0', /"a:0".*1 to 65535/],
    ['a:65536', /"a:65536"/],
    ['a:', /"a:"/],
    [':9092', /":9092"/],
    ['a,,b', /""/],
    ['http://a:9092', /"http:\/\/a:9092"/],
    ['a b', /"a b"/],
    [[1], /1/],
    [{ host: 'a' }, /instance of Object/],
    [undefined, /undefined/],
  ])('%o is refused, naming what is wrong', (bootstrap, reason) => {
    expect(() => parseBootstrap(bootstrap as string)).toThrow(reason)
    expect(() => parseBootstrap(bootstrap as string)).toThrow(expect.objectContaining({ name: 'ArgumentError' }))
  })
})

it('shuffle keeps every item, whatever chance says', () => {
  fc.assert(
    fc.property(fc.array(fc.nat()), fc.infiniteStream(fc.nat(255)), (items, chance) => {
      const shuffled = shuffle(items, size => Buffer.from(Array.from({ length: size }, () => chance.next().value)))
      expect(shuffled.toSorted()).toEqual(items.toSorted())
    }),
  )
})
