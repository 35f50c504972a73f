import { Observable, type ObservableInput, type ObservedValueOf } from 'rxjs'
import { type Cold, cold } from '../cluster/cold.js'
import type { OffsetToCommit } from '../cluster/kafka-event.js'
import type { TopicPartition } from '../cluster/topic.js'
import { describe } from '../errors/check-options.js'
import { ArgumentError } from '../errors.js'
import { type At, checkAt } from './at.js'
import { batches } from './batches.js'
import { consume } from './consume.js'
import { consumeBatches } from './consume-batches.js'
import type { ConsumeBatchesOptions, ConsumeOptions } from './consume-options.js'
import { ConsumerBatch } from './consumer-batch.js'
import type { ConsumerPartition } from './consumer-partition.js'
import { ConsumerRecord } from './consumer-record.js'
import type { Consuming } from './consuming.js'
import type { Handler } from './handler.js'
import { partitions } from './partitions.js'
import { records } from './records.js'

type OneOrMore<T> = T | readonly T[]
type AnyRecord = ConsumerRecord<unknown, unknown>
type Acknowledgeable = Iterable<AnyRecord> | AnyRecord

/** How far one partition is read. */
export interface ConsumerPosition extends TopicPartition {
  /** The next to be handed out. */
  readonly position: bigint
  /** Null where nothing is, or there is no group. */
  readonly committed: bigint | null
  /** Of the last answer: the offset behind the last record that may be read; null before the first. */
  readonly endOffset: bigint | null
  /** `endOffset` less what is handled (less `position` where nothing is acknowledged); null before the first answer. */
  readonly lag: bigint | null
  readonly paused: boolean
}

/**
 * What a {@link Consumer} is the face of.
 *
 * @internal
 */
export interface ConsumerControls extends Consuming {
  readonly assignment: Observable<readonly TopicPartition[]>
  readonly positions: readonly ConsumerPosition[]
  seek(at: At | 'committed', partitions?: readonly TopicPartition[]): void
  pause(paused: boolean, partitions?: readonly TopicPartition[]): void
  commit(offsets?: readonly OffsetToCommit[]): Observable<void>
}

/**
 * Reads records: an Observable of them, in the order of each partition. Made by {@link Kafka.consumer}, which it lives as
 * long as.
 *
 * As a group's member it reads on until `prefetch` is _in work_: handed out, and not yet acknowledged; then it waits for
 * {@link Consumer.acknowledge}. So no operator between can be flooded. Without a group, or with `commit: false`, nothing is
 * in work, and nothing but subscription bounds it.
 *
 * Left and subscribed again, it goes on right behind the last record that was emitted. Its records, {@link Consumer.batches}
 * and {@link Consumer.partitions} share one turn: whoever came first reads, the others wait.
 *
 * @example
 * kafka.consumer({ group: 'warehouse', topics: 'orders' }, orders =>
 *   orders.pipe(
 *     bufferCount(100),
 *     concatMap(async rows => (await insert(rows), rows)),
 *     tap(rows => orders.acknowledge(rows)),
 *   ),
 * ).subscribe()
 */
export class Consumer<K = Buffer | null, V = Buffer | null> extends Observable<ConsumerRecord<K, V>> {
  /**
   * One partition's records as they were fetched: the fastest form.
   *
   * @example
   * orders.batches.subscribe(batch => console.log(batch.topic, batch.partition, batch.count))
   */
  readonly batches: Observable<ConsumerBatch<K, V>>
  /**
   * One for each partition held, now and later; each completes when it is revoked.
   *
   * @example
   * orders.partitions.pipe(mergeMap(partition => partition.pipe(scan(count => count + 1, 0)))).subscribe()
   */
  readonly partitions: Observable<ConsumerPartition<K, V>>
  /** What is held: the present assignment first, then each that follows. */
  readonly assignment: Observable<readonly TopicPartition[]>
  readonly #controls: ConsumerControls

  /** @internal */
  constructor(controls: ConsumerControls) {
    const { handout, deserializers } = controls
    const source = records(handout, deserializers) as unknown as Observable<ConsumerRecord<K, V>>
    super(subscriber => source.subscribe(subscriber))
    this.#controls = controls
    this.batches = batches(handout, deserializers) as unknown as Observable<ConsumerBatch<K, V>>
    this.partitions = partitions(handout, deserializers) as unknown as Observable<ConsumerPartition<K, V>>
    this.assignment = controls.assignment
  }

  /** How far each partition is read, as it is now. */
  get positions(): readonly ConsumerPosition[] {
    return this.#controls.positions
  }

  /**
   * Handled: they are no longer in work, and are committed by and by. At once; twice is once; bound, so it can be handed on.
   * Of a partition that was given up, or sought meanwhile, nothing happens.
   *
   * Never in `finalize`, which also runs when a handler was cut off: what it did not finish would count as handled.
   *
   * @param handled  a record, records, or a batch
   * @throws {ArgumentError} for what are no records of a consumer
   *
   * @example
   * orders.pipe(concatMap(async order => (await bill(order.value), order))).subscribe(orders.acknowledge)
   */
  readonly acknowledge = (handled: Acknowledgeable): void => {
    this.#controls.acknowledged(acknowledge(handled))
  }

  /**
   * The next read starts there, at once: what was fetched, and what is in work, counts no more.
   *
   * @param partitions  default: all that are held
   * @throws {ArgumentError} for a partition that is not held, or what is no place in a log
   *
   * @example
   * orders.seek({ timestamp: Date.now() - 3_600_000 })
   */
  seek(at: At | 'committed', partitions?: OneOrMore<TopicPartition>): void {
    checkAt('at', at, ['earliest', 'latest', 'committed'])
    this.#controls.seek(at, listOf(partitions))
  }

  /**
   * Nothing more is handed out, at once; what was fetched is kept. It stays so when a partition goes and comes again.
   *
   * @param partitions  default: all, those that are assigned later too
   *
   * @example
   * isDatabaseDown$.subscribe(isDown => (isDown ? orders.pause() : orders.resume()))
   */
  pause(partitions?: OneOrMore<TopicPartition>): void {
    this.#controls.pause(true, listOf(partitions))
  }

  /**
   * It goes on where it was paused.
   *
   * @param partitions  default: all
   *
   * @example
   * orders.resume({ topic: 'orders', partition: 0 })
   */
  resume(partitions?: OneOrMore<TopicPartition>): void {
    this.#controls.pause(false, listOf(partitions))
  }

  /**
   * Commits what is acknowledged, now; or these offsets, which acknowledges what is below them. Emits once when the group
   * has taken them, and completes.
   *
   * Errors with {@link BrokerError} where they are refused for good, and with {@link ArgumentError} for a partition that is not
   * held, or where there is nothing to commit to.
   *
   * @example
   * orders.commit({ topic: 'orders', partition: 0, offset: 42n }).subscribe()
   */
  commit(offsets?: OneOrMore<OffsetToCommit>): Cold<void> {
    const list = listOf(offsets)
    for (const one of list ?? []) {
      if (typeof one.offset === 'bigint' && one.offset >= 0n) continue
      throw new ArgumentError(`commit() takes { topic, partition, offset: 5n }; got ${describe(one.offset)} for offset`)
    }
    return cold(this.#controls.commit(list))
  }

  /**
   * Handles each record; see {@link Kafka.consume}, which is this with a consumer of its own.
   *
   * @example
   * kafka.consumer({ group: 'billing', topics: 'orders' }, orders =>
   *   merge(
   *     orders.consume({ concurrency: 20, order: 'key' }, ({ value }) => bill(value)),
   *     orders.assignment.pipe(tap(partitions => console.log(partitions)), ignoreElements()),
   *   ),
   * ).subscribe()
   */
  consume<O extends ObservableInput<unknown>>(
    options: ConsumeOptions,
    handler: Handler<ConsumerRecord<K, V>, O>,
  ): Cold<ObservedValueOf<O>> {
    return cold(consume(this.#controls, options, handler))
  }

  /**
   * Handles batch by batch; see {@link Kafka.consumeBatches}.
   *
   * @example
   * orders.consumeBatches({ concurrency: 3 }, batch => insert(Array.from(batch, ({ value }) => value))).subscribe()
   */
  consumeBatches<O extends ObservableInput<unknown>>(
    options: ConsumeBatchesOptions,
    handler: Handler<ConsumerBatch<K, V>, O>,
  ): Cold<ObservedValueOf<O>> {
    return cold(consumeBatches(this.#controls, options, handler))
  }
}

/** How many of them were handled just now. */
function acknowledge(handled: Acknowledgeable): number {
  if (handled instanceof ConsumerRecord) {
    handled.origin.acknowledge(handled.index, handled.offsetDelta)
    return 1
  }
  if (handled instanceof ConsumerBatch) {
    handled.acknowledge()
    return handled.count
  }
  if (typeof handled !== 'object' || handled === null || !(Symbol.iterator in handled)) {
    throw new ArgumentError(`acknowledge() takes records of a consumer, or a batch; got ${describe(handled)}`)
  }
  let count = 0
  for (const record of handled) {
    if (!(record instanceof ConsumerRecord)) {
      throw new ArgumentError(
        `acknowledge() takes records of a consumer, or a batch; got ${describe(record)} among them`,
      )
    }
    record.origin.acknowledge(record.index, record.offsetDelta)
    count++
  }
  return count
}

function listOf<T>(one: OneOrMore<T> | undefined): readonly T[] | undefined {
  if (one === undefined) return undefined
  return Array.isArray(one) ? (one as readonly T[]) : [one as T]
}
