import { describe, expect, it } from 'vitest'
import { roundRobin } from '../../../src/group/assignors/round-robin.js'
import { asText, memberOf, topicsOf } from './group-of.js'

describe('roundrobin', () => {
  it('deals the partitions of all topics in turn', () => {
    const members = [memberOf('B', 'x y'), memberOf('A', 'y x')]
    const assignment = roundRobin.assign(members, topicsOf({ x: 3, y: 3 }))
    expect(asText(assignment)).toEqual({ A: 'x-0 x-2 y-1', B: 'x-1 y-0 y-2' })
  })

  it('passes over who does not want the topic', () => {
    const members = [memberOf('A', 'x'), memberOf('B', 'x y'), memberOf('C', 'x y z gone')]
    const assignment = roundRobin.assign(members, topicsOf({ x: 1, y: 2, z: 3 }))
    expect(asText(assignment)).toEqual({ A: 'x-0', B: 'y-0', C: 'y-1 z-0 z-1 z-2' })
  })

  it('goes by the instance ids of static members, whatever member ids a restart gave them', () => {
    const members = [
      memberOf('1', 'x', { instanceId: 'b' }),
      memberOf('2', 'x', { instanceId: 'a' }),
      memberOf('0', 'x'),
    ]
    expect(asText(roundRobin.assign(members, topicsOf({ x: 3 })))).toEqual({ 2: 'x-0', 1: 'x-1', 0: 'x-2' })
  })
})
