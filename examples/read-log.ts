import { brokerError, type Kafka, type Topic, type TopicPartition } from 'kafka-rx'
import { Fetch, recordBatches } from 'kafka-rx/protocol'
import { concatMap, EMPTY, expand, from, map, mergeMap, type Observable, reduce } from 'rxjs'
import type { Order } from './orders.js'

/** An order where it stands in the log. */
export interface Logged extends TopicPartition {
  readonly offset: bigint
  readonly order: Order
}

/** All that a topic holds, partition after partition, each from its first record to its last. */
export function readLog(kafka: Kafka, topic: Topic): Observable<readonly Logged[]> {
  return from(topic.partitions).pipe(
    concatMap(({ partition }) => readPartition(kafka, topic, partition)),
    reduce((all: Logged[], some) => all.concat(some), []),
  )
}

/** Asks the leader of a partition for more until its end is reached. */
function readPartition(kafka: Kafka, topic: Topic, partition: number): Observable<readonly Logged[]> {
  const read = (offset: bigint) => fetch(kafka, topic, partition, offset)
  return read(0n).pipe(
    expand(({ next, end }) => (next < end ? read(next) : EMPTY)),
    map(({ logged }) => logged),
  )
}

/** One request: what is there from an offset on, where to go on, and where the log ends. */
function fetch(kafka: Kafka, { name, id }: Topic, partition: number, from: bigint) {
  // A Fetch goes by the name of a topic up to version 12, and by its id from then on: with both, any version will do.
  const partitions = [{ partition, fetchOffset: from, partitionMaxBytes: 1 << 20 }]
  const body = {
    maxWaitMs: 500,
    minBytes: 1,
    maxBytes: 1 << 20,
    isolationLevel: 0,
    topics: [{ topic: name, topicId: id, partitions }],
  }
  return kafka.request(Fetch, body, { to: { leader: { topic: name, partition } } }).pipe(
    mergeMap(({ responses: [topic] }) => topic?.partitions ?? []),
    map(({ errorCode, highWatermark: end, records }) => {
      // A response comes as it was decoded, with the error codes that it holds.
      if (errorCode !== 0) throw brokerError(errorCode, `reading ${name}-${partition}`)
      const batches = [...recordBatches(records ?? Buffer.alloc(0))]
      const logged = batches
        .filter(({ isControl }) => !isControl)
        .flatMap(batch => [...batch])
        // A batch comes whole, also when the offset asked for is in the midst of it.
        .filter(({ offset }) => offset >= from)
        .map(({ offset, value }): Logged => ({ topic: name, partition, offset, order: JSON.parse(String(value)) }))
      return { logged, next: (batches.at(-1)?.lastOffset ?? from - 1n) + 1n, end }
    }),
  )
}
