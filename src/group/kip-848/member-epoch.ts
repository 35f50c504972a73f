import type { TopicPartition } from '../../cluster/topic.js'
import type { KafkaError } from '../../errors.js'

/** With which a member joins. */
export const JOINING = 0
/** With which it leaves. */
export const LEAVING = -1
/** With which a static member leaves that may come back. */
export const AWAY = -2

/** How a {@link MemberEpochMachine} is set; times in ms. */
export interface MemberEpochSettings {
  readonly group: string
  readonly memberId: string
  readonly instanceId: string | null
  readonly rack: string | null
  readonly rebalanceTimeout: number
  /** After how long unheard the coordinator takes a member for dead. */
  readonly sessionTimeout: number
  /** How long one heartbeat may take. */
  readonly requestTimeout: number
  /** How long it may take to join for the first time; later outages are ridden out. */
  readonly joinTimeout: number
  /** The ms to wait after failure number `attempt`. */
  readonly backoff: (attempt: number) => number
}

/** A heartbeat, however often it is sent: it has one answer, or none. */
export interface Beat {
  readonly memberId: string
  /** Under which it is sent, and by which its answer is judged. */
  readonly epoch: number
  readonly timeout: number
  /** When it was sent last. */
  sentAt: number
  /** How often it was sent. */
  tries: number
}

/** What a {@link MemberEpochMachine} wants done. */
export type Effect =
  | { readonly type: 'heartbeat'; readonly beat: Beat }
  /** To be told to the holder; what it was told before is unsubscribed, where it has not ended. */
  | { readonly type: 'assign'; readonly partitions: readonly TopicPartition[]; readonly generation: number }
  | { readonly type: 'revoke'; readonly partitions: readonly TopicPartition[] }
  | { readonly type: 'lose'; readonly partitions: readonly TopicPartition[]; readonly cause: KafkaError }
  | { readonly type: 'in-touch'; readonly is: boolean }
  /** Metadata is to be asked for anew: a topic that we are to read is not in it. */
  | { readonly type: 'refresh' }
  | { readonly type: 'retrying'; readonly attempt: number; readonly delay: number; readonly cause: KafkaError }
  | { readonly type: 'blocked'; readonly for: number }
  | { readonly type: 'fail'; readonly error: unknown }
