import type { TopicPartition } from '../../cluster/topic.js'
import { byTopicAndPartition } from '../consumer-protocol-bytes.js'
import type { Assignor, GroupAssignment, GroupMember, GroupTopics } from './assignor.js'
import { inJavaOrder } from './java-order.js'
import { TopicRange } from './topic-range.js'

/**
 * Cuts each topic into runs of neighbouring partitions, one for each of its members, so that equal numbers of topics
 * with as many partitions go to the same member. Where racks are known and matter, a member gets partitions with a
 * replica in its rack as far as that leaves the shares as they are (KIP-881).
 */
export const range: Assignor = {
  name: 'range',
  isCooperative: false,
  userData: () => null,
  assign,
}

function assign(members: readonly GroupMember[], topics: GroupTopics): GroupAssignment {
  const assignment = new Map<string, TopicPartition[]>(members.map(({ memberId }) => [memberId, []]))
  const give = (memberId: string, given: readonly TopicPartition[]) => assignment.get(memberId)?.push(...given)
  const ranges = rangesOf(members, topics, give)
  const isRackAware = ranges.some(one => one.doRacksMatter)
  if (isRackAware) matchRacks(ranges)
  for (const one of ranges) one.assign(() => true)
  if (isRackAware) for (const partitions of assignment.values()) partitions.sort(byTopicAndPartition)
  return assignment
}

/** In the order in which Java goes through the topics: where racks do not matter, it is the order of the assignment. */
function rangesOf(
  members: readonly GroupMember[],
  topics: GroupTopics,
  give: (memberId: string, partitions: readonly TopicPartition[]) => void,
): TopicRange[] {
  const wantedBy = new Map<string, Set<GroupMember>>()
  for (const member of inJavaOrder(members, ({ memberId }) => memberId)) {
    for (const topic of member.topics) {
      const wanting = wantedBy.get(topic)
      if (wanting === undefined) wantedBy.set(topic, new Set([member]))
      else wanting.add(member)
    }
  }
  const named = ([topic]: readonly [string, unknown]) => topic
  // Java first has a set of all topics, then a map of those that exist.
  const known = inJavaOrder([...wantedBy], named).filter(([topic]) => topics.get(topic)?.length)
  return inJavaOrder(known, named).map(([topic, wanting]) => {
    return new TopicRange(topic, topics.get(topic) ?? [], [...wanting], give)
  })
}

/** Gives what can be given within the racks; topics with the same members and as many partitions go by partition number. */
function matchRacks(ranges: readonly TopicRange[]): void {
  const alike = new Map<string, TopicRange[]>()
  for (const one of ranges) {
    const key = JSON.stringify([one.rackedPartitions, ...one.memberIds])
    alike.set(key, [...(alike.get(key) ?? []), one])
  }
  for (const [first, ...others] of alike.values()) {
    if (first === undefined) continue
    if (others.length > 0) matchTogether([first, ...others], first.memberIds, first.rackedPartitions)
    else if (first.doRacksMatter) first.assign((memberId, partition) => first.matches(memberId, partition))
  }
}

/** Gives partition n of all topics to the first member that can take them all. */
function matchTogether(ranges: readonly TopicRange[], memberIds: readonly string[], partitions: number): void {
  const open = new Set(memberIds)
  for (let number = 0; number < partitions; number++) {
    for (const memberId of open) {
      if (!ranges.every(one => one.canTake(memberId, number))) continue
      for (const one of ranges) one.take(memberId, number)
      if (ranges.every(one => one.roomOf(memberId) === 0)) open.delete(memberId)
      break
    }
  }
}
