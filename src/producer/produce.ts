import { Observable, type OperatorFunction, type Subscriber } from 'rxjs'
import { follow } from '../connection/follow.js'
import { messageOf } from '../connection/message-of.js'
import { BacklogError, type KafkaError } from '../errors.js'
import { checkRecord } from './check-record.js'
import { type BatchPlace, type Delivery, RecordDelivery, type Undelivered } from './delivery.js'
import { Entry, type Failure, type Sink, withdrawAll } from './entry.js'
import { Line } from './line.js'
import { produceError } from './produce-failed.js'
import type { ProducerRecord } from './producer-record.js'
import type { Sender } from './sender.js'

type MakeRecord<T> = (value: T, index: number) => ProducerRecord<unknown, unknown>

/** How errors and overflow are told. */
export interface ProduceSettings {
  readonly isEmitting: boolean
  readonly isDropping: boolean
}

/** The operator of {@link Producer.produce}. */
export function produce<T>(
  sender: Sender,
  toRecord: MakeRecord<T>,
  settings: ProduceSettings,
): OperatorFunction<T, Delivery<T> | Undelivered<T>> {
  return source =>
    new Observable(subscriber => {
      const stream = new ProducedStream(sender, subscriber, toRecord, settings)
      subscriber.add(() => withdrawAll(stream.open))
      follow(source, subscriber, {
        next: value => stream.take(value),
        error: error => stream.end({ error }),
        complete: () => stream.end('complete'),
      })
    })
}

/** The records of one stream: those under way are counted, and it ends when its source has and they have. */
export class ProducedStream<T> implements Sink {
  readonly #sender: Sender
  readonly #subscriber: Subscriber<Delivery<T> | Undelivered<T>>
  readonly #toRecord: MakeRecord<T>
  readonly #settings: ProduceSettings
  readonly open = new Line<Entry>()
  #taken = 0
  #end: End | undefined

  constructor(
    sender: Sender,
    subscriber: Subscriber<Delivery<T> | Undelivered<T>>,
    toRecord: MakeRecord<T>,
    settings: ProduceSettings,
  ) {
    this.#sender = sender
    this.#subscriber = subscriber
    this.#toRecord = toRecord
    this.#settings = settings
  }

  /** Sends the record of a value; `isPulled` as {@link Sender.accept} has it. */
  take(value: T, isPulled = false): void {
    let record: ProducerRecord<unknown, unknown>
    try {
      record = this.#toRecord(value, this.#taken++)
      checkRecord(record)
    } catch (error) {
      const cause = error as KafkaError
      this.failed(new Entry(NO_RECORD, value, this, undefined), {
        outcome: 'unsent',
        cause,
        reason: `toRecord failed: ${messageOf(error)}`,
      })
      return
    }
    // It is the user's, who may have left.
    if (this.#subscriber.closed) return
    const entry = new Entry(record, value, this, undefined)
    const refused = this.#sender.accept(entry, isPulled)
    if (refused === undefined) return
    if (this.#settings.isDropping && refused.cause instanceof BacklogError) this.#sender.drop(record.topic)
    else this.failed(entry, refused)
  }

  /** The source is over: what was taken is delivered first. */
  end(end: End): void {
    if (this.#subscriber.closed) return
    this.#end = end
    if (this.open.length > 0) this.#sender.flush()
    this.#endIfOver()
  }

  delivered(entry: Entry, place: BatchPlace): void {
    this.#subscriber.next(new RecordDelivery(entry.input as T, place, entry.index, entry.timestamp))
    this.#endIfOver()
  }

  failed(entry: Entry, failure: Failure): void {
    const error = produceError<T>(entry, failure)
    if (this.#settings.isEmitting) this.#subscriber.next({ input: entry.input as T, error })
    else this.#subscriber.error(error)
    this.#endIfOver()
  }

  #endIfOver(): void {
    if (this.#end === undefined || this.open.length > 0) return
    if (this.#end === 'complete') this.#subscriber.complete()
    else this.#subscriber.error(this.#end.error)
  }
}

/** How a source ends. */
type End = { readonly error: unknown } | 'complete'

/** Stands for one that `toRecord` did not make. */
const NO_RECORD: ProducerRecord<unknown, unknown> = { topic: '', value: null }
