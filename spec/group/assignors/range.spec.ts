import { describe, expect, it } from 'vitest'
import { range } from '../../../src/group/assignors/range.js'
import { asText, memberOf, topicsOf } from './group-of.js'

describe('range', () => {
  it('cuts each topic by itself, the first members getting one more', () => {
    const members = [memberOf('B', 'x y'), memberOf('A', 'x y')]
    const assignment = range.assign(members, topicsOf({ x: 3, y: 3 }))
    expect(asText(assignment)).toEqual({ A: 'x-0 x-1 y-0 y-1', B: 'x-2 y-2' })
  })

  it('gives a topic to those alone who want it, and has no partitions for one that is not there', () => {
    const members = [memberOf('A', 'x'), memberOf('B', 'x y gone'), memberOf('C', '')]
    const assignment = range.assign(members, topicsOf({ x: 2, y: 2, other: 2 }))
    expect(asText(assignment)).toEqual({ A: 'x-0', B: 'x-1 y-0 y-1', C: '' })
  })

  it('goes by the instance ids of static members, whatever member ids a restart gave them', () => {
    const members = [
      memberOf('1', 'x', { instanceId: 'b' }),
      memberOf('2', 'x', { instanceId: 'a' }),
      memberOf('0', 'x'),
    ]
    expect(asText(range.assign(members, topicsOf({ x: 3 })))).toEqual({ 2: 'x-0', 1: 'x-1', 0: 'x-2' })
  })

  it('gives a member partitions of its own rack, as many as without racks', () => {
    const members = [memberOf('A', 'x', { rack: 'b' }), memberOf('B', 'x', { rack: 'a' })]
    const assignment = range.assign(members, topicsOf({ x: ['a', 'a', 'a', 'b'] }))
    expect(asText(assignment)).toEqual({ A: 'x-2 x-3', B: 'x-0 x-1' })
  })

  it('keeps partitions of one number together before it looks at racks', () => {
    const members = [memberOf('A', 'x y', { rack: 'a' }), memberOf('B', 'x y', { rack: 'b' })]
    const assignment = range.assign(members, topicsOf({ x: ['b', 'a'], y: ['b', 'a'] }))
    expect(asText(assignment)).toEqual({ A: 'x-1 y-1', B: 'x-0 y-0' })
    const crossed = range.assign(members, topicsOf({ x: ['b', 'a'], y: ['a', 'b'] }))
    expect(asText(crossed)).toEqual({ A: 'x-0 y-0', B: 'x-1 y-1' })
  })

  it('takes no account of racks where each partition is in all of them', () => {
    const members = [memberOf('A', 'x', { rack: 'b' }), memberOf('B', 'x', { rack: 'a' })]
    expect(asText(range.assign(members, topicsOf({ x: ['a b', 'b a'] })))).toEqual({ A: 'x-0', B: 'x-1' })
  })
})
