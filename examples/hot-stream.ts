import type { Delivery, Kafka, Undelivered } from 'kafka-rx'
import type { Observable } from 'rxjs'

/** What comes in, at its own pace: from a socket, a sensor, an event emitter. */
export interface Reading {
  readonly sensor: string
  readonly celsius: number
}

/**
 * Produces what a hot stream brings. One record that fails must not end it, so errors are values; it cannot be made to
 * wait, so what is too much is dropped, and `kafka.events` tells how many.
 */
export function produceReadings(
  kafka: Kafka,
  readings$: Observable<Reading>,
): Observable<Delivery<Reading> | Undelivered<Reading>> {
  const producer = kafka.producer({ compression: 'gzip', linger: 5 })
  return readings$.pipe(
    producer.produce(({ sensor, celsius }) => ({ topic: 'readings', key: sensor, value: JSON.stringify(celsius) }), {
      onError: 'emit',
      overflow: 'drop',
    }),
  )
}
