import { Observable, type ObservableInput, type ObservedValueOf } from 'rxjs'
import { checkFunction } from '../connection/check-arguments.js'
import { runHandlers } from './consume.js'
import { type ConsumeBatchesOptions, consumeBatchesConfig } from './consume-options.js'
import type { ConsumerBatch } from './consumer-batch.js'
import type { Consuming } from './consuming.js'
import type { Handler } from './handler.js'
import { Handlers, type Kind } from './handlers.js'
import type { Held } from './held.js'
import { NextBatches } from './next-batches.js'
import type { Allowance, Reader, Served } from './reader.js'

/**
 * Runs a handler for each batch, at most `concurrency` at once and one at a time of each partition, and emits what they
 * emit. A batch is acknowledged when its handler completes.
 *
 * As {@link consume} otherwise. Where a deserializer fails, the records before are a batch, and that record is one by
 * itself, which goes to `onError`.
 */
export function consumeBatches<K, V, O extends ObservableInput<unknown>>(
  consuming: Consuming,
  options: ConsumeBatchesOptions,
  handler: Handler<ConsumerBatch<K, V>, O>,
): Observable<ObservedValueOf<O>> {
  const config = consumeBatchesConfig(options)
  checkFunction('handler', handler)
  const kind: Kind<ConsumerBatch> = {
    handler: handler as unknown as Kind<ConsumerBatch>['handler'],
    recordOf: batch => batch.first,
    raw: batch => batch.raw(),
    acknowledge: batch => {
      batch.acknowledge()
      return batch.count
    },
  }
  return new Observable<unknown>(subscriber => {
    const handlers = new Handlers(consuming, config, kind, subscriber)
    runHandlers(consuming, handlers, config.until, new ConsumeBatchesReader(consuming, handlers), subscriber)
  }) as Observable<ObservedValueOf<O>>
}

class ConsumeBatchesReader implements Reader {
  readonly kind = 'batches'
  readonly only = undefined
  readonly #handlers: Handlers<ConsumerBatch>
  readonly #next: NextBatches

  constructor({ deserializers, handout }: Consuming, handlers: Handlers<ConsumerBatch>) {
    this.#handlers = handlers
    this.#next = new NextBatches(deserializers, held => handout.ready(held))
  }

  get isFull(): boolean {
    return this.#handlers.isFull
  }

  serve(held: Held, allowance: Allowance): Served {
    if (this.#handlers.order.isBusy(held)) return 'busy'
    const next = this.#next.take(held)
    if (typeof next === 'string') return next
    const { batch, failure } = next
    allowance.left -= batch.bytes
    if (failure === undefined) this.#handlers.start(batch, held)
    else this.#handlers.startFailed(batch, held, failure.error)
    return 'more'
  }

  cut(held: Held): void {
    this.#handlers.cut(held)
  }

  over(held: Held): void {
    this.#next.drop(held)
  }

  leave(): void {
    this.#next.dropAll()
  }

  complete(): void {
    this.#handlers.drain()
  }

  error(error: unknown): void {
    this.#handlers.end(error)
  }
}
