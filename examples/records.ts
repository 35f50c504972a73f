import type { Broker, RequestOptions } from 'kafka-rx'
import { Fetch, Produce, RecordBatchWriter, recordBatches } from 'kafka-rx/protocol'
import { map, type Observable } from 'rxjs'
import { accepted, type Topic, untilSettled } from './topic.js'

/** Appends records, and emits the offset of the first once all replicas in sync have them. */
export function produce(
  kafka: Broker,
  { name, id }: Topic,
  records: readonly [key: string, value: string][],
): Observable<bigint> {
  const batch = new RecordBatchWriter({ compression: 'gzip' })
  for (const [key, value] of records) {
    batch.append({ key: Buffer.from(key), value: Buffer.from(value), timestamp: BigInt(Date.now()) })
  }
  const topicData = [{ name, topicId: id, partitionData: [{ index: 0, records: batch.close() }] }]
  return kafka.request(Produce, { transactionalId: null, acks: -1, timeoutMs: 10_000, topicData }).pipe(
    map(({ responses: [topic] }) => accepted(topic?.partitionResponses[0], `Produce to ${name}`).baseOffset),
    untilSettled(),
  )
}

/** What a Fetch is to do beside what every request can. */
export interface FetchOptions extends RequestOptions {
  readonly from: bigint
  /** How long the broker may hold the request while there is nothing new, in ms; default 0. */
  readonly maxWait?: number
}

/** The records there are from an offset on, as text. */
export function fetch(kafka: Broker, { name, id }: Topic, options: FetchOptions): Observable<string[]> {
  const { from, maxWait = 0, ...request } = options
  const partition = { partition: 0, fetchOffset: from, partitionMaxBytes: 1 << 20 }
  const topics = [{ topic: name, topicId: id, partitions: [partition] }]
  const body = { maxWaitMs: maxWait, minBytes: 1, maxBytes: 1 << 20, isolationLevel: 0, topics }
  return kafka.request(Fetch, body, request).pipe(
    map(({ responses: [topic] }) => {
      const { records } = accepted(topic?.partitions[0], `Fetch of ${name}`)
      return (
        [...recordBatches(records ?? Buffer.alloc(0))]
          .flatMap(batch => [...batch])
          // A batch comes whole, also when the offset is in the midst of it.
          .filter(({ offset }) => offset >= from)
          .map(({ offset, key, value }) => `${offset}: ${key} wants ${value}`)
      )
    }),
  )
}
