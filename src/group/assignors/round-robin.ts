import type { TopicPartition } from '../../cluster/topic.js'
import type { Assignor, GroupAssignment, GroupMember, GroupTopics } from './assignor.js'
import { compareMembers } from './member-order.js'

/** Deals all partitions, topic by topic, to the members in turn; who has not subscribed to a topic is passed over. */
export const roundRobin: Assignor = {
  name: 'roundrobin',
  isCooperative: false,
  userData: () => null,
  assign,
}

function assign(members: readonly GroupMember[], topics: GroupTopics): GroupAssignment {
  const turns = members.toSorted(compareMembers).map(({ memberId, topics: wanted }) => {
    return { memberId, wanted: new Set(wanted), partitions: [] as TopicPartition[] }
  })
  const wantedByAny = new Set(members.flatMap(member => member.topics))
  let turn = 0
  for (const topic of [...wantedByAny].sort()) {
    for (const { partition } of topics.get(topic) ?? []) {
      while (!turns[turn]?.wanted.has(topic)) turn = (turn + 1) % turns.length
      turns[turn]?.partitions.push({ topic, partition })
      turn = (turn + 1) % turns.length
    }
  }
  return new Map(turns.map(({ memberId, partitions }) => [memberId, partitions]))
}
