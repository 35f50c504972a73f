import type { Unsubscribable } from 'rxjs'
import type { KafkaError, Outcome } from '../errors.js'
import type { BatchPlace } from './delivery.js'
import type { Line, Link } from './line.js'
import type { ProducerRecord } from './producer-record.js'

/** What became of a record, said to whoever sent it. */
export interface Sink {
  /** Those of its records that have not ended, where it has more than one. */
  readonly open: Line<Entry> | undefined
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

/** Where a record stands: in a batch, or among those that wait to be put into one. */
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
 * Invariant: from `begin` to its end, and only then, it counts in a cohort and stands in its sink's line.
 */
export class Entry implements Unsubscribable, Link<Entry> {
  readonly record: ProducerRecord<unknown, unknown>
  /** What the Delivery will name: the record, or the value that it was made of. */
  readonly input: unknown
  readonly sink: Sink
  /** For the sink: who waits, or at which place of a list. */
  readonly ticket: unknown
  before: Entry | undefined = undefined
  behind: Entry | undefined = undefined
  place: Waiting | undefined = undefined
  /** -1 until one was chosen. */
  partition = -1
  /** Among the records of its batch. */
  index = -1
  /** As it is written. */
  timestamp = 0
  /** When its time is over, by the scheduler's clock. */
  due = Number.POSITIVE_INFINITY
  #cohort: Cohort | undefined = undefined

  constructor(record: ProducerRecord<unknown, unknown>, input: unknown, sink: Sink, ticket: unknown) {
    this.record = record
    this.input = input
    this.sink = sink
    this.ticket = ticket
  }

  /** It is on its way. */
  begin(cohort: Cohort): void {
    this.#cohort = cohort
    cohort.open++
    this.sink.open?.push(this)
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
    return this.#cohort !== undefined
  }

  /** Nobody waits for it any more. */
  unsubscribe(): void {
    if (!this.isOpen) return
    const { place } = this
    this.#end()
    place?.withdraw(this)
  }

  #end(): void {
    if (this.#cohort === undefined) return
    this.#cohort.open--
    this.#cohort = undefined
    this.place = undefined
    this.sink.open?.remove(this)
  }
}

/** Nobody waits for any of them any more. */
export function withdrawAll(entries: Line<Entry>): void {
  for (let { first } = entries; first !== undefined; { first } = entries) first.unsubscribe()
}
