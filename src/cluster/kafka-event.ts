import type { KafkaError } from '../errors.js'
import type { Topic, TopicPartition } from './topic.js'

interface OfBroker {
  /** -1 where it is not known yet. */
  readonly nodeId: number
  readonly host: string
  readonly port: number
}
interface OfGroup {
  readonly group: string
}
interface OfPartitions {
  readonly partitions: readonly TopicPartition[]
}

/** Of the next record to read: the last one handled + 1n. */
export interface OffsetToCommit extends TopicPartition {
  readonly offset: bigint
  readonly metadata?: string | undefined
}

/** What {@link Kafka.events} tells, by `type`; times are ms since 1970, delays ms. */
export type KafkaEvent =
  /** A connection is open and authenticated. */
  | ({ readonly type: 'connected' } & OfBroker)
  /** It has ended; without a cause it was closed here. */
  | ({ readonly type: 'disconnected'; readonly cause?: unknown } & OfBroker)
  /** The cluster has described itself. */
  | { readonly type: 'metadata'; readonly brokers: readonly OfBroker[]; readonly topics: readonly Topic[] }
  /** Something failed and is tried again after `delay`. */
  | {
      readonly type: 'retrying'
      readonly what: string
      readonly attempt: number
      readonly delay: number
      readonly cause: KafkaError
      readonly topic?: string | undefined
      readonly partition?: number | undefined
    }
  /** A broker asks for silence, since a quota is used up (KIP-219). */
  | { readonly type: 'throttled'; readonly nodeId: number; readonly api: string; readonly delay: number }
  | ({ readonly type: 'assigned'; readonly generation: number } & OfGroup & OfPartitions)
  | ({ readonly type: 'revoked' } & OfGroup & OfPartitions)
  | ({ readonly type: 'lost'; readonly cause: KafkaError } & OfGroup & OfPartitions)
  | ({ readonly type: 'committed'; readonly offsets: readonly OffsetToCommit[] } & OfGroup)
  | ({
      readonly type: 'commit-failed'
      readonly offsets: readonly OffsetToCommit[]
      readonly cause: KafkaError
    } & OfGroup)
  | ({
      readonly type: 'skipped'
      readonly from: bigint
      readonly to: bigint
      readonly reason: 'out-of-range' | 'truncated' | 'topic-recreated'
    } & TopicPartition)
  /** Records were not sent: there was no room for them, or nobody waits for them any more. */
  | {
      readonly type: 'dropped'
      readonly reason: 'overflow' | 'unsubscribed'
      readonly topic: string
      readonly partition?: number | undefined
      readonly count: number
    }
  /** The cluster has lost records that it had acknowledged, from this offset on. */
  | ({ readonly type: 'data-lost'; readonly from: bigint; readonly cause: KafkaError } & TopicPartition)
  /** A topic that is wanted is not there. */
  | { readonly type: 'topic-missing'; readonly topic: string; readonly since: number }
  | { readonly type: 'blocked'; readonly group: string; readonly for: number }
  /** Somebody else has taken the producer's id, or the cluster has forgotten it: it goes on under another. */
  | {
      readonly type: 'producer-fenced'
      readonly producerId: bigint
      readonly epoch: number
      readonly cause: KafkaError
    }
  /** A producer goes on under a new epoch, since what became of some of its records is not known. */
  | {
      readonly type: 'epoch-bumped'
      readonly producerId: bigint
      readonly epoch: number
      readonly cause?: KafkaError | undefined
    }
  /** `prefetch` is used up by what is in work: its oldest record, how many there are, since when. */
  | ({ readonly type: 'stalled'; readonly offset: bigint; readonly inWork: number; readonly since: number } & OfGroup &
      TopicPartition)
  /** A reader has waited a second for its turn: somebody else reads this consumer. */
  | { readonly type: 'waiting'; readonly reader: 'records' | 'batches' | 'partition' }
