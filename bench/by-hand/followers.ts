import { randomUUID } from 'node:crypto'
import { Kafka, type NextGroupOptions } from 'kafka-rx'
import { firstValueFrom } from 'rxjs'
import type { LeftOut } from '../harness/bench.js'
import { loadRival } from '../harness/load-rival.js'
import type { Peer } from '../harness/start-peer.js'

/** What a follower is told of each record. */
export type OnRecord = (partition: number, value: Buffer | null) => void

/** Where and how to follow. */
export interface FollowOptions {
  readonly peer: Peer
  readonly topic: string
  /** Default: one of its own. */
  readonly group?: string
  readonly onRecord: OnRecord
  readonly fail: (error: unknown) => void
}

/** A member of a group that reads what comes, with its offsets committed every 5 s; it has joined. */
export interface Follower {
  /** It leaves. */
  close(): Promise<unknown>
}

export type Follow = (options: FollowOptions) => Promise<Follower | LeftOut>

/** kafka-rx, record by record, acknowledged. */
export const follow =
  (protocol: 'classic' | NextGroupOptions['protocol']): Follow =>
  ({ peer, topic, group = randomUUID(), onRecord, fail }) =>
    new Promise(resolve => {
      const kafka = new Kafka({ bootstrap: `${peer.host}:${peer.port}` })
      const following = kafka.consumer({ group, topics: topic, protocol: protocol as 'classic' }).subscribe({
        next: consumer => {
          consumer.subscribe({
            next: record => {
              onRecord(record.partition, record.value)
              consumer.acknowledge(record)
            },
            error: fail,
          })
          const close = () => {
            following.unsubscribe()
            return firstValueFrom(kafka.released)
          }
          queueMicrotask(() => resolve({ close }))
        },
        error: fail,
      })
    })

/** kafkajs, batch by batch; each record is resolved, and committed by and by. */
export const followByKafkajs: Follow = async ({ peer, topic, group = randomUUID(), onRecord }) => {
  const rival = await loadRival<{ default: Kafkajs }>('kafkajs')
  if ('leftOut' in rival) return rival
  const { Kafka: Client, logLevel } = rival.default
  const client = new Client({ brokers: [`${peer.host}:${peer.port}`], logLevel: logLevel.NOTHING })
  const consumer = client.consumer({ groupId: group })
  const joined = new Promise<void>(resolve => consumer.on('consumer.group_join', () => resolve()))
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await consumer.run({
    autoCommitInterval: 5000,
    partitionsConsumedConcurrently: 3,
    eachBatch: async ({ batch }) => {
      for (const { value } of batch.messages) onRecord(batch.partition, value)
    },
  })
  await joined
  return { close: () => consumer.disconnect() }
}

/** @platformatic/kafka, its stream in flowing mode. */
export const followByPlatformatic: Follow = async ({ peer, topic, group = randomUUID(), onRecord, fail }) => {
  const rival = await loadRival<Platformatic>('@platformatic/kafka')
  if ('leftOut' in rival) return rival
  const consumer = new rival.Consumer({
    clientId: 'bench',
    groupId: group,
    bootstrapBrokers: [`${peer.host}:${peer.port}`],
    autocommit: 5000,
  })
  const stream = await consumer.consume({ topics: [topic], mode: 'committed', fallbackMode: 'earliest' })
  stream.on('error', fail)
  stream.on('data', ({ partition, value }) => onRecord(partition, value))
  return { close: () => consumer.close(true) }
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
        readonly autoCommitInterval: number
        readonly partitionsConsumedConcurrently: number
        readonly eachBatch: (payload: {
          readonly batch: {
            readonly partition: number
            readonly messages: readonly { readonly value: Buffer | null }[]
          }
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
      on(
        event: 'data',
        listener: (message: { readonly partition: number; readonly value: Buffer | null }) => void,
      ): void
      on(event: 'error', listener: (error: unknown) => void): void
    }>
    close(force: boolean): Promise<void>
  }
}
