import type { Delivery, Kafka, KafkaEvent, NewTopic, Topic } from 'kafka-rx'
import {
  catchError,
  concat,
  concatMap,
  defer,
  distinctUntilChanged,
  EMPTY,
  endWith,
  fromEvent,
  ignoreElements,
  interval,
  map,
  merge,
  mergeMap,
  type Observable,
  of,
  take,
  takeUntil,
  takeWhile,
  tap,
  throwError,
} from 'rxjs'
import { compare } from './compare.js'
import { type Order, orders$ } from './orders.js'
import { readLog } from './read-log.js'

/** What is done to the cluster meanwhile, told as it happens. */
export type Trouble = (topic: string) => Observable<string>

/** Four seconds' worth. */
const ORDERS = 4000

/** Produces a stream of orders and compares the log with what was acknowledged: told a line at a time, as it happens. */
export function story(kafka: Kafka, newTopic: NewTopic, trouble: Trouble = () => EMPTY): Observable<string> {
  const deleted = kafka.deleteTopics(newTopic.name).pipe(map(() => `deleted ${newTopic.name}`))
  const told = concat(
    kafka.createTopics(newTopic, { timeout: 5000 }).pipe(
      mergeMap(topics => topics),
      concatMap(topic =>
        produced(kafka, topic, trouble).pipe(
          catchError(error =>
            concat(
              deleted,
              throwError(() => error),
            ),
          ),
        ),
      ),
    ),
    deleted,
    kafka.released.pipe(map(() => 'all connections are closed')),
  )
  const events = kafka.events.pipe(
    mergeMap(event => lineOf(event) ?? []),
    distinctUntilChanged(),
  )
  return untilFirstEnds(told, events)
}

/** The orders go out, and twice a second a count of them; then the totals, and what the log says. */
function produced(kafka: Kafka, topic: Topic, trouble: Trouble): Observable<string> {
  let ordered = 0
  let failed = 0
  const deliveries: Delivery<Order>[] = []
  const counts = () => `${amount(ordered)} ordered, ${amount(deliveries.length)} acknowledged, ${amount(failed)} failed`

  const production = orders$.pipe(
    take(ORDERS),
    takeUntil(fromEvent(process, 'SIGINT')), // Ctrl-C: what was ordered until then is delivered all the same
    tap(() => ordered++),
    kafka.producer().produce(order => ({ topic: topic.name, key: order.customer, value: JSON.stringify(order) }), {
      onError: 'emit',
    }),
    tap(result => (result.error ? failed++ : deliveries.push(result))),
    ignoreElements(),
  )
  const meanwhile = merge(interval(500).pipe(map(counts)), trouble(topic.name).pipe(map(line => `  ${line}`)))
  const verdict = readLog(kafka, topic).pipe(
    concatMap(log => {
      const wrong = compare(deliveries, log)
      if (wrong.length > 0) return throwError(() => new Error(`the log differs: ${wrong.join('; ')}`))
      return of(
        `acknowledged   ${sum(deliveries.map(({ input }) => input))}`,
        `in the log     ${sum(log.map(({ order }) => order))}`,
        'each is there once, where its acknowledgement says, and those of a customer in their order',
      )
    }),
  )
  return concat(
    of(`created ${topic.name}, ${topic.partitions.length} partitions; now orders come in, about a thousand a second`),
    untilFirstEnds(production, meanwhile),
    defer(() => of(counts())),
    verdict,
  )
}

function untilFirstEnds(first: Observable<string>, second: Observable<string>): Observable<string> {
  return merge(second, first.pipe(endWith(undefined))).pipe(takeWhile(line => line !== undefined))
}

/** What the client tells of its troubles. */
function lineOf(event: KafkaEvent): [string] | undefined {
  switch (event.type) {
    case 'disconnected':
      return event.cause === undefined ? undefined : [`    the connection to broker ${event.nodeId} is lost`]
    case 'retrying':
      return [`    ${event.what} again, since ${event.cause.code}`]
    default:
      return undefined
  }
}

const amount = (count: number): string => count.toLocaleString('en')

const sum = (orders: readonly Order[]): string => {
  const cents = orders.reduce((total, order) => total + order.cents, 0)
  return `${amount(orders.length)} orders worth ${(cents / 100).toLocaleString('en', { minimumFractionDigits: 2 })}`
}
