import type { Unsubscribable } from 'rxjs'
import type { KafkaError, Outcome } from '../errors.js'
import type { BatchPlace } from './delivery.js'
import type { ProducerRecord } from './producer-record.js'

/** What became of a record, said to whoever sent it. */
export interface Sink {
  delivered(entry: Entry, place: BatchPlace): void
  failed(entry: Entry, failure: Failure): void
}

/** Why a record was not delivered. */
export interface Failure {
  readonly outcome: Outcome
  readonly cause: KafkaError
  /** What happened, as the message ends: `broker 2 answered …`. */
  readonly reason: string
}

/** Where a record that is not in a batch yet waits. */
export interface Waiting {
  withdraw(entry: Entry): void
}

/** Records that were sent between two flushes: how many have not ended. */
export interface Cohort {
  open: number
}

/**
 * One record from its send to its end, and what unsubscribing from it does: the one object that a record costs.
 *
 * Invariant: it has a place, in a batch or where it waits to be put into one, exactly until it has ended, and counts in
 * its cohort as long.
 */
export class Entry implements Unsubscribable {
  readonly record: ProducerRecord<unknown, unknown>
  /** What the Delivery will name: the record, or the value that it was made of. */
  readonly input: unknown
  readonly sink: Sink
  /** For the sink: who waits, or at which place of a list. */
  readonly ticket: unknown
  place: Waiting | undefined
  /** Among the records of its batch. */
  index = -1
  /** As it is written. */
  timestamp = 0
  /** When its time is over, by the scheduler's clock. */
  due = Number.POSITIVE_INFINITY
  cohort: Cohort | undefined

  constructor(record: ProducerRecord<unknown, unknown>, input: unknown, sink: Sink, ticket: unknown) {
    this.record = record
    this.input = input
    this.sink = sink
    this.ticket = ticket
  }

  deliver(place: BatchPlace): void {
    this.#end()
    this.sink.delivered(this, place)
  }

  fail(failure: Failure): void {
    this.#end()
    this.sink.failed(this, failure)
  }

  /** It was refused, and whoever sent it knows. */
  abandon(): void {
    this.#end()
  }

  /** Whether its end has not come yet. */
  get isOpen(): boolean {
    return this.place !== undefined
  }

  /** Nobody waits for it any more. */
  unsubscribe(): void {
    const { place } = this
    if (place === undefined) return
    this.#end()
    place.withdraw(this)
  }

  #end(): void {
    this.place = undefined
    if (this.cohort !== undefined) this.cohort.open--
    this.cohort = undefined
  }
}
