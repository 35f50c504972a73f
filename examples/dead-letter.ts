import type { ConsumerRecord, Kafka } from 'kafka-rx'
import { defer, type Observable, retry, timer } from 'rxjs'

/**
 * Three tries for each record, then a dead letter. When that is acknowledged the record counts as handled; should it fail,
 * all ends with an error, and nothing is skipped.
 */
export function chargeOrders(kafka: Kafka, charge: (value: Buffer | null) => Promise<void>): Observable<void> {
  const producer = kafka.producer()

  const bury = (error: unknown, { topic, key, value, headers }: ConsumerRecord) =>
    producer.send({ topic: `${topic}.dead`, key, value, headers: [...headers, { key: 'error', value: String(error) }] })

  return kafka.consume({ group: 'charging', topics: 'orders', onError: bury }, ({ value }) =>
    defer(() => charge(value)).pipe(retry({ count: 2, delay: (_, attempt) => timer(50 * 2 ** attempt) })),
  )
}
