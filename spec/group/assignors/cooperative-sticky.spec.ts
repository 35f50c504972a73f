import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cooperativeSticky } from '../../../src/group/assignors/cooperative-sticky.js'
import type { GroupAssignment, GroupMember, GroupTopics } from '../../../src/group/assignors/index.js'
import { anyGroup } from './any-group.js'
import { asText, memberOf, partitionsOf, topicsOf } from './group-of.js'

const { assign } = cooperativeSticky

/** A member that owns something since generation 1. */
function owner(memberId: string, topics: string, owned: string, rest: Partial<GroupMember> = {}): GroupMember {
  return memberOf(memberId, topics, { owned: partitionsOf(owned), generation: 1, ...rest })
}

describe('cooperative-sticky', () => {
  it('leaves all where it is when nothing has changed', () => {
    const members = [owner('A', 'x', 'x-2 x-3'), owner('B', 'x', 'x-0 x-1')]
    expect(asText(assign(members, topicsOf({ x: 4 })))).toEqual({ A: 'x-2 x-3', B: 'x-0 x-1' })
  })

  it('assigns to nobody what has to move, until its owner has given it up', () => {
    const topics = topicsOf({ x: 4 })
    const before = [owner('A', 'x', 'x-0 x-1 x-2 x-3'), memberOf('B', 'x')]
    expect(asText(assign(before, topics))).toEqual({ A: 'x-0 x-1', B: '' })
    const after = [owner('A', 'x', 'x-0 x-1', { generation: 2 }), owner('B', 'x', '', { generation: 2 })]
    expect(asText(assign(after, topics))).toEqual({ A: 'x-0 x-1', B: 'x-2 x-3' })
  })

  it('does so too among members that want different topics', () => {
    const topics = topicsOf({ x: 4, y: 1 })
    const members = [owner('A', 'x y', 'x-0 x-1 x-2 x-3 y-0'), memberOf('B', 'x')]
    const { A, B } = asText(assign(members, topics))
    expect([A?.split(' ').length, B]).toEqual([3, ''])
  })

  it('takes the word of the newer generation where two claim a partition', () => {
    const members = [owner('A', 'x', 'x-0', { generation: 4 }), owner('B', 'x', 'x-0 x-1', { generation: 5 })]
    expect(asText(assign(members, topicsOf({ x: 4 })))).toEqual({ A: 'x-2 x-3', B: 'x-0 x-1' })
  })

  it('gives neither what two claim of the same generation', () => {
    const members = [owner('A', 'x', 'x-0'), owner('B', 'x', 'x-0 x-1')]
    const { A, B } = asText(assign(members, topicsOf({ x: 4 })))
    expect(`${A} ${B}`.split(' ').sort()).toEqual(['x-1', 'x-2', 'x-3'])
  })

  it('reads the generation out of the user data of a client that writes version 1', () => {
    const old = { generation: -1, userData: cooperativeSticky.userData([], 7) }
    const members = [owner('A', 'x', 'x-0 x-1', { generation: 6 }), owner('B', 'x', 'x-0 x-1', old)]
    expect(asText(assign(members, topicsOf({ x: 4 })))).toEqual({ A: 'x-2 x-3', B: 'x-0 x-1' })
  })

  it('takes user data that are none for no generation', () => {
    const odd = { generation: -1, userData: Buffer.from([1, 2]) }
    const members = [owner('A', 'x', 'x-0 x-1', { generation: 0 }), owner('B', 'x', 'x-0 x-1', odd)]
    expect(asText(assign(members, topicsOf({ x: 4 })))).toEqual({ A: 'x-0 x-1', B: 'x-2 x-3' })
  })

  it('does not count on partitions that are not there any more', () => {
    const members = [owner('A', 'x', 'x-0 x-7 gone-0'), memberOf('B', 'x gone')]
    expect(asText(assign(members, topicsOf({ x: 2 })))).toEqual({ A: 'x-0', B: 'x-1' })
  })

  it('gives a partition back to who owned it in an older generation, sooner than to who has least', () => {
    const all = Array.from({ length: 10 }, (_, index) => `v-${index}`).join(' ')
    const newest = owner('6vcs', 'h t v', all, { generation: 3 })
    const older = owner('fgq7', 'h u v', 'v-4', { generation: 2, instanceId: '87cu' })
    const assignment = assign([memberOf('m3rm', 'h v'), newest, older], topicsOf({ h: 1, v: 10 }))
    expect(asText(assignment)).toEqual({ m3rm: '', '6vcs': 'v-6 v-7 v-8 v-9', fgq7: 'h-0 v-4' })
  })

  it('gives nothing to a member that wants nothing, whoever is first', () => {
    for (const ids of ['AB', 'BA']) {
      const members = [memberOf(ids.slice(0, 1), ''), memberOf(ids.slice(1), 'x')]
      const { [ids.slice(0, 1)]: nothing, [ids.slice(1)]: all } = asText(assign(members, topicsOf({ x: 2 })))
      expect([nothing, all]).toEqual(['', 'x-0 x-1'])
    }
  })

  it('lets a partition go to where it is near, and waits for that too', () => {
    const topics = topicsOf({ x: ['a', 'b'] })
    const far = [owner('A', 'x', 'x-1', { rack: 'a' }), owner('B', 'x', 'x-0', { rack: 'b' })]
    expect(asText(assign(far, topics))).toEqual({ A: '', B: '' })
    const free = [memberOf('A', 'x', { rack: 'a' }), memberOf('B', 'x', { rack: 'b' })]
    expect(asText(assign(free, topics))).toEqual({ A: 'x-0', B: 'x-1' })
  })

  it('says of itself the generation alone, as Java does', () => {
    expect(cooperativeSticky.userData([{ topic: 'x', partition: 0 }], 258)).toEqual(Buffer.from([0, 0, 1, 2]))
    expect(cooperativeSticky.userData([], -1)).toEqual(Buffer.from([255, 255, 255, 255]))
  })

  it('moves nothing when nothing changes, after two rebalances at most', () => {
    fc.assert(
      fc.property(anyGroup({ inRacks: false }), ({ members, topics }) => {
        const settled = live(live(members, topics, 1), topics, 2)
        expect(contents(assign(settled, topics))).toEqual(contents(ownedBy(settled)))
      }),
    )
  })

  it('takes nothing from who stays when a member leaves', () => {
    fc.assert(
      fc.property(anyGroup({ inRacks: false, alike: true }), ({ members, topics }) => {
        const staying = live(members, topics, 1).slice(1)
        const after = assign(staying, topics)
        for (const { memberId, owned } of staying)
          expect(after.get(memberId)).toEqual(expect.arrayContaining([...owned]))
      }),
    )
  })

  it('moves no more than its share to a member that joins, and all of it by the second rebalance', () => {
    fc.assert(
      fc.property(anyGroup({ inRacks: false, alike: true }), ({ members, topics }) => {
        const before = live(members, topics, 1)
        const joined = [...before, memberOf('the new one', before[0]?.topics.join(' ') ?? '')]
        const after = live(live(joined, topics, 2), topics, 3)
        const share = after.at(-1)?.owned.length ?? 0
        const total = [...topics.values()].reduce((sum, { length }) => sum + length, 0)
        expect(share).toBe(Math.floor(total / joined.length))
        const kept = before.map(({ owned }, index) => {
          const now = new Set(after[index]?.owned.map(({ topic, partition }) => `${topic}-${partition}`))
          return owned.filter(({ topic, partition }) => now.has(`${topic}-${partition}`)).length
        })
        expect(total - kept.reduce((sum, one) => sum + one, 0)).toBe(share)
      }),
    )
  })
})

/** The members after a rebalance. */
function live(members: readonly GroupMember[], topics: GroupTopics, generation: number): GroupMember[] {
  const assignment = assign(members, topics)
  return members.map(member => ({ ...member, owned: assignment.get(member.memberId) ?? [], generation }))
}

const ownedBy = (members: readonly GroupMember[]): GroupAssignment =>
  new Map(members.map(({ memberId, owned }) => [memberId, owned]))

const contents = (assignment: GroupAssignment): Record<string, string[]> =>
  Object.fromEntries(Object.entries(asText(assignment)).map(([memberId, text]) => [memberId, text.split(' ').sort()]))
