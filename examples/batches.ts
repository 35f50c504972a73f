import type { Kafka } from 'kafka-rx'
import type { Observable } from 'rxjs'

/**
 * Copies two topics into tables, whole batches at a time, three at once: the fastest form. By the new group protocol, which
 * needs brokers from 4.0 on.
 */
export function copyTopics(
  kafka: Kafka,
  copyInto: (table: string, rows: readonly (Buffer | null)[]) => Promise<number>,
): Observable<number> {
  return kafka.consumeBatches(
    { group: 'copying', topics: ['orders', 'refunds'], concurrency: 3, protocol: 'consumer' },
    batch =>
      copyInto(
        batch.topic,
        Array.from(batch, ({ value }) => value),
      ),
  )
}
