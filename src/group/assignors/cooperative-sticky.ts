import type { Assignor, GroupAssignment, GroupMember, GroupTopics } from './assignor.js'
import { balance } from './balance.js'
import { shareEvenly } from './even-shares.js'
import { stickyGroup } from './sticky-group.js'

/**
 * Shares partitions out evenly and moves as few as that takes, in two rebalances: what another member owns still is
 * assigned to nobody in the first one, so that nobody reads it twice (KIP-429).
 */
export const cooperativeSticky: Assignor = {
  name: 'cooperative-sticky',
  isCooperative: true,
  userData,
  assign,
}

/** The generation alone: what a member owns has a field of its own. */
function userData(_owned: unknown, generation: number): Buffer {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeInt32BE(generation)
  return bytes
}

function assign(members: readonly GroupMember[], topics: GroupTopics): GroupAssignment {
  if (members.length === 0) return new Map()
  const group = stickyGroup(members, topics)
  const { assignment, moving } = doAllWantTheSame(group.members) ? shareEvenly(group) : balance(group)
  return new Map(
    Array.from(assignment, ([memberId, partitions]) => [memberId, partitions.filter(one => !moving.has(one))]),
  )
}

/** One that wants nothing is unlike the others: Java takes no notice of it when it comes first, and gives it partitions. */
function doAllWantTheSame(members: readonly GroupMember[]): boolean {
  const wanted = new Set(members[0]?.topics)
  return members.every(({ topics }) => topics.length === wanted.size && topics.every(topic => wanted.has(topic)))
}
