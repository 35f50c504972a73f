import type { Kafka, TopicPartition } from 'kafka-rx'
import { concatMap, mergeMap, type Observable } from 'rxjs'

/** How many records of a partition were seen. */
export interface Count extends TopicPartition {
  readonly count: number
}

/**
 * A pipeline with a state of its own for each partition, begun when it is assigned and thrown away when it is revoked.
 * Reads all topics that are called `sensor-` and something, those made later too.
 */
export function countReadings(kafka: Kafka, store: (count: Count) => Promise<void>): Observable<Count> {
  return kafka.consumer({ group: 'counters', topics: /^sensor-/ }, consumer =>
    consumer.partitions.pipe(
      mergeMap(partition => {
        const { topic, partition: number } = partition
        let seen = 0
        return partition.pipe(
          concatMap(async record => {
            const count = { topic, partition: number, count: ++seen }
            await store(count)
            consumer.acknowledge(record)
            return count
          }),
        )
      }),
    ),
  )
}
