import { Observable, type ObservableInput, ReplaySubject, take } from 'rxjs'
import { streamOf } from '../connection/stream-of.js'
import type { Consumer } from './consumer.js'
import { type OpenOptions, openConsumer } from './open-consumer.js'

/** The options of a consumer, and those of what is done with it. */
export interface SplitOptions<Handling> {
  readonly reading: object
  readonly handling: Handling
}

/** Takes the options of these names out of those of a consumer. */
export function splitOptions<Handling extends object>(
  options: object,
  names: { readonly [Name in keyof Required<Handling>]: true },
): SplitOptions<Handling> {
  const entries = Object.entries(options ?? {})
  const pick = (isHandling: boolean) =>
    Object.fromEntries(entries.filter(([name]) => Object.hasOwn(names, name) === isHandling))
  return { reading: pick(false), handling: pick(true) as Handling }
}

/**
 * A consumer whose records are handled, by what `use` makes of it.
 *
 * `until` is listened to from the subscribe on: when it emits while the group is still being joined, that ends.
 */
export function openConsuming<Handling extends { readonly until?: ObservableInput<unknown> | undefined }, R>(
  opening: Pick<OpenOptions<R>, 'cluster' | 'config' | 'id'>,
  handling: Handling,
  use: (consumer: Consumer<unknown, unknown>, handling: Handling) => ObservableInput<R>,
): Observable<R> {
  const { until } = handling
  const open = (options: OpenOptions<R>) => openConsumer(options) as Observable<R>
  if (until === undefined) return open({ ...opening, use: consumer => use(consumer, handling) })
  return new Observable(subscriber => {
    const seen = new ReplaySubject<unknown>(1)
    subscriber.add(streamOf(until, 'until').pipe(take(1)).subscribe(seen))
    const terms = { ...handling, until: seen }
    subscriber.add(open({ ...opening, until: seen, use: consumer => use(consumer, terms) }).subscribe(subscriber))
  })
}
