import type { ConsumerRecord, Kafka } from 'kafka-rx'
import { concat, concatMap, defer, delay, EMPTY, ignoreElements, type Observable, of, retry, tap } from 'rxjs'
import type { Books } from './books.js'
import { type Order, orderOf } from './orders.js'
import { untilFirstEnds } from './until-first-ends.js'

/** A member of the group that bills orders. */
export interface Member {
  readonly name: string
  readonly group: string
  readonly topic: string
  readonly books: Books
  /** Told each time what it reads from then on. */
  readonly onAssigned: (partitions: number) => void
  readonly until: Observable<unknown>
}

/** Whom nobody can bill. */
const PENNILESS = 1234

/**
 * Joins the group and bills what it is assigned, ten orders at once, those of one customer one after another. Each has two
 * tries; then it goes to the dead letters. Tells what it reads.
 */
export function member(kafka: Kafka, { name, group, topic, books, onAssigned, until }: Member): Observable<string> {
  const bill = (order: Order) =>
    of(order).pipe(
      delay(5),
      tap(({ id, customer }) => {
        if (id === PENNILESS) throw new Error(`${customer} cannot pay`)
        books.bill(order, name)
      }),
    )
  const bury = (error: unknown, { key, value }: ConsumerRecord) =>
    kafka
      .producer()
      .send({ topic: `${topic}.dead`, key, value, headers: { error: String(error) } })
      .pipe(tap(() => books.bury(orderOf(value), name)))

  return kafka.consumer({ group, topics: topic, value: orderOf, heartbeatInterval: 300 }, consumer => {
    const billed = consumer.consume({ concurrency: 10, order: 'key', onError: bury, until }, ({ value: order }) =>
      defer(() => bill(order)).pipe(retry({ count: 1, delay: 20 })),
    )
    const told = consumer.assignment.pipe(
      concatMap(partitions =>
        concat(
          of(`${name} reads ${listOf(partitions.map(({ partition }) => String(partition)))}`),
          defer(() => {
            onAssigned(partitions.length)
            return EMPTY
          }),
        ),
      ),
    )
    return untilFirstEnds(billed.pipe(ignoreElements()), told)
  })
}

function listOf(partitions: readonly string[]): string {
  if (partitions.length === 0) return 'nothing for now'
  return `partition${partitions.length > 1 ? 's' : ''} ${new Intl.ListFormat('en').format([...partitions].sort())}`
}
