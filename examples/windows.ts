import type { Kafka } from 'kafka-rx'
import { bufferTime, concatMap, filter, map, type Observable, tap } from 'rxjs'

interface Order {
  readonly customer: string
  readonly cents: number
}

/**
 * Totals by customer for each ten seconds, to another topic; emits how many orders they were of. A window is acknowledged
 * when its totals are: after a crash it is added up again. What a window holds is in work, so `prefetch` has to hold it.
 */
export function totalOrders(kafka: Kafka, windowTime = 10_000): Observable<number> {
  const totals = kafka.producer({ value: (cents: number) => String(cents) })
  const value = (bytes: Buffer | null): Order => JSON.parse(String(bytes))

  return kafka.consumer({ group: 'totals', topics: 'orders', prefetch: 256 * 2 ** 20, value }, consumer =>
    consumer.pipe(
      bufferTime(windowTime),
      filter(window => window.length > 0),
      concatMap(window => {
        const sums = new Map<string, number>()
        for (const { value } of window) sums.set(value.customer, (sums.get(value.customer) ?? 0) + value.cents)
        const records = [...sums].map(([key, value]) => ({ topic: 'totals', key, value }))
        return totals.send(records).pipe(map(() => window))
      }),
      tap(window => consumer.acknowledge(window)),
      map(window => window.length),
    ),
  )
}
