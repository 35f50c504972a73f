import { setTimeout as sleep } from 'node:timers/promises'
import {
  catchError,
  concatMap,
  defer,
  ignoreElements,
  interval,
  map,
  mergeMap,
  type Observable,
  of,
  range,
  repeat,
  takeUntil,
  tap,
  timer,
} from 'rxjs'
import type { ProduceError } from '../../src/errors.js'
import type { Producer } from '../../src/producer/producer.js'
import type { ProducerRecord } from '../../src/producer/producer-record.js'
import { Account } from './account.js'

/** One user of a producer: sends until it is told to stop, completes when it has been told of all. */
export interface Load {
  readonly account: Account
  readonly run: Observable<never>
}

/** What is sent, and until when. */
export interface LoadOptions {
  readonly topic: string
  readonly hasKeys: boolean
  /** Emits when there is to be no more, and to whoever subscribes later. */
  readonly until: Observable<unknown>
}

/** For streams: how many records. */
export interface StreamOptions extends LoadOptions {
  readonly perSecond: number
}

/** Records one by one in 20 lanes, each sending the next a little after it was told of the last. */
export function oneByOne(name: string, producer: Producer, options: LoadOptions): Load {
  const account = new Account(name)
  const send = defer(() => {
    const number = account.next()
    return producer.send(recordOf(account, number, options)).pipe(
      catchError((error: ProduceError) => of({ input: error.input, error })),
      tap(result => account.tell(number, result)),
    )
  })
  return { account, run: inLanes(20, send, options) }
}

/** Lists of 1 to 40 records, in two lanes. */
export function lists(name: string, producer: Producer, options: LoadOptions): Load {
  // A list is told when its last record is.
  const account = new Account(name, false)
  let length = 0
  const send = defer(() => {
    length = (length % 40) + 1
    const numbers = Array.from({ length }, () => account.next())
    const records = numbers.map(number => recordOf(account, number, options))
    return producer.send(records, { onError: 'emit' }).pipe(
      tap(results => {
        for (const [index, result] of results.entries()) account.tell(numbers[index] as number, result)
      }),
    )
  })
  return { account, run: inLanes(2, send, options) }
}

/** A stream that pushes. */
export function pushed(name: string, producer: Producer, options: StreamOptions): Load {
  const account = new Account(name)
  const run = defer(() => {
    const due = pace(options)
    return interval(10).pipe(
      takeUntil(options.until),
      concatMap(() => range(0, due())),
    )
  }).pipe(
    map(() => account.next()),
    producer.produce(number => recordOf(account, number, options), { onError: 'emit' }),
    tap(result => account.tell(result.input, result)),
    ignoreElements(),
  )
  return { account, run }
}

/** An iterable that is pulled from. */
export function pulled(name: string, producer: Producer, options: StreamOptions): Load {
  const account = new Account(name)
  async function* numbers(): AsyncGenerator<number> {
    const due = pace(options)
    let isOver = false
    options.until.subscribe(() => {
      isOver = true
    })
    for (; !isOver; await sleep(10)) for (let count = due(); count > 0; count--) yield account.next()
  }
  const run = defer(() =>
    producer.produceFrom(numbers(), number => recordOf(account, number, options), { onError: 'emit' }),
  ).pipe(
    tap(result => account.tell(result.input, result)),
    ignoreElements(),
  )
  return { account, run }
}

/** How many more are to be sent now: also what was missed while something else kept the processor. */
function pace({ perSecond }: StreamOptions): () => number {
  const started = performance.now()
  let sent = 0
  return () => {
    const due = Math.floor(((performance.now() - started) * perSecond) / 1000) - sent
    sent += due
    return due
  }
}

function inLanes(lanes: number, send: Observable<unknown>, { until }: LoadOptions): Observable<never> {
  const lane = send.pipe(repeat({ delay: () => timer(40).pipe(takeUntil(until)) }))
  return range(0, lanes).pipe(
    mergeMap(() => lane),
    ignoreElements(),
  )
}

function recordOf(account: Account, number: number, { topic, hasKeys }: LoadOptions): ProducerRecord {
  const value = account.value(number)
  return hasKeys ? { topic, key: `key ${number % 50}`, value } : { topic, value }
}
