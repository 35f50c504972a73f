import { describe, expect, test } from 'vitest'
import { GroupLedger } from './group-ledger.js'

/** What is wrong with what these members wrote, in this order; a number is a look at what is committed. */
function breaches(...told: readonly (readonly [string, string] | number | string)[]): string[] {
  const ledger = new GroupLedger('g')
  for (const one of told) {
    if (typeof one === 'number') ledger.look(new Map([[0, BigInt(one)]]))
    else if (typeof one === 'string') ledger.kill(one)
    else ledger.note(one[0], `1 ${one[1]}`)
  }
  ledger.audit()
  return ledger.breaches
}

const [first, second] = [['a', 'handled 0 0 x'] as const, ['a', 'handled 0 1 y'] as const]
const again = ['b', 'handled 0 1 y'] as const

describe('a ledger of a group', () => {
  test('is in order when records are handled once, and then committed', () => {
    expect(breaches(['a', 'assigned 0'], first, 1, second, 1, 2, ['a', 'revoked 0'])).toEqual([])
  })

  test('has each record once', () => {
    const ledger = new GroupLedger('g')
    for (const [member, line] of [second, first, again]) ledger.note(member, `1 ${line}`)
    expect(ledger.log.map(({ offset, value }) => `${offset} ${value}`)).toEqual(['0 x', '1 y'])
  })

  test('finds what is committed and not handled, or behind what is not', () => {
    expect(breaches(first, 2)).toEqual(['g: 0 is committed at 2 and handled up to 1 only'])
    expect(breaches(second, 2)).toEqual(['g: 0 is committed at 2 and handled up to 0 only'])
  })

  test('finds commits that go back', () => {
    expect(breaches(first, second, 2, 1)).toEqual(['g: 0 was committed back from 2 to 1'])
  })

  test('finds what is handled twice, unless somebody was killed, lost it or could not commit', () => {
    const twice = ['g: 0:1 was handled by a and b, and nobody was told why']
    expect(breaches(first, second, again)).toEqual(twice)
    expect(breaches(first, second, ['a', 'revoked 0'], again)).toEqual(twice)
    expect(breaches(first, second, 'a', again)).toEqual([])
    expect(breaches(first, second, ['a', 'lost 0'], again)).toEqual([])
    expect(breaches(first, second, ['a', 'uncommitted 0 1 Error'], again)).toEqual([])
    expect(breaches(first, second, ['a', 'lost 1'], again)).toEqual(twice)
    expect(breaches(['a', 'lost 0'], ['a', 'assigned 0'], first, second, again)).toEqual(twice)
  })

  test('finds what is handled again although it was committed', () => {
    expect(breaches(first, second, 2, 'a', again)).toEqual(['g: 0:1 was handled by b after it was committed'])
    expect(breaches(first, second, 1, 'a', again)).toEqual([])
  })

  test('finds other values, and what members do not expect', () => {
    expect(breaches(first, 'a', ['b', 'handled 0 0 z'])).toEqual(['0:0 was x and z'])
    expect(breaches(['a', 'skipped 0 0 1 truncated'])).toEqual(['a: 1 skipped 0 0 1 truncated'])
  })
})
