import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assignors, type GroupMember } from '../../../src/group/assignors/index.js'
import { assertAsJava, readAssignmentVectors, wrongs } from '../../vectors/assignments.js'
import { anyGroup } from './any-group.js'
import { memberOf, topicsOf } from './group-of.js'

describe.each([...assignors.values()])('$name', assignor => {
  const vectors = readAssignmentVectors().filter(vector => vector.assignor === assignor.name)

  it('assigns what Java assigns, byte for byte, in groups of all kinds', () => {
    expect(vectors.filter(({ isRight }) => isRight).length).toBeGreaterThan(500)
    for (const vector of vectors) assertAsJava(vector)
  })

  it('assigns each partition that somebody wants once, to one who wants it', () => {
    fc.assert(
      fc.property(anyGroup(), ({ members, topics }) => {
        expect(wrongs(members, topics, assignor.assign(members, topics))).toEqual([])
      }),
    )
  })

  it('gives all as many as each other, or one more, of what all want', () => {
    fc.assert(
      fc.property(anyGroup(), ({ members, topics }) => {
        const one = [...topics.keys()].slice(0, 1)
        const alike = members.map(member => ({ ...member, topics: one }))
        const sizes = Array.from(assignor.assign(alike, topics).values(), ({ length }) => length)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('copes with 200 members that want 2,000 partitions, in their racks, some of them not all', () => {
    const racks = (partitions: number) => Array.from({ length: partitions }, (_, index) => `r${index % 3}`)
    const topics = topicsOf(Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`t${index}`, racks(100)])))
    const names = [...topics.keys()]
    const members = Array.from({ length: 200 }, (_, index): GroupMember => {
      const wanted = names.slice(0, 1 + ((index * 7) % 20)).join(' ')
      return memberOf(`m${index}`, wanted, { rack: `r${index % 3}` })
    })
    const all = [...members, memberOf('all', names.join(' '))]
    expect(wrongs(all, topics, assignor.assign(all, topics))).toEqual([])
  })
})
