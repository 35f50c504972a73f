import type { GroupMember } from './assignor.js'

/** For sorting: static members first, by instance id, so that a restart moves nothing; the others by member id. */
export function compareMembers(one: GroupMember, other: GroupMember): number {
  if (one.instanceId !== null && other.instanceId !== null) return compareNames(one.instanceId, other.instanceId)
  if (one.instanceId !== null) return -1
  if (other.instanceId !== null) return 1
  return compareNames(one.memberId, other.memberId)
}

/** As Java compares strings: by their UTF-16 units. */
export function compareNames(one: string, other: string): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}
