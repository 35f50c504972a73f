import type { TopicPartition } from '../../cluster/topic.js'
import type { GroupMember } from './assignor.js'

/** Who owns what, once members that claim the same partition have been heard. */
export interface Claims {
  /** What each member owns, by its id, in the order in which it says so. */
  readonly owned: ReadonlyMap<string, readonly TopicPartition[]>
  /** What two members claim of the same generation: neither may have it before both have given it up. */
  readonly disputed: ReadonlySet<TopicPartition>
  readonly newestGeneration: number
}

/**
 * Settles claims as Java does: the member of the newer generation is right, and none of two of the same one (KIP-792).
 *
 * @param find  the one object for a partition; undefined when there is no such partition, or nobody wants its topic
 */
export function settleClaims(
  members: readonly GroupMember[],
  find: (claimed: TopicPartition) => TopicPartition | undefined,
): Claims {
  const owned = new Map<string, Set<TopicPartition>>()
  const disputed = new Set<TopicPartition>()
  const claimants = new Map<TopicPartition, GroupMember>()
  let newestGeneration = -1
  for (const member of members) {
    const generation = generationOf(member)
    newestGeneration = Math.max(newestGeneration, generation)
    const own = new Set<TopicPartition>()
    owned.set(member.memberId, own)
    for (const claimed of member.owned) {
      const partition = find(claimed)
      if (partition === undefined) continue
      const other = claimants.get(partition)
      // Of the other Java looks at the field alone, not at its user data: so of two before version 2, the later is right.
      if (other !== undefined && generation < other.generation) continue
      if (other !== undefined) owned.get(other.memberId)?.delete(partition)
      if (generation === other?.generation) disputed.add(partition)
      else own.add(partition)
      claimants.set(partition, member)
    }
  }
  return { owned: new Map(Array.from(owned, ([memberId, own]) => [memberId, [...own]])), disputed, newestGeneration }
}

/** Of what a member owns: the field, else, before version 2, what cooperative-sticky's user data say. */
export function generationOf({ generation, userData }: GroupMember): number {
  if (generation >= 0) return generation
  return userData !== null && userData.length >= 4 ? userData.readInt32BE(0) : -1
}
