import type { ConsumerRecord, Kafka } from 'kafka-rx'
import { bufferTime, concatMap, filter, map, type Observable, takeUntil, tap } from 'rxjs'

/**
 * Saves orders, 500 rows or a second's worth at a time; emits how many. `stop$` stands above what buffers: it completes the
 * buffer, which is saved, acknowledged and committed before the group is left.
 */
export function saveOrders(
  kafka: Kafka,
  insert: (rows: readonly ConsumerRecord[]) => Promise<void>,
  stop$: Observable<unknown>,
): Observable<number> {
  return kafka.consumer({ group: 'warehouse', topics: 'orders' }, consumer =>
    consumer.pipe(
      takeUntil(stop$),
      bufferTime(1000, null, 500),
      filter(rows => rows.length > 0),
      concatMap(async rows => {
        await insert(rows)
        return rows
      }),
      tap(rows => consumer.acknowledge(rows)),
      map(rows => rows.length),
    ),
  )
}
