import { Observable } from 'rxjs'

/**
 * An Observable that does something when it is subscribed to, and no Promise.
 *
 * `await producer.send(…)` would do nothing at all, in silence: so it does not compile, nor does an async function that
 * returns one. Write `await firstValueFrom(producer.send(…))`, or subscribe.
 *
 * @example
 * const topics = await firstValueFrom(kafka.topics())
 */
export class Cold<T> extends Observable<T> {
  /** For the compiler alone; there is no such method. */
  // biome-ignore lint/suspicious/noThenProperty: declared so that `await` does not compile, and not there
  declare protected readonly then: (nothingHappensBeforeSubscribe: 'await firstValueFrom(…)') => never
}

/** The same Observable, as one that cannot be awaited. */
export function cold<T>(source: Observable<T>): Cold<T> {
  return new Cold(subscriber => source.subscribe(subscriber))
}
