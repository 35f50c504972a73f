import type { Subscriber } from 'rxjs'
import { Cold } from '../cluster/cold.js'
import { type BatchPlace, type Delivery, RecordDelivery, type Undelivered } from './delivery.js'
import { Entry, type Failure, type Sink, withdrawAll } from './entry.js'
import { Line } from './line.js'
import { produceError } from './produce-failed.js'
import type { ProducerRecord } from './producer-record.js'
import type { Sender } from './sender.js'

type Sent = ProducerRecord<unknown, unknown>
type Result = Delivery<Sent> | Undelivered<Sent>

/** Sends a list for each subscription; emits it, in its order, when all of it is resolved. */
export function sendList(sender: Sender, records: readonly Sent[], isEmitting: boolean): Cold<readonly Result[]> {
  return new Cold(subscriber => {
    const list = new SentList(subscriber, records.length, isEmitting)
    if (records.length === 0) return sender.later(() => list.end())
    subscriber.add(() => withdrawAll(list.open))
    const refused: (() => void)[] = []
    for (const [place, record] of records.entries()) {
      const entry = new Entry(record, record, list, place)
      const failure = sender.accept(entry)
      if (failure === undefined) continue
      refused.push(() => list.failed(entry, failure))
      // The list is lost with its first failure: the rest of it is not even tried.
      if (isEmitting) continue
      withdrawAll(list.open)
      break
    }
    if (refused.length === 0) return undefined
    return sender.later(() => {
      for (const tell of refused) tell()
    })
  })
}

class SentList implements Sink {
  readonly #subscriber: Subscriber<readonly Result[]>
  readonly #results: Result[]
  readonly #isEmitting: boolean
  readonly open = new Line<Entry>()
  #unresolved: number

  constructor(subscriber: Subscriber<readonly Result[]>, length: number, isEmitting: boolean) {
    this.#subscriber = subscriber
    this.#results = new Array(length)
    this.#isEmitting = isEmitting
    this.#unresolved = length
  }

  delivered(entry: Entry, place: BatchPlace): void {
    this.#resolve(entry, new RecordDelivery(entry.input as Sent, place, entry.index, entry.timestamp))
  }

  failed(entry: Entry, failure: Failure): void {
    const error = produceError<Sent>(entry, failure)
    if (this.#isEmitting) this.#resolve(entry, { input: entry.input as Sent, error })
    else this.#subscriber.error(error)
  }

  end(): void {
    this.#subscriber.next(this.#results)
    this.#subscriber.complete()
  }

  #resolve(entry: Entry, result: Result): void {
    this.#results[entry.ticket as number] = result
    this.#unresolved--
    if (this.#unresolved === 0) this.end()
  }
}
