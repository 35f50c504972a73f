import { Observable, type ObservableInput, type ObservedValueOf, type Subscriber, take } from 'rxjs'
import { checkFunction } from '../connection/check-arguments.js'
import { Ahead } from './ahead.js'
import { type ConsumeOptions, consumeConfig } from './consume-options.js'
import type { ConsumerRecord } from './consumer-record.js'
import type { Consuming } from './consuming.js'
import { deserialize } from './deserialize.js'
import type { Handler } from './handler.js'
import { Handlers, type Kind } from './handlers.js'
import type { Held } from './held.js'
import { type Allowance, RECORD_OVERHEAD, type Reader, type Served } from './reader.js'

/**
 * Runs a handler for each record, at most `concurrency` at once, and emits what they emit. A record is acknowledged when
 * its handler completes.
 *
 * ```text
 * ready               1--2--3---------
 * handler             ---A|              of each
 * consume({}, …)      ---A---A---A----   the next waits for the one before
 * ```
 *
 * Unsubscribed, it unsubscribes the handlers; what they had is handed out again.
 *
 * @throws {ArgumentError} when an option is not one
 * Errors with HandlerError and HandlerTimeoutError when a handler or a deserializer fails and `onError` does not help it;
 * with ArgumentError when a handler returns what is no Observable, Promise or iterable, or a Promise of an Observable.
 */
export function consume<K, V, O extends ObservableInput<unknown>>(
  consuming: Consuming,
  options: ConsumeOptions,
  handler: Handler<ConsumerRecord<K, V>, O>,
): Observable<ObservedValueOf<O>> {
  const config = consumeConfig(options)
  checkFunction('handler', handler)
  const kind: Kind<ConsumerRecord> = {
    handler: handler as unknown as Kind<ConsumerRecord>['handler'],
    recordOf: record => record,
    raw: record => record.raw(),
    acknowledge: ({ origin, index, offsetDelta }) => {
      origin.acknowledge(index, offsetDelta)
      return 1
    },
  }
  return new Observable<unknown>(subscriber => {
    const handlers = new Handlers(consuming, config, kind, subscriber)
    runHandlers(consuming, handlers, config.until, new ConsumeReader(consuming, handlers), subscriber)
  }) as Observable<ObservedValueOf<O>>
}

/** What consume and consumeBatches are beside their reader. */
export function runHandlers<Item>(
  { handout }: Consuming,
  handlers: Handlers<Item>,
  until: Observable<unknown> | undefined,
  reader: Reader & { leave(): void },
  subscriber: Subscriber<unknown>,
): void {
  subscriber.add(() => handlers.stop())
  subscriber.add(
    until?.pipe(take(1)).subscribe({
      next: () => handlers.drain(),
      error: error => handlers.end(error),
    }),
  )
  if (subscriber.closed) return
  subscriber.add(() => reader.leave())
  subscriber.add(handout.read(reader))
}

class ConsumeReader implements Reader {
  readonly kind = 'records'
  readonly only = undefined
  readonly #handlers: Handlers<ConsumerRecord>
  readonly #ahead: Ahead | undefined

  constructor({ deserializers, handout }: Consuming, handlers: Handlers<ConsumerRecord>) {
    this.#handlers = handlers
    if (deserializers.key === undefined && deserializers.value === undefined) return
    this.#ahead = new Ahead(
      record => deserialize(record, deserializers),
      held => handout.ready(held),
    )
  }

  get isFull(): boolean {
    return this.#handlers.isFull
  }

  serve(held: Held, allowance: Allowance): Served {
    const handlers = this.#handlers
    const { order } = handlers
    const { tenure } = held
    const { current } = tenure
    const isPlain = this.#ahead === undefined && !order.looksAtKeys
    while (!handlers.isFull) {
      if (order.isBusy(held)) return 'busy'
      const record = isPlain ? tenure.take() : tenure.peek()
      if (record === undefined) return 'dry'
      if (!isPlain) {
        if (order.looksAtKeys && order.hasKeyOf(held, record)) return 'busy'
        const outlook = this.#ahead?.see(held, record) ?? 'made'
        if (outlook === 'making') return 'busy'
        // The deserializer is the user's, who may have left, or closed the partition.
        if (handlers.isFull || tenure.peek() !== record) continue
        tenure.take()
        if (outlook === 'made') handlers.start(record, held)
        else handlers.startFailed(record, held, outlook.error)
      } else handlers.start(record, held)
      allowance.left -= record.size + RECORD_OVERHEAD
      if (tenure.current !== current || allowance.left <= 0) return 'more'
    }
    return 'more'
  }

  cut(held: Held): void {
    this.#handlers.cut(held)
  }

  over(held: Held): void {
    this.#ahead?.drop(held)
  }

  leave(): void {
    this.#ahead?.dropAll()
  }

  complete(): void {
    this.#handlers.drain()
  }

  error(error: unknown): void {
    this.#handlers.end(error)
  }
}
