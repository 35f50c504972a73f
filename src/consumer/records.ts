import { Observable, type Subscriber } from 'rxjs'
import { Ahead } from './ahead.js'
import type { ConsumerRecord } from './consumer-record.js'
import { type Deserializers, deserialize } from './deserialize.js'
import { undeserialized } from './handler-error.js'
import type { Handout } from './handout.js'
import type { Held } from './held.js'
import { type Allowance, RECORD_OVERHEAD, type Reader, type Served } from './reader.js'

/**
 * Emits what is ready, record by record; of one partition, or of all. Left and resumed it goes on right behind the last
 * record emitted.
 *
 * Errors with HandlerError where a deserializer fails; who subscribes again goes on behind that record.
 */
export function records(handout: Handout, deserializers: Deserializers, only?: Held): Observable<ConsumerRecord> {
  return new Observable(subscriber => readRecords(subscriber, handout, deserializers, only))
}

/** The same for a subscriber at hand. */
export function readRecords(
  subscriber: Subscriber<ConsumerRecord>,
  handout: Handout,
  deserializers: Deserializers,
  only?: Held,
): void {
  const isPlain = deserializers.key === undefined && deserializers.value === undefined
  const ahead = isPlain
    ? undefined
    : new Ahead(
        record => deserialize(record, deserializers),
        held => handout.ready(held),
      )
  if (ahead !== undefined) subscriber.add(() => ahead.dropAll())
  subscriber.add(handout.read(new RecordsReader(subscriber, only, ahead)))
}

class RecordsReader implements Reader {
  readonly kind: 'records' | 'partition'
  readonly only: Held | undefined
  readonly isFull = false
  readonly #subscriber: Subscriber<ConsumerRecord>
  readonly #ahead: Ahead | undefined

  constructor(subscriber: Subscriber<ConsumerRecord>, only: Held | undefined, ahead: Ahead | undefined) {
    this.#subscriber = subscriber
    this.only = only
    this.kind = only === undefined ? 'records' : 'partition'
    this.#ahead = ahead
  }

  /** Millions of records a second go through here. */
  serve(held: Held, allowance: Allowance): Served {
    if (this.#ahead !== undefined) return this.#serveMade(held, allowance, this.#ahead)
    const { tenure } = held
    const { current } = tenure
    const subscriber = this.#subscriber
    while (!subscriber.closed) {
      const record = tenure.take()
      if (record === undefined) return 'dry'
      allowance.left -= record.size + RECORD_OVERHEAD
      subscriber.next(record)
      if (tenure.current !== current || allowance.left <= 0) return 'more'
    }
    return 'more'
  }

  halted(held: Held): void {
    if (held === this.only) this.complete()
  }

  cut(held: Held): void {
    if (held === this.only) this.complete()
  }

  over(held: Held): void {
    this.#ahead?.drop(held)
  }

  complete(): void {
    this.#subscriber.complete()
  }

  error(error: unknown): void {
    this.#subscriber.error(error)
  }

  #serveMade(held: Held, allowance: Allowance, ahead: Ahead): Served {
    const { tenure } = held
    const { current } = tenure
    const subscriber = this.#subscriber
    while (!subscriber.closed) {
      const record = tenure.peek()
      if (record === undefined) return 'dry'
      const outlook = ahead.see(held, record)
      if (outlook === 'making') return 'busy'
      // The deserializer is the user's, who may have left, or closed the partition.
      if (subscriber.closed || tenure.peek() !== record) continue
      tenure.take()
      allowance.left -= record.size + RECORD_OVERHEAD
      if (outlook === 'made') subscriber.next(record)
      else subscriber.error(undeserialized(record, outlook.error))
      if (tenure.current !== current || allowance.left <= 0) return 'more'
    }
    return 'more'
  }
}
