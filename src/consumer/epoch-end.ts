import type {
  OffsetForLeaderEpochRequestInput,
  OffsetForLeaderEpochResponse,
} from '../protocol/messages/offset-for-leader-epoch.js'
import { byName } from './by-name.js'

/** A partition whose log is asked where a leader epoch ended. */
export interface EpochAsked {
  readonly topic: string
  readonly partition: number
  readonly leaderEpoch: number
  readonly epoch: number
}

/** What a leader says: where that epoch ended, or the last before it that it knows; both -1 where it knows none. */
export interface EpochAnswer {
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
  readonly leaderEpoch: number
  readonly endOffset: bigint
}

const CONSUMER = -1

/** One request for many partitions. */
export function epochEndRequest(asked: readonly EpochAsked[]): OffsetForLeaderEpochRequestInput {
  const topics = byName(asked, ({ partition, leaderEpoch, epoch }) => ({
    partition,
    currentLeaderEpoch: leaderEpoch,
    leaderEpoch: epoch,
  }))
  return { replicaId: CONSUMER, topics }
}

/** What the leader says of each partition. */
export function epochAnswers({ topics }: OffsetForLeaderEpochResponse): readonly EpochAnswer[] {
  return topics.flatMap(({ topic, partitions }) =>
    partitions.map(({ partition, errorCode, leaderEpoch, endOffset }) => ({
      topic,
      partition,
      errorCode,
      leaderEpoch,
      endOffset,
    })),
  )
}
