import fc from 'fast-check'
import type { GroupMember, GroupTopics } from '../../../src/group/assignors/index.js'
import { memberOf, topicsOf } from './group-of.js'

const racks = ['a', 'b', 'c']
const names = ['v', 'w', 'x', 'y', 'z', 'gone']

/**
 * Up to 12 members without a past and up to 5 topics of up to 12 partitions: in racks, and members that want this or
 * that, unless told otherwise.
 */
export function anyGroup({ inRacks = true, alike = false } = {}): fc.Arbitrary<{
  readonly members: readonly GroupMember[]
  readonly topics: GroupTopics
}> {
  const replicas = fc.nat(inRacks ? 7 : 0).map(bits => chosen(racks, bits).join(' '))
  const partitions = fc.array(fc.array(replicas, { maxLength: 12 }), { minLength: 1, maxLength: 5 })
  const member = fc.record({ id: fc.nat(99_999), wanted: fc.nat(63), rack: fc.nat(inRacks ? 3 : 0) })
  const members = fc.uniqueArray(member, { selector: ({ id }) => id, minLength: 1, maxLength: 12 })
  return fc.tuple(partitions, members).map(([topics, some]) => ({
    topics: topicsOf(Object.fromEntries(topics.map((list, index) => [names[index], list]))),
    members: some.map(({ id, wanted, rack }) => {
      const wants = alike ? names.slice(0, topics.length) : chosen(names, wanted)
      return memberOf(id.toString(36), wants.join(' '), { rack: racks[rack - 1] ?? null })
    }),
  }))
}

const chosen = (all: readonly string[], bits: number): string[] => all.filter((_, index) => bits & (1 << index))
