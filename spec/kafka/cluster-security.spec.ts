import { interval, lastValueFrom, map, take, toArray } from 'rxjs'
import { describe, expect, test } from 'vitest'
import type { KafkaOptions } from '../../src/cluster/kafka-options.js'
import { AuthenticationError, ConnectError, type ProduceError } from '../../src/errors.js'
import { Kafka } from '../../src/kafka.js'
import { credentials, failure, mechanisms } from './asking.js'
import type { Listener } from './harness/server-properties.js'
import { useKafka } from './harness/use-kafka.js'
import { javaReads } from './java-records.js'

const cluster = useKafka({
  nodes: 2,
  listeners: ['SASL_PLAINTEXT', 'SSL', 'SASL_SSL'],
  config: { 'connections.max.reauth.ms': 2_000, 'num.partitions': 4 },
})

function client(listener: Listener, more: Partial<KafkaOptions> = {}): Kafka {
  const tls = listener.endsWith('SSL') ? { ca: cluster().ca as string } : false
  return new Kafka({ bootstrap: cluster().addresses(listener), tls, ...more })
}

/** By Java, over the brokers' own listener, which needs no password. */
const readBack = (topic: string) =>
  javaReads(
    cluster().nodes.map(({ ports }) => `127.0.0.1:${ports.INTERNAL}`),
    topic,
  )

describe('produces to all brokers, and lists topics', () => {
  async function producesAndLists(kafka: Kafka, topic: string): Promise<void> {
    const values = Array.from({ length: 8 }, (_, index) => `value ${index}`)
    await lastValueFrom(kafka.createTopics({ name: topic }))
    await lastValueFrom(kafka.producer().send(values.map((value, index) => ({ topic, partition: index % 4, value }))))
    expect((await lastValueFrom(kafka.topics())).map(({ name }) => name)).toContain(topic)
    await lastValueFrom(kafka.released)
    expect((await readBack(topic)).map(({ value }) => String(value)).toSorted()).toEqual(values)
  }

  test('over TLS', () => producesAndLists(client('SSL'), 'over-tls'))

  test.each(
    mechanisms.flatMap(mechanism => [[mechanism, 'SASL_PLAINTEXT'] as const, [mechanism, 'SASL_SSL'] as const]),
  )('by %s on %s', (mechanism, listener) =>
    producesAndLists(client(listener, { sasl: credentials(mechanism) }), `${mechanism}-${listener}`),
  )
})

describe('is told at once, and not tried again', () => {
  test.each(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const)('a wrong password, by %s', async mechanism => {
    const sasl = { mechanism, username: 'alice', password: 'a guess' }
    const kafka = client('SASL_SSL', { sasl })
    const retries = told(kafka, 'retrying')
    expect(await failure(kafka.topics())).toBeInstanceOf(AuthenticationError)
    const error = (await failure(kafka.producer().send({ topic: 'guessed', value: 'one' }))) as ProduceError
    expect(error).toMatchObject({ name: 'ProduceError', outcome: 'unsent', topic: 'guessed', retriable: false })
    expect(error.cause).toBeInstanceOf(AuthenticationError)
    expect(retries).toEqual([])
    await lastValueFrom(kafka.released)
  })

  test('an authority that is not known', async () => {
    const kafka = client('SSL', { tls: true })
    const retries = told(kafka, 'retrying')
    expect(await failure(kafka.topics())).toBeInstanceOf(ConnectError)
    const error = (await failure(kafka.producer().send({ topic: 'distrusted', value: 'one' }))) as ProduceError
    expect(error).toMatchObject({ name: 'ProduceError', outcome: 'unsent', retriable: false })
    expect(error.cause).toBeInstanceOf(ConnectError)
    expect(retries).toEqual([])
  })
})

test.each(mechanisms)('sessions of 2 s that are renewed by %s while producing lose nothing', async mechanism => {
  const kafka = client('SASL_PLAINTEXT', { sasl: credentials(mechanism) })
  const topic = `renewed-${mechanism}`
  const ends = told(kafka, 'disconnected')
  const sent = interval(5).pipe(
    take(1000),
    kafka.producer().produce(index => ({ topic, key: `key ${index % 20}`, value: `${index}` })),
    map(({ input }) => input),
    toArray(),
  )
  const numbers = Array.from({ length: 1000 }, (_, index) => index)
  expect((await lastValueFrom(sent)).toSorted((one, other) => one - other)).toEqual(numbers)
  expect(ends).toEqual([])
  const log = await readBack(topic)
  expect(log.map(({ value }) => Number(value)).toSorted((one, other) => one - other)).toEqual(numbers)
  await lastValueFrom(kafka.released)
})

/** The events of a type, from now on. */
function told(kafka: Kafka, type: string): unknown[] {
  const events: unknown[] = []
  kafka.events.subscribe(event => {
    if (event.type === type) events.push(event)
  })
  return events
}
