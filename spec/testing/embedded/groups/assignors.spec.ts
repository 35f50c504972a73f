import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assignors, partitionKey, type Subscriber } from '../../../../src/testing/embedded/groups/assignors.js'
import type { Topic } from '../../../../src/testing/embedded/topic.js'

/** As much of a topic as assignors look at. */
const topic = (id: string, count: number) =>
  ({ id, partitions: Array.from({ length: count }, (_, index) => ({ index })) }) as unknown as Topic

const assign = (name: string, members: readonly Subscriber[]) => assignors[name]?.(members) ?? new Map()
const shown = (given: Map<string, Set<string>>) =>
  Object.fromEntries([...given].map(([id, keys]) => [id, [...keys].join(' ')]))
const none: ReadonlySet<string> = new Set()

describe('range', () => {
  it('gives each a run of every topic, the first ones more', () => {
    const topics = [topic('a', 5), topic('b', 2)]
    const members = ['z', 'y', 'x'].map(id => ({ id, topics, target: none }))
    expect(shown(assign('range', members))).toEqual({ x: 'a/0 a/1 b/0', y: 'a/2 a/3 b/1', z: 'a/4' })
  })

  it('gives nothing of a topic to those who do not subscribe to it', () => {
    const [a, b] = [topic('a', 2), topic('b', 2)]
    const members = [
      { id: 'x', topics: [a], target: none },
      { id: 'y', topics: [a, b], target: none },
    ]
    expect(shown(assign('range', members))).toEqual({ x: 'a/0', y: 'a/1 b/0 b/1' })
  })
})

describe('each assignor', () => {
  const topics = [topic('a', 7), topic('b', 3), topic('c', 1)]
  const keys = topics.flatMap(({ id, partitions }) => partitions.map(({ index }) => partitionKey(id, index)))
  const members = fc.array(fc.record({ subscribed: fc.subarray(topics), had: fc.subarray(keys) }), {
    minLength: 1,
    maxLength: 5,
  })

  it.each(Object.keys(assignors))('gives every partition to one of its subscribers: %s', name => {
    fc.assert(
      fc.property(members, described => {
        const all = described.map(({ subscribed, had }, index) => ({
          id: `m${index}`,
          topics: subscribed,
          target: new Set(had),
        }))
        const given = [...assign(name, all).values()].flatMap(set => [...set])
        const wanted = topics.filter(one => all.some(member => member.topics.includes(one)))
        const expected = wanted.flatMap(({ id, partitions }) => partitions.map(({ index }) => partitionKey(id, index)))
        expect(given.toSorted()).toEqual(expected.toSorted())
        for (const member of all) {
          const allowed = member.topics.map(({ id }) => id)
          for (const key of assign(name, all).get(member.id) ?? []) expect(allowed).toContain(key.split('/')[0])
        }
      }),
    )
  })
})

describe('uniform', () => {
  const topics = [topic('a', 7), topic('b', 3)]

  it('gives all as many, to within one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), count => {
        const members = Array.from({ length: count }, (_, index) => ({ id: `m${index}`, topics, target: none }))
        const sizes = [...assign('uniform', members).values()].map(({ size }) => size)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('moves nothing while nothing changes, and no more than it must when a member comes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), count => {
        const members = Array.from({ length: count }, (_, index) => ({ id: `m${index}`, topics, target: none }))
        const first = assign('uniform', members)
        const settled = members.map(member => ({ ...member, target: first.get(member.id) as Set<string> }))
        expect(shown(assign('uniform', settled))).toEqual(shown(first))
        const grown = assign('uniform', [...settled, { id: 'new', topics, target: none }])
        for (const { id, target } of settled) for (const key of grown.get(id) ?? []) expect(target).toContain(key)
      }),
    )
  })
})
