import type { Delivery, Kafka, KafkaEvent, NewTopic } from 'kafka-rx'
import {
  BehaviorSubject,
  catchError,
  concat,
  concatMap,
  defer,
  distinctUntilChanged,
  EMPTY,
  filter,
  ignoreElements,
  interval,
  map,
  merge,
  mergeMap,
  type Observable,
  of,
  Subject,
  take,
  takeUntil,
  tap,
  throwError,
} from 'rxjs'
import { Books } from './books.js'
import { compare } from './compare.js'
import { member } from './member.js'
import type { Order } from './orders.js'
import { amount, Production } from './production.js'
import { readLog } from './read-log.js'
import { untilFirstEnds } from './until-first-ends.js'

/** What is done to the cluster meanwhile, told as it happens. */
export type Trouble = (topic: string) => Observable<string>

/** After so many Ann is gone. */
const PATIENCE = 500

/**
 * Orders are produced, and a group of two bills them; one of the two leaves in the midst of it. Then the log is held against
 * what was acknowledged, and the books against the log. Told a line at a time, as it happens.
 */
export function story(kafka: Kafka, newTopic: NewTopic, trouble: Trouble = () => EMPTY): Observable<string> {
  const topics = [newTopic.name, `${newTopic.name}.dead`]
  const deleted = kafka.deleteTopics(topics).pipe(map(() => `deleted ${newTopic.name}`))
  const told = concat(
    kafka
      .createTopics(
        topics.map(name => ({ ...newTopic, name })),
        { timeout: 5000 },
      )
      .pipe(
        concatMap(() =>
          ordersBilled(kafka, newTopic.name, trouble).pipe(
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

function ordersBilled(kafka: Kafka, topic: string, trouble: Trouble): Observable<string> {
  const books = new Books()
  const production = new Production()
  const until = new Subject<void>()
  const held = new BehaviorSubject<ReadonlyMap<string, number>>(new Map())

  const billing = (name: string) =>
    member(kafka, {
      ...{ name, topic, books, until, group: `${topic}.billing` },
      onAssigned: partitions => held.next(new Map(held.value).set(name, partitions)),
    })
  const leaving = books.entered.pipe(
    filter(() => books.billedBy('Ann') >= PATIENCE),
    take(1),
  )
  const left = leaving.pipe(
    map(() => "  Ann is unsubscribed, in the midst of her work: what she has not done is Bob's now"),
  )
  const bothRead = held.pipe(
    filter(({ size }) => size === 2),
    filter(counts => [...counts.values()].every(count => count > 0)),
    take(1),
  )
  const ordering = bothRead.pipe(
    concatMap(() =>
      concat(
        of('both read: now orders come in, about a thousand a second'),
        merge(production.run(kafka, topic), trouble(topic).pipe(map(line => `  ${line}`))),
      ),
    ),
  )
  // Bob stays until all that is in the log is billed, or buried.
  const isDone = () => production.isOver && books.count >= production.deliveries.length
  const done = merge(books.entered, production.over).pipe(
    filter(isDone),
    take(1),
    tap(() => until.next()),
    ignoreElements(),
  )
  const counts = () => `${production.counts}; ${amount(books.count)} done`
  const buried = books.buried.pipe(
    map(({ id }) => `  order ${amount(id)} has failed twice: it goes to the dead letters`),
  )
  const meanwhile = merge(
    ordering,
    done,
    buried,
    left,
    interval(500).pipe(
      filter(() => production.isBegun),
      map(counts),
    ),
  )

  return concat(
    of(`created ${topic}; Ann and Bob join the group that bills what is ordered`),
    untilFirstEnds(merge(billing('Ann').pipe(takeUntil(leaving)), billing('Bob')), meanwhile),
    defer(() => of(counts())),
    defer(() => verdict(kafka, topic, production.deliveries, books)),
  )
}

function verdict(
  kafka: Kafka,
  topic: string,
  deliveries: readonly Delivery<Order>[],
  books: Books,
): Observable<string> {
  const compared = readLog(kafka, topic).pipe(
    concatMap(log => {
      const wrong = compare(deliveries, log, order => books.has(order))
      if (wrong.length > 0) return throwError(() => new Error(`the log differs: ${wrong.join('; ')}`))
      return of(
        `acknowledged   ${sum(deliveries.map(({ input }) => input))}`,
        `in the log     ${sum(log.map(({ order }) => order))}`,
        `billed         ${sum(books.billed)}`,
        'each is in the log once, where its acknowledgement says, and those of a customer in their order',
      )
    }),
  )
  return concat(compared, deadLetters(kafka, topic, books))
}

function deadLetters(kafka: Kafka, topic: string, books: Books): Observable<string> {
  return concat(
    kafka
      .consumer({ topics: `${topic}.dead`, to: 'latest' }, letters => letters)
      .pipe(map(({ value, headers: [error] }) => `dead letter    ${value}: ${error?.value}`)),
    defer(() => of(`none is lost; billed twice, since Ann left before she could say so: ${books.twice}`)),
  )
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

const sum = (orders: readonly Order[]): string => {
  const cents = orders.reduce((total, order) => total + order.cents, 0)
  return `${amount(orders.length)} orders worth ${(cents / 100).toLocaleString('en', { minimumFractionDigits: 2 })}`
}
