import { concat, defer, EMPTY, Observable, type ObservableInput, Subscription } from 'rxjs'
import { follow } from './follow.js'
import { streamOf } from './stream-of.js'

/**
 * Lends what `opened` emits to `use` and mirrors what that returns; at its end the thing is flushed, then left, then
 * the end is told: whoever opens another in `complete` finds the place free.
 *
 * `opened` emits the thing once and lives as long as it is subscribed to. Its own failure errors the result, even if
 * `use` looks away; that it completes does not: `use` may still have bytes to read. An error of `use` leaves at once.
 *
 * ```text
 * opened       --o-----------|     left once `use` has ended and the rest is flushed
 * use          --a--b|
 * result       ----a--b-|
 * ```
 *
 * @param flush  what is still to be done after `use` and before leaving, if anything; errors where the thing has failed
 *   and `use`, which may be told of it first, has ended for that
 */
export function lend<Thing, R>(
  opened: Observable<Thing>,
  use: (thing: Thing) => ObservableInput<R>,
  flush: (thing: Thing) => Observable<never> = () => EMPTY,
): Observable<R> {
  return new Observable(subscriber => {
    const life = new Subscription()
    subscriber.add(life)
    let isLent = false

    follow(opened, life, {
      next: thing => {
        isLent = true
        const used = defer(() => streamOf(use(thing), 'use'))
        follow(concat(used, flush(thing)), life, {
          next: value => subscriber.next(value),
          error: error => {
            life.unsubscribe()
            subscriber.error(error)
          },
          complete: () => {
            life.unsubscribe()
            subscriber.complete()
          },
        })
      },
      error: error => subscriber.error(error),
      complete: () => isLent || subscriber.complete(),
    })
  })
}
