import { errors } from '../protocol/error-codes.js'
import type { ListOffsetsRequestInput, ListOffsetsResponse } from '../protocol/messages/list-offsets.js'
import { byName } from './by-name.js'

/** A partition whose offset at a time is asked for, or an end of its log. */
export interface OffsetAsked {
  readonly topic: string
  readonly partition: number
  readonly leaderEpoch: number
  readonly timestamp: bigint
}

/** What a leader says; -1n: there is no record of that time or later. */
export interface OffsetAnswer {
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
  readonly offset: bigint
  readonly leaderEpoch: number
}

const CONSUMER = -1

/** One request for many partitions, none of them twice. */
export function listOffsetsRequest(
  asked: readonly OffsetAsked[],
  isCommitted: boolean,
  timeoutMs: number,
): ListOffsetsRequestInput {
  const topics = byName(asked, ({ partition, leaderEpoch, timestamp }) => ({
    partitionIndex: partition,
    currentLeaderEpoch: leaderEpoch,
    timestamp,
  }))
  return {
    replicaId: CONSUMER,
    isolationLevel: isCommitted ? 1 : 0,
    topics: topics.map(({ topic, partitions }) => ({ name: topic, partitions })),
    timeoutMs,
  }
}

/** What the leader says of each partition. */
export function offsetAnswers({ topics }: ListOffsetsResponse): readonly OffsetAnswer[] {
  return topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex, errorCode, offset, leaderEpoch }) => {
      // Records of a format without timestamps: none is of that time.
      const isWithout = errorCode === errors.UNSUPPORTED_FOR_MESSAGE_FORMAT.code
      const found = isWithout ? { errorCode: 0, offset: -1n } : { errorCode, offset }
      return { topic: name, partition: partitionIndex, leaderEpoch, ...found }
    }),
  )
}
