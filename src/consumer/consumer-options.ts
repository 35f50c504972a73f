import type { Observable, ObservableInput } from 'rxjs'
import type { FieldContext } from '../cluster/field-context.js'
import type { TopicPartition } from '../cluster/topic.js'
import type { At, To } from './at.js'
import type { Consumer } from './consumer.js'

/** Forbids properties, so that a mixture of two forms of options does not compile. */
type Without<Names extends string> = { readonly [Name in Names]?: never }

type Membership =
  | 'protocol'
  | 'assignors'
  | 'sessionTimeout'
  | 'heartbeatInterval'
  | 'rebalanceTimeout'
  | 'instanceId'
  | 'onAssigned'
  | 'onRevoked'
  | 'onLost'

/**
 * Makes a key or a value of its bytes, now or later; called with null too: what it returns is the type of the field.
 *
 * @example
 * const value = (bytes: Buffer | null) => JSON.parse(String(bytes)) as { readonly id: string }
 */
export type Deserializer<T> = (bytes: Buffer | null, context: FieldContext) => T | PromiseLike<T> | Observable<T>

interface ReadOptions<K, V> {
  /** Where nothing is committed, and where an offset is out of range; default `'earliest'`: a new group misses nothing. */
  readonly offsetReset?: 'earliest' | 'latest' | 'error' | undefined
  /** Whether records of transactions are read before these are committed; default `'read_committed'`: they are not. */
  readonly isolation?: 'read_committed' | 'read_uncommitted' | undefined
  /** Where this consumer is: it reads from the closest replica (KIP-392). */
  readonly rack?: string | undefined
  /** A broker answers at once when it has so many bytes; default 1. */
  readonly minBytes?: number | undefined
  /** The longest that a broker waits for `minBytes`, in ms; default 500. */
  readonly maxWait?: number | undefined
  /** The most bytes of one answer, save for a record that is larger; default 8388608. */
  readonly maxBytes?: number | undefined
  /** The most bytes of one partition in an answer, save for a record that is larger; default 1048576. */
  readonly maxPartitionBytes?: number | undefined
  /**
   * The most bytes held ready and in work, over all partitions; of a partition at most its share. No more than an eighth is
   * fetched ahead. Default 16777216.
   */
  readonly prefetch?: number | undefined
  /** Default: the bytes, or null. */
  readonly key?: Deserializer<K> | undefined
  /** Default: the bytes, or null. */
  readonly value?: Deserializer<V> | undefined
}

/** When what is handled is committed, beside on revoke and at the end. */
export interface CommitPolicy {
  /** In ms, default 5000; `Infinity`: only by `commit()`, on revoke and at the end. */
  readonly interval?: number | undefined
  /** Also after so many records. */
  readonly records?: number | undefined
}

interface CommitOptions {
  /** False: the group's offsets are left alone, and nothing needs to be acknowledged. */
  readonly commit?: CommitPolicy | false | undefined
}

/** What is returned is awaited. It is given the consumer, since these options are written before there is one. */
export type OnRebalance<K, V> = (
  partitions: readonly TopicPartition[],
  consumer: Consumer<K, V>,
) => ObservableInput<unknown>

interface MemberOptions<K, V> extends ReadOptions<K, V>, CommitOptions, Without<'partitions' | 'at' | 'to'> {
  /** The group's name. */
  readonly group: string
  /** A name, names, or which of all topics: those made later too. */
  readonly topics: string | readonly string[] | RegExp
  /** Makes it a static member (KIP-345): it keeps its partitions while it restarts. */
  readonly instanceId?: string | undefined
  /** How long the group waits for a member that is to give something up, in ms; default 300000. */
  readonly rebalanceTimeout?: number | undefined
  /** Nothing is read of them before what it returns has ended: it may `seek`. */
  readonly onAssigned?: OnRebalance<K, V> | undefined
  /** Called when what was in work of them is done, or its time is over; they are given up when it has ended. */
  readonly onRevoked?: OnRebalance<K, V> | undefined
  /** Called when they are not ours any more, and may be read by others already. */
  readonly onLost?: OnRebalance<K, V> | undefined
}

/** A member of a group: partitions are assigned, offsets committed. */
export interface GroupOptions<K = Buffer | null, V = Buffer | null> extends MemberOptions<K, V> {
  /** Default `'classic'`, which every broker speaks. */
  readonly protocol?: 'classic' | undefined
  /** Those that this member can work with, the preferred first; default `['cooperative-sticky']`. */
  readonly assignors?: readonly ('cooperative-sticky' | 'range' | 'roundrobin')[] | undefined
  /** After so long without a heartbeat the group goes on without this member, in ms; default 45000. */
  readonly sessionTimeout?: number | undefined
  /** In ms, default 3000. */
  readonly heartbeatInterval?: number | undefined
}

/** The same in the new protocol (KIP-848, brokers from 4.0): assignor and heartbeats are the broker's affair. */
export interface NextGroupOptions<K = Buffer | null, V = Buffer | null>
  extends MemberOptions<K, V>,
    Without<'assignors' | 'sessionTimeout' | 'heartbeatInterval'> {
  readonly protocol: 'consumer'
}

/** All partitions of topics, without a group. */
export interface TopicsOptions<K = Buffer | null, V = Buffer | null>
  extends ReadOptions<K, V>,
    Without<'group' | 'partitions' | 'commit' | Membership> {
  /** A name, names, or which of all topics: those made later too. */
  readonly topics: string | readonly string[] | RegExp
  /** Default: as `offsetReset`. */
  readonly at?: At | undefined
  /** Where it ends; without it, never. */
  readonly to?: To | undefined
}

/** These partitions. */
export interface PartitionsOptions<K = Buffer | null, V = Buffer | null>
  extends ReadOptions<K, V>,
    Without<'topics' | 'at' | 'group' | 'commit' | Membership> {
  /** Each with where it starts; default: as `offsetReset`. */
  readonly partitions: readonly (TopicPartition & { readonly at?: At | undefined })[]
  /** Where it ends; without it, never. */
  readonly to?: To | undefined
}

/** These partitions, with the offsets of a group. */
export interface GroupPartitionsOptions<K = Buffer | null, V = Buffer | null>
  extends ReadOptions<K, V>,
    CommitOptions,
    Without<'topics' | 'at' | Membership> {
  /** Whose offsets they are; nobody else may be a member of it. */
  readonly group: string
  /** Each with where it starts; default `'committed'`. */
  readonly partitions: readonly (TopicPartition & { readonly at?: At | 'committed' | undefined })[]
  /** Where it ends; without it, never. */
  readonly to?: To | undefined
}

/** Options of {@link Kafka.consumer}. */
export type ConsumerOptions<K = Buffer | null, V = Buffer | null> =
  | PartitionsOptions<K, V>
  | GroupPartitionsOptions<K, V>
  | TopicsOptions<K, V>
  | NextGroupOptions<K, V>
  | GroupOptions<K, V>
