import { from, type Observable, type ObservableInput } from 'rxjs'
import { checkFunction, checkTimeout } from '../connection/check-arguments.js'
import { checkOptions, describe, type OptionNames } from '../errors/check-options.js'
import { ArgumentError } from '../errors.js'
import type { ConsumerBatch } from './consumer-batch.js'
import type { ConsumerRecord } from './consumer-record.js'

interface HandlingOptions {
  /** Handlers at once, over all partitions: a positive integer, or Infinity; default 1. */
  readonly concurrency?: number | undefined
  /** How long a handler may take, and `onError` after it, in ms; default 300000, `Infinity` for no limit. */
  readonly handlerTimeout?: number | undefined
  /**
   * As `takeUntil` takes it: when it emits, nothing more is handed out, the handlers that run end, and it completes; when it
   * errors, so does this. Default: never.
   */
  readonly until?: ObservableInput<unknown> | undefined
}

/** Options of {@link Consumer.consume}. */
export interface ConsumeOptions extends HandlingOptions {
  /**
   * Behind what the next handler waits; they start in the order of their partition in any case. Default `'partition'`: the
   * one before in its partition. `'key'`: the one before in its partition with its key; a record without a key waits for
   * none. `'none'`: for none.
   */
  readonly order?: 'partition' | 'key' | 'none' | undefined
  /**
   * Decides what becomes of a record whose handler or deserializer failed: completing means handled, an error ends it all.
   * The record has its bytes as they came: `key` and `value` may be what failed. Default: the first failure ends it all.
   */
  readonly onError?: ((error: unknown, record: ConsumerRecord) => ObservableInput<unknown>) | undefined
}

/** Options of {@link Consumer.consumeBatches}. */
export interface ConsumeBatchesOptions extends HandlingOptions {
  /**
   * Decides what becomes of a batch whose handler failed, or of the one record, as a batch, whose deserializer did:
   * completing means handled, an error ends it all. Its records have their bytes as they came. Default: the first failure
   * ends it all.
   */
  readonly onError?: ((error: unknown, batch: ConsumerBatch) => ObservableInput<unknown>) | undefined
}

/** How handlers are run, checked and with the defaults. */
export interface HandlingConfig<Item> {
  readonly concurrency: number
  readonly handlerTimeout: number
  readonly until: Observable<unknown> | undefined
  readonly order: 'partition' | 'key' | 'none'
  readonly onError: ((error: unknown, item: Item) => ObservableInput<unknown>) | undefined
}

/** Of all options of consume. */
export const consumeOptionNames: OptionNames<ConsumeOptions> = {
  concurrency: true,
  handlerTimeout: true,
  until: true,
  order: true,
  onError: true,
}

/** Of all options of consumeBatches. */
export const consumeBatchesOptionNames: OptionNames<ConsumeBatchesOptions> = {
  concurrency: true,
  handlerTimeout: true,
  until: true,
  onError: true,
}

/** Checks and completes the options. Throws ArgumentError. */
export function consumeConfig(options: ConsumeOptions): HandlingConfig<ConsumerRecord> {
  checkOptions(options, consumeOptionNames, 'consume()')
  const { order = 'partition' } = options
  if (order !== 'partition' && order !== 'key' && order !== 'none') {
    throw new ArgumentError(`order must be 'partition', 'key' or 'none'; got ${describe(order)}`)
  }
  return { ...handlingConfig(options), order, onError: options.onError }
}

/** Checks and completes the options. Throws ArgumentError. */
export function consumeBatchesConfig(options: ConsumeBatchesOptions): HandlingConfig<ConsumerBatch> {
  checkOptions(options, consumeBatchesOptionNames, 'consumeBatches()')
  return { ...handlingConfig(options), order: 'partition', onError: options.onError }
}

function handlingConfig({
  concurrency = 1,
  handlerTimeout = 300_000,
  until,
  onError,
}: HandlingOptions & { readonly onError?: unknown }) {
  if (concurrency !== Number.POSITIVE_INFINITY && !(Number.isInteger(concurrency) && concurrency > 0)) {
    throw new ArgumentError(`concurrency must be a positive integer or Infinity; got ${describe(concurrency)}`)
  }
  checkTimeout(handlerTimeout, 'handlerTimeout')
  if (onError !== undefined) checkFunction('onError', onError)
  return { concurrency, handlerTimeout, until: until === undefined ? undefined : untilOf(until) }
}

function untilOf(until: ObservableInput<unknown>): Observable<unknown> {
  try {
    return from(until)
  } catch (cause) {
    const message = `until must be an Observable, a Promise or an iterable; got ${describe(until)}`
    throw new ArgumentError(message, { cause })
  }
}
