import type { Kafka } from 'kafka-rx'
import { ignoreElements, interval, merge, type Observable, takeUntil, tap } from 'rxjs'

/** As Prometheus's client has it. */
export interface Gauge {
  set(labels: Readonly<Record<string, string>>, value: number): void
}

/** Bills, and says every five seconds how far behind it is; to the end, also while its handlers finish. */
export function billMeasured(
  kafka: Kafka,
  bill: (value: Buffer | null) => Promise<void>,
  gauge: Gauge,
  until: Observable<unknown>,
  period = 5000,
): Observable<void> {
  return kafka.consumer({ group: 'billing', topics: 'orders' }, consumer => {
    const measure = () => {
      for (const { topic, partition, lag } of consumer.positions) {
        if (lag !== null) gauge.set({ topic, partition: String(partition) }, Number(lag))
      }
    }
    return merge(
      consumer.consume({ concurrency: 10, until }, ({ value }) => bill(value)),
      interval(period).pipe(takeUntil(until), tap(measure), ignoreElements()),
    )
  })
}
