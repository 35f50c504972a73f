import { Observable, type Subscriber } from 'rxjs'
import type { ConsumerBatch } from './consumer-batch.js'
import type { Deserializers } from './deserialize.js'
import { undeserialized } from './handler-error.js'
import type { Handout } from './handout.js'
import type { Held } from './held.js'
import { NextBatches } from './next-batches.js'
import type { Allowance, Reader, Served } from './reader.js'

/**
 * Emits what is ready as it was fetched: one partition's records, many at once. Left and resumed it goes on right behind.
 *
 * Errors with HandlerError where a deserializer fails, when the records before that one were emitted; who subscribes again
 * goes on behind it.
 */
export function batches(handout: Handout, deserializers: Deserializers): Observable<ConsumerBatch> {
  return new Observable(subscriber => {
    const next = new NextBatches(deserializers, held => handout.ready(held))
    subscriber.add(() => next.dropAll())
    subscriber.add(handout.read(new BatchesReader(subscriber, next)))
  })
}

class BatchesReader implements Reader {
  readonly kind = 'batches'
  readonly only = undefined
  readonly isFull = false
  readonly #subscriber: Subscriber<ConsumerBatch>
  readonly #next: NextBatches

  constructor(subscriber: Subscriber<ConsumerBatch>, next: NextBatches) {
    this.#subscriber = subscriber
    this.#next = next
  }

  serve(held: Held, allowance: Allowance): Served {
    const next = this.#next.take(held)
    if (typeof next === 'string') return next
    const { batch, failure } = next
    allowance.left -= batch.bytes
    if (failure === undefined) this.#subscriber.next(batch)
    else this.#subscriber.error(undeserialized(batch.first, failure.error))
    return 'more'
  }

  over(held: Held): void {
    this.#next.drop(held)
  }

  complete(): void {
    this.#subscriber.complete()
  }

  error(error: unknown): void {
    this.#subscriber.error(error)
  }
}
