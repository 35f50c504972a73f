import type { Delivery, Kafka, KafkaError, Topic } from 'kafka-rx'
import { catchError, type Observable, type ObservableInput, of, retry, throwError, timeout, timer } from 'rxjs'

/**
 * Bills, and waits for a Kafka that is not up yet; gives up on what no retry can mend, as a password that is wrong or a
 * record that cannot be handled. Once it has joined, it rides out any outage by itself.
 */
export function billPatiently(kafka: Kafka, bill: (value: Buffer | null) => ObservableInput<void>): Observable<void> {
  return kafka
    .consume({ group: 'billing', topics: 'orders' }, ({ value }) => bill(value))
    .pipe(
      retry({
        delay: (error: KafkaError, attempt) =>
          error.retriable ? timer(Math.min(500 * 2 ** attempt, 30_000)) : throwError(() => error),
      }),
    )
}

/** The topics, or none where they cannot be had in time. */
export function topicsSoon(kafka: Kafka, within = 2000): Observable<readonly Topic[]> {
  return kafka.topics().pipe(
    timeout(within),
    catchError(() => of([])),
  )
}

/** Twice more, but only what certainly never left: what is 'unknown' may be in the log already. */
export function sendUnsentAgain(kafka: Kafka, value: string): Observable<Delivery> {
  return kafka
    .producer({ deliveryTimeout: 2000 })
    .send({ topic: 'audit', value })
    .pipe(
      retry({
        count: 2,
        delay: (error: KafkaError) => (error.outcome === 'unsent' ? timer(500) : throwError(() => error)),
      }),
    )
}
