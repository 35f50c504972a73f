import type { Kafka } from 'kafka-rx'
import { ignoreElements, merge, type Observable, takeUntil, tap } from 'rxjs'

/** Saves orders, ten at once; pauses while the database is down. What was fetched until then is kept, and the group too. */
export function saveWhileUp(
  kafka: Kafka,
  save: (value: Buffer | null) => Promise<void>,
  isDown$: Observable<boolean>,
  stop$: Observable<unknown>,
): Observable<void> {
  return kafka.consumer({ group: 'warehouse', topics: 'orders' }, consumer =>
    merge(
      isDown$.pipe(
        tap(isDown => (isDown ? consumer.pause() : consumer.resume())),
        ignoreElements(),
        takeUntil(stop$),
      ),
      consumer.consume({ concurrency: 10, until: stop$ }, ({ value }) => save(value)),
    ),
  )
}
