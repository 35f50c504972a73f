import type { Delivery, Kafka } from 'kafka-rx'
import type { Observable } from 'rxjs'

/**
 * From one topic to another, at least once: a record is committed when what was made of it is acknowledged. Handlers start
 * in the order of their partition, and so do their sends: with order 'none' what comes out is in order, with a thousand
 * under way.
 */
export function shout(kafka: Kafka): Observable<Delivery> {
  const producer = kafka.producer()

  return kafka.consume({ group: 'shouting', topics: 'said', concurrency: 1000, order: 'none' }, ({ key, value }) =>
    producer.send({ topic: 'shouted', key, value: value && String(value).toUpperCase() }),
  )
}
