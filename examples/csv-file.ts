import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Kafka } from 'kafka-rx'
import { count, defer, type Observable } from 'rxjs'

/** Produces the lines of a CSV file, read no faster than Kafka takes them; emits how many were acknowledged. */
export function produceCsv(kafka: Kafka, path: string): Observable<number> {
  return defer(() => {
    const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })
    return kafka.producer().produceFrom(lines, line => ({ topic: 'people', key: line.split(',')[0], value: line }))
  }).pipe(count())
}
