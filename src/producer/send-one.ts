import type { Subscriber } from 'rxjs'
import { Cold } from '../cluster/cold.js'
import { type BatchPlace, type Delivery, RecordDelivery } from './delivery.js'
import { Entry, type Failure, type Sink } from './entry.js'
import { produceError } from './produce-failed.js'
import type { ProducerRecord } from './producer-record.js'
import type { Sender } from './sender.js'

type Sent = ProducerRecord<unknown, unknown>

/** Sends one record for each subscription. */
export function sendOne(sender: Sender, record: Sent): Cold<Delivery<Sent>> {
  return new Cold(subscriber => {
    const entry = new Entry(record, record, toSubscriber, subscriber)
    const refused = sender.accept(entry)
    // Not inside its own subscribe, where `retry()` would recurse.
    if (refused !== undefined) return sender.later(() => toSubscriber.failed(entry, refused))
    return entry
  })
}

/** The entry's ticket is who waits for it. */
const toSubscriber: Sink = {
  open: undefined,
  delivered(entry: Entry, place: BatchPlace): void {
    const subscriber = entry.ticket as Subscriber<Delivery>
    subscriber.next(new RecordDelivery(entry.input, place, entry.index, entry.timestamp))
    subscriber.complete()
  },
  failed(entry: Entry, failure: Failure): void {
    const subscriber = entry.ticket as Subscriber<Delivery>
    subscriber.error(produceError(entry, failure))
  },
}
