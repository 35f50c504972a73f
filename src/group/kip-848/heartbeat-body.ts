import type { ConsumerGroupHeartbeatRequestInput } from '../../protocol/messages/consumer-group-heartbeat.js'
import type { TopicIdPartitions } from './assignment.js'
import { JOINING, type MemberEpochSettings } from './member-epoch.js'

/** What a heartbeat may be about. */
export interface HeartbeatOf {
  readonly memberId: string
  readonly epoch: number
  readonly topics: readonly string[]
  readonly owned: readonly TopicIdPartitions[]
  /** Whether the holder still sees to a part of the assignment: then nothing is said of it, if it need not be. */
  readonly isBusy: boolean
}

/** Of a heartbeat that says only that the member lives: what it does not carry is as it was. */
const nothingNew = {
  rackId: null,
  rebalanceTimeoutMs: -1,
  subscribedTopicNames: null,
  serverAssignor: null,
  topicPartitions: null,
} as const

/** What the coordinator has been told, so that a heartbeat says only what is new. */
export class Told {
  /** Whether what was said last may not have been heard: then every field is said. */
  isUnsure = true
  /** Whether it is to be told what is ours now. */
  owesOwned = false
  /** The topics that it was told of last. */
  topics: readonly string[] | undefined
  readonly #settings: MemberEpochSettings

  constructor(settings: MemberEpochSettings) {
    this.#settings = settings
  }

  /** What is said now; heard or not, it is taken as unheard until somebody says that it was. */
  say({ memberId, epoch, topics, owned, isBusy }: HeartbeatOf): ConsumerGroupHeartbeatRequestInput {
    const { rack: rackId, rebalanceTimeout } = this.#settings
    const isFull = epoch === JOINING || this.isUnsure
    const topicPartitions = isFull || (this.owesOwned && !isBusy) ? owned : null
    const subscribedTopicNames = isFull || topics !== this.topics ? topics : null
    this.isUnsure = true
    if (topicPartitions !== null) this.owesOwned = false
    this.topics = topics
    return {
      ...this.farewell(memberId, epoch),
      ...(isFull && { rackId, rebalanceTimeoutMs: rebalanceTimeout }),
      subscribedTopicNames,
      topicPartitions,
    }
  }

  /** Says that the member leaves. */
  farewell(memberId: string, memberEpoch: number): ConsumerGroupHeartbeatRequestInput {
    const { group: groupId, instanceId } = this.#settings
    return { ...nothingNew, groupId, memberId, memberEpoch, instanceId }
  }
}
