import { randomUUID } from 'node:crypto'
import { type ConsumerRecord, Kafka } from 'kafka-rx'
import { EMPTY, firstValueFrom, type Subscription, tap } from 'rxjs'
import type { LeftOut } from '../harness/bench.js'
import { loadRival } from '../harness/load-rival.js'
import type { RecordCount } from '../harness/record-count.js'
import type { Peer } from '../harness/start-peer.js'

/** A client that reads a topic from its beginning, each time anew and in a new group, until all is counted. */
export interface Consuming {
  read(topic: string, count: RecordCount): Promise<void>
}

/** How offsets go to the group: not at all, every 5 s of what was read, or of what was acknowledged record by record. */
export type Commits = 'none' | 'read' | 'acknowledged'

export type OpenConsumer = (peer: Peer, commits: Commits) => Promise<Consuming | LeftOut>

/** kafka-rx: how it is read is what the benches vary. */
export type Read = (kafka: Kafka, topic: string, count: RecordCount) => Subscription

export function ourConsumer({ host, port }: Peer, read: Read): Consuming {
  return {
    async read(topic, count) {
      const kafka = new Kafka({ bootstrap: `${host}:${port}` })
      const reading = read(kafka, topic, count)
      await count.done
      reading.unsubscribe()
      await firstValueFrom(kafka.released)
    },
  }
}

/** Without a group, records subscribed. */
export const records: Read = (kafka, topics, count) =>
  kafka
    .consumer({ topics }, consumer => {
      count.joined()
      return consumer
    })
    .subscribe({ next: ({ value }) => count.add(value), error: count.fail })

/** Without a group, batches. */
export const batches: Read = (kafka, topics, count) =>
  kafka
    .consumer({ topics }, consumer => {
      count.joined()
      return consumer.batches
    })
    .subscribe({
      next: batch => {
        for (const { value } of batch) count.add(value)
      },
      error: count.fail,
    })

/** In a group that commits, each record acknowledged. */
export const acknowledged: Read = (kafka, topics, count) =>
  kafka
    .consumer({ group: randomUUID(), topics }, consumer => {
      count.joined()
      const acknowledge = (record: ConsumerRecord) => {
        count.add(record.value)
        consumer.acknowledge(record)
      }
      return consumer.pipe(tap(acknowledge))
    })
    .subscribe({ error: count.fail })

/** By a handler that completes at once. */
export const handled =
  (concurrency: number): Read =>
  (kafka, topics, count) =>
    kafka
      .consumer({ group: randomUUID(), topics }, consumer => {
        count.joined()
        return consumer.consume({ concurrency }, ({ value }) => {
          count.add(value)
          return EMPTY
        })
      })
      .subscribe({ error: count.fail })

/** kafkajs: batch by batch, its partitions at once, no log; smaller fetches than its own serve it better. */
export async function kafkajsConsumer({ host, port }: Peer, commits: Commits): Promise<Consuming | LeftOut> {
  const rival = await loadRival<{ default: Kafkajs }>('kafkajs')
  if ('leftOut' in rival) return rival
  const { Kafka: Client, logLevel } = rival.default
  const client = new Client({ brokers: [`${host}:${port}`], logLevel: logLevel.NOTHING })
  return {
    async read(topic, count) {
      const consumer = client.consumer({ groupId: randomUUID(), maxBytesPerPartition: 131_072 })
      consumer.on('consumer.group_join', () => count.joined())
      await consumer.connect()
      await consumer.subscribe({ topics: [topic], fromBeginning: true })
      await consumer.run({
        autoCommit: commits !== 'none',
        autoCommitInterval: 5000,
        eachBatchAutoResolve: commits !== 'acknowledged',
        partitionsConsumedConcurrently: 3,
        eachBatch: async ({ batch, resolveOffset }) => {
          for (const { value, offset } of batch.messages) {
            if (count.isDone) return
            count.add(value)
            if (commits === 'acknowledged') resolveOffset(offset)
          }
        },
      })
      await count.done
      await consumer.disconnect()
    },
  }
}

/** @platformatic/kafka: its stream in flowing mode; with fetches as large as it asks for by itself it is many times slower. */
export const platformaticConsumer: OpenConsumer = (peer, commits) =>
  openPlatformatic(peer, commits, { maxBytesPerPartition: 262_144 })

/** The same as it comes. */
export const plainPlatformaticConsumer: OpenConsumer = (peer, commits) => openPlatformatic(peer, commits, {})

async function openPlatformatic(peer: Peer, commits: Commits, options: object): Promise<Consuming | LeftOut> {
  const rival = await loadRival<Platformatic>('@platformatic/kafka')
  if ('leftOut' in rival) return rival
  return {
    async read(topic, count) {
      const consumer = new rival.Consumer({
        clientId: 'bench',
        groupId: randomUUID(),
        bootstrapBrokers: [`${peer.host}:${peer.port}`],
        autocommit: commits === 'none' ? false : 5000,
        ...options,
      })
      const stream = await consumer.consume({ topics: [topic], mode: 'earliest' })
      count.joined()
      stream.on('error', count.fail)
      stream.on('data', ({ value }) => {
        if (!count.isDone) count.add(value)
      })
      await count.done
      await consumer.close(true)
    },
  }
}

interface Kafkajs {
  readonly Kafka: new (
    options: object,
  ) => {
    consumer(options: object): {
      on(event: string, listener: () => void): void
      connect(): Promise<void>
      subscribe(options: object): Promise<void>
      run(options: {
        readonly autoCommit: boolean
        readonly autoCommitInterval: number
        readonly eachBatchAutoResolve: boolean
        readonly partitionsConsumedConcurrently: number
        readonly eachBatch: (payload: {
          readonly batch: { readonly messages: readonly { readonly value: Buffer | null; readonly offset: string }[] }
          resolveOffset(offset: string): void
        }) => Promise<void>
      }): Promise<void>
      disconnect(): Promise<void>
    }
  }
  readonly logLevel: { readonly NOTHING: number }
}

interface Platformatic {
  readonly Consumer: new (
    options: object,
  ) => {
    consume(options: object): Promise<{
      on(event: 'data', listener: (message: { readonly value: Buffer | null }) => void): void
      on(event: 'error', listener: (error: unknown) => void): void
    }>
    close(force: boolean): Promise<void>
  }
}
