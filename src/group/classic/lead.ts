import { defer, distinctUntilChanged, map, type Observable } from 'rxjs'
import type { Metadata } from '../../cluster/metadata.js'
import type { View } from '../../cluster/view.js'
import type { Assignor, GroupTopics, PartitionRacks } from '../assignors/index.js'
import { decodeSubscription, encodeAssignment } from '../consumer-protocol-bytes.js'
import type { Assigned, JoinedMember } from './classic-events.js'

/**
 * What the leader has for each member, as soon as the partitions of all their topics are known; and again, anew, whenever
 * those are not as they were. A topic that is not there has no partitions.
 *
 * Errors with ProtocolError when a member has said what cannot be read.
 */
export function lead(
  metadata: Metadata,
  assignor: Assignor,
  joined: readonly JoinedMember[],
): Observable<readonly Assigned[]> {
  return defer(() => {
    const members = joined.map(({ memberId, groupInstanceId, metadata: said }) => {
      return { memberId, instanceId: groupInstanceId, ...decodeSubscription(said) }
    })
    const names = [...new Set(members.flatMap(({ topics }) => topics))].sort()
    // Where nobody says where it is, it does not matter where the replicas are (KIP-881).
    const hasRacks = members.some(({ rack }) => rack !== null)
    return metadata.watch({ topics: names, create: false }).pipe(
      map(view => topicsOf(view, names, hasRacks)),
      distinctUntilChanged((one, other) => JSON.stringify([...one]) === JSON.stringify([...other])),
      map(topics => {
        const shares = assignor.assign(members, topics)
        return members.map(({ memberId }) => {
          const partitions = shares.get(memberId) ?? []
          return { memberId, assignment: encodeAssignment({ partitions, userData: null }) }
        })
      }),
    )
  })
}

function topicsOf({ topics, nodes }: View, names: readonly string[], hasRacks: boolean): GroupTopics {
  const known = new Map<string, readonly PartitionRacks[]>()
  for (const name of names) {
    const partitions = topics.get(name)?.partitions.map(({ partition, replicas }) => {
      return { partition, racks: hasRacks ? replicas.flatMap(id => nodes.get(id)?.rack ?? []) : [] }
    })
    if (partitions !== undefined) known.set(name, partitions)
  }
  return known
}
