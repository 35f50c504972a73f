import { Observable, type OperatorFunction } from 'rxjs'
import { type Cold, cold } from '../cluster/cold.js'
import { checkFunction } from '../connection/check-arguments.js'
import { checkOptions, describe } from '../errors/check-options.js'
import { ArgumentError } from '../errors.js'
import { checkRecord } from './check-record.js'
import type { Delivery, Undelivered } from './delivery.js'
import { produce } from './produce.js'
import { produceFrom } from './produce-from.js'
import type { Data, ProducerRecord } from './producer-record.js'
import { sendList } from './send-list.js'
import { sendOne } from './send-one.js'
import type { Sender } from './sender.js'

/** The first {@link ProduceError} ends it all. */
export interface FailOptions {
  /** Default `'fail'`. */
  readonly onError?: 'fail' | undefined
}

/** An error is a value: `{ input, error }`. */
export interface EmitOptions {
  readonly onError: 'emit'
}

/** What {@link Producer.produce} does with more than there is room for. */
export interface OverflowOptions {
  /** When `bufferMemory` is full: an error, or the newest is dropped and told; default `'error'`. */
  readonly overflow?: 'error' | 'drop' | undefined
}

/** Makes the record of a value. */
export type ToRecord<T, K, V> = (value: T, index: number) => ProducerRecord<K, V>

/**
 * Writes records to Kafka, in batches; made by {@link Kafka.producer}.
 *
 * Holds no connection: what it needs is opened with the first record and closed some time after the last.
 */
export class Producer<K = Data, V = Data> {
  readonly #sender: Sender

  /** @internal */
  constructor(sender: Sender) {
    this.#sender = sender
  }

  /**
   * Sends a record, or a list of them, once for each subscription; emits when it is acknowledged (a list: when all are,
   * in their order) and completes. Unsubscribed before a connection has it, it is withdrawn without a trace.
   *
   * ```text
   * send(a)         ---(A|)       acknowledged after 3 ms
   * send([a, b])    -----(L|)     the list when both are
   * ```
   *
   * @throws {ArgumentError} at the call, for what is no record
   * Errors with {@link ProduceError}, whose `outcome` says whether the record may be in the log; of a list with
   * `onError: 'emit'` that is a value instead.
   *
   * @example
   * producer.send({ topic: 'orders', key: 'a', value: 'paid' }).subscribe(({ partition, offset }) => console.log(partition, offset))
   */
  send<R extends ProducerRecord<K, V>>(
    records: readonly R[],
    options: EmitOptions,
  ): Cold<readonly (Delivery<R> | Undelivered<R>)[]>
  send<R extends ProducerRecord<K, V>>(records: readonly R[], options?: FailOptions): Cold<readonly Delivery<R>[]>
  send(record: ProducerRecord<K, V>): Cold<Delivery<ProducerRecord<K, V>>>
  send(
    records: ProducerRecord<K, V> | readonly ProducerRecord<K, V>[],
    options: EmitOptions | FailOptions = {},
  ): Cold<unknown> {
    if (!Array.isArray(records)) {
      checkRecord(records as ProducerRecord<K, V>)
      return sendOne(this.#sender, records as ProducerRecord<unknown, unknown>)
    }
    for (const record of records) checkRecord(record)
    return sendList(this.#sender, records as readonly ProducerRecord<unknown, unknown>[], isEmitting(options, 'send()'))
  }

  /**
   * Sends a record for each value, and emits a {@link Delivery} as each is acknowledged: within a partition in order.
   *
   * Completes when the source has and all is delivered; what was taken is delivered first when the source errors.
   * Unsubscribed, what no connection has yet is withdrawn, the rest is resolved in the background.
   *
   * ```text
   * source      --a--b--c|
   * produce()   -----A--(BC|)     A, B, C: acknowledged
   * ```
   *
   * @param toRecord  the record of a value
   * @throws {ArgumentError} when an option cannot be right
   * Errors with the first {@link ProduceError}; with `onError: 'emit'` each is a value `{ input, error }`.
   *
   * @example
   * orders$.pipe(producer.produce(order => ({ topic: 'orders', key: order.id, value: JSON.stringify(order) }))).subscribe()
   */
  produce<T>(
    toRecord: ToRecord<T, K, V>,
    options: OverflowOptions & EmitOptions,
  ): OperatorFunction<T, Delivery<T> | Undelivered<T>>
  produce<T>(toRecord: ToRecord<T, K, V>, options?: OverflowOptions & FailOptions): OperatorFunction<T, Delivery<T>>
  produce<T>(
    toRecord: ToRecord<T, K, V>,
    options: OverflowOptions & (EmitOptions | FailOptions) = {},
  ): OperatorFunction<T, Delivery<T> & Undelivered<T>> {
    checkFunction('toRecord', toRecord)
    checkOptions(options as OverflowOptions & FailOptions, { onError: true, overflow: true }, 'produce()')
    const { overflow = 'error', ...rest } = options
    if (overflow !== 'error' && overflow !== 'drop') {
      throw new ArgumentError(`overflow must be 'error' or 'drop'; got ${describe(overflow)}`)
    }
    return produce(this.#sender, toRecord as ToRecord<T, unknown, unknown>, {
      isEmitting: isEmitting(rest, 'produce()'),
      isDropping: overflow === 'drop',
    }) as OperatorFunction<T, never>
  }

  /**
   * Sends a record for each item of an iterable, sync or async, pulling no faster than Kafka takes them; emits and ends
   * as {@link Producer.produce}. Unsubscribed, it ends the iterator too.
   *
   * @example
   * producer.produceFrom(lines, line => ({ topic: 'people', value: line })).subscribe()
   */
  produceFrom<T>(
    source: Iterable<T> | AsyncIterable<T>,
    toRecord: ToRecord<T, K, V>,
    options: EmitOptions,
  ): Cold<Delivery<T> | Undelivered<T>>
  produceFrom<T>(
    source: Iterable<T> | AsyncIterable<T>,
    toRecord: ToRecord<T, K, V>,
    options?: FailOptions,
  ): Cold<Delivery<T>>
  produceFrom<T>(
    source: Iterable<T> | AsyncIterable<T>,
    toRecord: ToRecord<T, K, V>,
    options: EmitOptions | FailOptions = {},
  ): Cold<Delivery<T> & Undelivered<T>> {
    checkFunction('toRecord', toRecord)
    const make = toRecord as ToRecord<T, unknown, unknown>
    return cold(produceFrom(this.#sender, source, make, isEmitting(options, 'produceFrom()'))) as Cold<never>
  }

  /**
   * Sends what lingers; emits once, when all that was sent before has been resolved, and completes. Never errors: what
   * failed is told to whoever sent it.
   *
   * @example
   * await firstValueFrom(producer.flush())
   */
  flush(): Cold<void> {
    return cold(new Observable(subscriber => this.#sender.flush().subscribe(subscriber)))
  }
}

function isEmitting(options: EmitOptions | FailOptions, at: string): boolean {
  checkOptions(options as FailOptions, { onError: true }, at)
  const { onError = 'fail' } = options
  if (onError === 'fail' || onError === 'emit') return onError === 'emit'
  throw new ArgumentError(`onError must be 'fail' or 'emit'; got ${describe(onError)}`)
}
