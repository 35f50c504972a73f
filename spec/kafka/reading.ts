import { lastValueFrom, ReplaySubject, tap } from 'rxjs'
import type { KafkaEvent } from '../../src/cluster/kafka-event.js'
import type { Consumer } from '../../src/consumer/consumer.js'
import type { ConsumerOptions } from '../../src/consumer/consumer-options.js'
import type { ConsumerRecord } from '../../src/consumer/consumer-record.js'
import { Kafka, type KafkaOptions } from '../../src/index.js'

/** A consumer that takes whatever comes, and what came. */
export interface Reading {
  readonly records: readonly ConsumerRecord[]
  /** Of the records, as text. */
  readonly values: readonly string[]
  readonly events: readonly KafkaEvent[]
  readonly consumer: Consumer
  /** Commits, leaves, and resolves when all is said. Rejects with what the consumer errored with. */
  end(): Promise<void>
}

/** Resolves when it has its first assignment. */
export async function startReading(client: KafkaOptions, options: ConsumerOptions): Promise<Reading> {
  const kafka = new Kafka(client)
  const events: KafkaEvent[] = []
  kafka.events.subscribe(event => events.push(event))
  const records: ConsumerRecord[] = []
  const values: string[] = []
  const opened = new ReplaySubject<Consumer>(1)
  const read = kafka.consumer(options, consumer => {
    opened.next(consumer)
    opened.complete()
    return consumer.pipe(
      tap(record => {
        records.push(record)
        values.push(String(record.value))
        consumer.acknowledge(record)
      }),
    )
  })
  let failure: { readonly error: unknown } | undefined
  const life = read.subscribe({
    error: error => {
      failure = { error }
      opened.error(error)
    },
  })
  const consumer = await lastValueFrom(opened)
  const end = async () => {
    life.unsubscribe()
    await lastValueFrom(kafka.released)
    if (failure !== undefined) throw failure.error
  }
  return { records, values, events, consumer, end }
}
