import { ProtocolError } from '../../../errors.js'
import type { Message } from '../../../protocol/message.js'
import { ConsumerProtocolAssignment } from '../../../protocol/messages/consumer-protocol-assignment.js'
import { ConsumerProtocolSubscription } from '../../../protocol/messages/consumer-protocol-subscription.js'
import type { Cluster } from '../cluster.js'
import { coordinatorOf } from '../coordinators.js'
import type { TopicPartition } from '../views.js'
import type { ClassicGroup, ClassicState } from './classic-group.js'
import type { ClassicMember } from './classic-member.js'
import type { ConsumerGroup, ConsumerGroupState } from './consumer-group.js'
import type { Group } from './group.js'
import type { CommittedOffset } from './group-offsets.js'
import { partitionsByTopic } from './partitions-by-topic.js'

/** A member of a group as it is at this moment. */
export interface GroupMemberView {
  readonly memberId: string
  /** `group.instance.id`; null where it has none. */
  readonly instanceId: string | null
  readonly clientId: string
  /** What it takes its own epoch for: of the classic protocol the generation of the group. */
  readonly epoch: number
  /** The topics it subscribes to by name; empty where it is no consumer. */
  readonly topics: readonly string[]
  /** What it has been given, by topic and number; empty where the assignment is not one of consumers. */
  readonly partitions: readonly TopicPartition[]
  /** The same as it is on the wire, of the classic protocol; else empty. */
  readonly assignment: Buffer
}

/** A group as it is at this moment. */
export interface GroupView {
  readonly groupId: string
  /** Whether its members speak the classic protocol or the new one (KIP-848). */
  readonly type: 'classic' | 'consumer'
  /** `consumer` for groups of consumers; empty where nobody has ever joined. */
  readonly protocolType: string
  /** By what partitions are assigned: what the members agreed on, or the assignor on the broker; empty for none yet. */
  readonly assignor: string
  readonly state: ClassicState | ConsumerGroupState
  /** The generation of the classic protocol, the group epoch of the new one. */
  readonly epoch: number
  /** The member id of the leader; of the classic protocol, and null where there is none. */
  readonly leader: string | null
  /** The node id of its coordinator; -1 while none can be. */
  readonly coordinator: number
  readonly members: readonly GroupMemberView[]
  /** What it has committed; what hangs on an open transaction is not. */
  readonly offsets: readonly CommittedOffset[]
}

/** How a group is. */
export function viewGroup(group: Group, cluster: Cluster): GroupView {
  return {
    groupId: group.id,
    coordinator: coordinatorOf(cluster, 'group', group.id)?.id ?? -1,
    offsets: group.offsets.committed,
    ...(group.kind === 'classic' ? viewClassic(group) : viewConsumer(group, cluster)),
  }
}

type Own = Omit<GroupView, 'groupId' | 'coordinator' | 'offsets'>

function viewClassic(group: ClassicGroup): Own {
  const { state, generation, leader } = group
  return {
    type: 'classic',
    protocolType: group.protocolType ?? '',
    assignor: group.protocolName ?? '',
    state,
    epoch: generation,
    leader,
    members: [...group.members.values()].map(member => viewClassicMember(member, group)),
  }
}

function viewClassicMember(member: ClassicMember, group: ClassicGroup): GroupMemberView {
  const { id: memberId, instanceId, clientId, assignment, protocols } = member
  const isConsumer = group.protocolType === 'consumer'
  const metadata = protocols.find(({ name }) => name === group.protocolName) ?? protocols[0]
  const subscription = isConsumer ? contentOf(ConsumerProtocolSubscription, metadata?.metadata) : undefined
  const assigned = isConsumer ? contentOf(ConsumerProtocolAssignment, assignment) : undefined
  return {
    memberId,
    instanceId,
    clientId,
    epoch: group.generation,
    topics: subscription?.topics ?? [],
    partitions:
      assigned?.assignedPartitions.flatMap(({ topic, partitions }) =>
        partitions.map(partition => ({ topic, partition })),
      ) ?? [],
    assignment,
  }
}

function viewConsumer(group: ConsumerGroup, cluster: Cluster): Own {
  const { state, epoch, assignor } = group
  return {
    type: 'consumer',
    protocolType: 'consumer',
    assignor,
    state,
    epoch,
    leader: null,
    members: [...group.members.values()].map(({ id, instanceId, clientId, topics, holding }) => ({
      memberId: id,
      instanceId,
      clientId,
      epoch: holding.epoch,
      topics,
      partitions: partitionsByTopic(holding.assigned).flatMap(({ topicId, partitions }) => {
        const topic = cluster.topicsById.get(topicId)?.name
        return topic === undefined ? [] : partitions.map(partition => ({ topic, partition }))
      }),
      assignment: Buffer.alloc(0),
    })),
  }
}

/** What consumers tell one another, its version before it; it may be anything, and nothing as long as nobody has spoken. */
function contentOf<T>(message: Message<never, T>, bytes: Buffer | undefined): T | undefined {
  if (bytes === undefined || bytes.length < 2) return undefined
  try {
    const version = Math.min(Math.max(bytes.readInt16BE(0), message.versions.min), message.versions.max)
    return message.decodePrefix(bytes.subarray(2), version).value
  } catch (error) {
    if (error instanceof ProtocolError) return undefined
    throw error
  }
}
