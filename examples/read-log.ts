import type { Kafka, TopicPartition } from 'kafka-rx'
import { map, type Observable, toArray } from 'rxjs'
import { type Order, orderOf } from './orders.js'

/** An order where it stands in the log. */
export interface Logged extends TopicPartition {
  readonly offset: bigint
  readonly order: Order
}

/** All that a topic holds now, without a group: each partition from its first record to its last. */
export function readLog(kafka: Kafka, topic: string): Observable<readonly Logged[]> {
  return kafka
    .consumer({ topics: topic, to: 'latest', value: orderOf }, records => records)
    .pipe(
      map(({ topic, partition, offset, value: order }) => ({ topic, partition, offset, order })),
      toArray(),
    )
}
