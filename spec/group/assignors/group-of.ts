import type { GroupAssignment, GroupMember, GroupTopics } from '../../../src/group/assignors/index.js'

/** A member that wants `topics`, dynamic and without a past unless told otherwise. */
export function memberOf(memberId: string, topics: string, rest: Partial<GroupMember> = {}): GroupMember {
  const wanted = topics.split(' ').filter(Boolean)
  return { memberId, instanceId: null, topics: wanted, owned: [], generation: -1, rack: null, userData: null, ...rest }
}

/** Topics of so many partitions, without racks; or of partitions with the given racks, `'a b'` each. */
export function topicsOf(topics: Readonly<Record<string, number | readonly string[]>>): GroupTopics {
  return new Map(
    Object.entries(topics).map(([topic, given]) => {
      const racks = typeof given === 'number' ? Array.from({ length: given }, () => '') : given
      return [topic, racks.map((names, partition) => ({ partition, racks: names.split(' ').filter(Boolean) }))]
    }),
  )
}

/** `{ A: 'x-0 x-1' }`. */
export function asText(assignment: GroupAssignment): Record<string, string> {
  return Object.fromEntries(
    Array.from(assignment, ([memberId, partitions]) => [
      memberId,
      partitions.map(({ topic, partition }) => `${topic}-${partition}`).join(' '),
    ]),
  )
}

/** The reverse: `'x-0 x-1'` as partitions. */
export function partitionsOf(text: string): { topic: string; partition: number }[] {
  return text
    .split(' ')
    .filter(Boolean)
    .map(name => {
      const dash = name.lastIndexOf('-')
      return { topic: name.slice(0, dash), partition: Number(name.slice(dash + 1)) }
    })
}
