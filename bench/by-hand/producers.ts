import { Kafka } from 'kafka-rx'
import type { LeftOut } from '../harness/bench.js'
import type { Send } from '../harness/closed-loop.js'
import { loadRival } from '../harness/load-rival.js'
import type { Peer } from '../harness/start-peer.js'

/** How records are acknowledged. */
export interface Acks {
  readonly acks: 1 | -1
  readonly idempotent: boolean
}

/** A client that sends records of these values, as its users write it: the records are made for each call. */
export interface Producing {
  /** Sends a record of each value in one call. */
  list(topic: string, values: readonly Buffer[]): Send
  /** Sends one record. */
  single(topic: string, value: Buffer): Send
  close(): unknown
}

export type OpenProducer = (peer: Peer, acks: Acks) => Promise<Producing | LeftOut>

/** kafka-rx, with its defaults. */
export async function ourProducer({ host, port }: Peer, { acks, idempotent }: Acks): Promise<Producing> {
  const kafka = new Kafka({ bootstrap: [`${host}:${port}`] })
  const producer = kafka.producer(acks === 1 ? { acks } : { idempotent })
  return {
    list: (topic, values) => (complete, error) => {
      producer.send(values.map(value => ({ topic, value }))).subscribe({ complete, error })
    },
    single: (topic, value) => (complete, error) => {
      producer.send({ topic, value }).subscribe({ complete, error })
    },
    close: () => new Promise<void>(resolve => kafka.released.subscribe(() => resolve())),
  }
}

/** kafkajs: no limit to requests in flight, no log. */
export async function kafkajsProducer({ host, port }: Peer, { acks, idempotent }: Acks): Promise<Producing | LeftOut> {
  const rival = await loadRival<{ default: Kafkajs }>('kafkajs')
  if ('leftOut' in rival) return rival
  const { Kafka: Client, Partitioners, logLevel } = rival.default
  const client = new Client({ brokers: [`${host}:${port}`], logLevel: logLevel.NOTHING })
  const producer = client.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
    idempotent,
  })
  await producer.connect()
  return {
    list: (topic, values) => (done, fail) => {
      producer.send({ topic, acks, messages: values.map(value => ({ value })) }).then(done, fail)
    },
    single: (topic, value) => (done, fail) => {
      producer.send({ topic, acks, messages: [{ value }] }).then(done, fail)
    },
    close: () => producer.disconnect(),
  }
}

/** @platformatic/kafka: callbacks rather than promises, and as many requests in flight as are outstanding. */
export async function platformaticProducer(peer: Peer, { acks, idempotent }: Acks): Promise<Producing | LeftOut> {
  const rival = await loadRival<Platformatic>('@platformatic/kafka')
  if ('leftOut' in rival) return rival
  const producer = new rival.Producer({
    clientId: 'bench',
    bootstrapBrokers: [`${peer.host}:${peer.port}`],
    autocreateTopics: false,
    maxInflights: 1000,
    idempotent,
  })
  const send = (messages: readonly object[], done: () => void, fail: (error: unknown) => void) =>
    producer.send({ messages, acks }, error => (error ? fail(error) : done()))
  return {
    list: (topic, values) => (done, fail) => {
      const messages = values.map(value => ({ topic, value }))
      send(messages, done, fail)
    },
    single: (topic, value) => (done, fail) => send([{ topic, value }], done, fail),
    close: () => producer.close(),
  }
}

/** Each with the settings that serve it best. */
export const rivals: readonly (readonly [name: string, open: OpenProducer])[] = [
  ['kafkajs', kafkajsProducer],
  ['@platformatic/kafka', platformaticProducer],
]

interface Kafkajs {
  readonly Kafka: new (
    options: object,
  ) => {
    producer(options: object): {
      connect(): Promise<void>
      send(records: object): Promise<unknown>
      disconnect(): Promise<void>
    }
  }
  readonly Partitioners: { readonly DefaultPartitioner: unknown }
  readonly logLevel: { readonly NOTHING: number }
}

interface Platformatic {
  readonly Producer: new (
    options: object,
  ) => {
    send(options: object, callback: (error: Error | null) => void): void
    close(): Promise<void>
  }
}
