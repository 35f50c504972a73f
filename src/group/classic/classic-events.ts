import type { TopicPartition } from '../../cluster/topic.js'
import type { KafkaError } from '../../errors.js'

/** What JoinGroup was answered with. */
export interface Joined {
  readonly errorCode: number
  readonly memberId: string
  readonly generationId: number
  /** Null from brokers that do not say. */
  readonly protocolType: string | null
  /** The assignor that all members have. */
  readonly protocolName: string | null
  /** A member id. */
  readonly leader: string
  /** For the leader: all members. */
  readonly members: readonly JoinedMember[]
  /** The leader came back, and all keep what they have (KIP-814). */
  readonly skipAssignment: boolean
}

/** A member as its leader hears of it; `metadata` is its Subscription. */
export interface JoinedMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly metadata: Buffer
}

/** What SyncGroup was answered with. */
export interface Synced {
  readonly errorCode: number
  /** None when there is an error. */
  readonly partitions: readonly TopicPartition[]
  readonly protocolType: string | null
  readonly protocolName: string | null
}

/** What the leader has for a member: an Assignment. */
export interface Assigned {
  readonly memberId: string
  readonly assignment: Buffer
}

/** As whom a request was sent. */
export interface AsMember {
  readonly memberId: string
  readonly generation: number
}

/** The number of what was to be done, and now has an end. */
interface OfTurn {
  readonly turn: number
}

/** What happens to a member. */
export type ClassicEvent =
  /** Its topics are known, or are others. */
  | { readonly type: 'subscribed'; readonly topics: readonly string[] }
  /** The group's topics are not as they were when it, as leader, assigned them. */
  | { readonly type: 'changed' }
  /** Ends of effects. */
  | ({ readonly type: 'done' } & OfTurn)
  | ({ readonly type: 'joined'; readonly answer: Joined } & OfTurn)
  | ({ readonly type: 'led'; readonly assignments: readonly Assigned[] } & OfTurn)
  | ({ readonly type: 'synced'; readonly answer: Synced } & OfTurn)
  | ({ readonly type: 'failed'; readonly error: KafkaError } & OfTurn)
  /** A heartbeat was answered, or was not. */
  | ({ readonly type: 'heard'; readonly errorCode: number } & AsMember)
  | ({ readonly type: 'unheard'; readonly error: KafkaError } & AsMember)
  /** A commit was refused. */
  | ({ readonly type: 'refused'; readonly errorCode: number } & AsMember)
  | { readonly type: 'time' }
  | { readonly type: 'leave' }
  /** LeaveGroup was answered, or never will be. */
  | { readonly type: 'gone' }
  /** Nobody listens any more. */
  | { readonly type: 'abandoned' }

/** What is to be done for a member. What has a turn replaces what was under way with another. */
export type ClassicEffect =
  /** To be ended with `done`: see Holder. */
  | ({ readonly type: 'prepare' } & OfTurn)
  | ({ readonly type: 'revoke'; readonly partitions: readonly TopicPartition[] } & OfTurn)
  | ({
      readonly type: 'assign'
      readonly partitions: readonly TopicPartition[]
      readonly generation: number
    } & OfTurn)
  | ({ readonly type: 'lose'; readonly partitions: readonly TopicPartition[]; readonly cause: KafkaError } & OfTurn)
  /** To be ended with `joined`, `led` and `synced`, or with `failed`. */
  | ({
      readonly type: 'join'
      readonly memberId: string
      readonly topics: readonly string[]
      readonly owned: readonly TopicPartition[]
      /** In which it came to own them. */
      readonly generation: number
      readonly reason: string | null
    } & OfTurn)
  | ({
      readonly type: 'lead'
      readonly protocol: string | null
      readonly members: readonly JoinedMember[]
      readonly skipAssignment: boolean
    } & OfTurn)
  | ({
      readonly type: 'sync'
      readonly protocol: string | null
      readonly assignments: readonly Assigned[]
    } & AsMember &
      OfTurn)
  /** To be ended with `heard` or `unheard`. */
  | ({ readonly type: 'heartbeat' } & AsMember)
  | { readonly type: 'inTouch'; readonly is: boolean }
  /** To be told. */
  | { readonly type: 'blocked'; readonly for: number }
  | {
      readonly type: 'retry'
      readonly what: string
      readonly attempt: number
      readonly delay: number
      readonly cause: KafkaError
    }
  /** Nothing that is under way counts any more. */
  | { readonly type: 'stop' }
  /** To be ended with `gone`. */
  | { readonly type: 'leave'; readonly memberId: string }
  /** The end, one way or the other. */
  | { readonly type: 'left' }
  | { readonly type: 'fail'; readonly error: KafkaError }
