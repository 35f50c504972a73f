import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { lastValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  type Broker,
  broker,
  type Connection,
  connect,
  decodeFrames,
  Kafka,
  open,
  receive,
  tcp,
  tryReceive,
} from '../src/index.js'
import { Metadata, RecordBatchWriter, recordBatches, stampBatch } from '../src/protocol/index.js'
import { embeddedBroker, scripted } from '../src/testing/index.js'
import { namesOf } from './option-types.js'
import { exportedNames } from './snippets.js'
import { root } from './user-project.js'

// Whatever takes options refuses a name that is misspelt, and says which was meant. The names are read off the sources, so
// that an option that is added is tried too.

const kafka = new Kafka({ bootstrap: 'a' })
const producer = kafka.producer()
const partition = { topic: 'orders', partition: 0 }

/** Everything that users call with options, by the type of those. */
const takers: Readonly<Record<string, (options: object) => unknown>> = {
  ConnectOptions: options => connect({ host: 'a', ...options }),
  OpenOptions: options => open({ host: 'a', ...options }),
  ReceiveOptions: options => receive(4, options),
  'ReceiveOptions of tryReceive': options => tryReceive(4, options),
  DecodeFramesOptions: options => decodeFrames(options),
  WriteOptions: options => onConnection(connection => connection.write(Buffer.from('a'), options)),
  TcpOptions: options => tcp(options),
  BrokerOptions: options => broker({ host: 'a', ...options }),
  SaslPasswordOptions: options =>
    broker({ host: 'a', sasl: { mechanism: 'PLAIN', username: 'a', password: 'b', ...options } }),
  SaslTokenOptions: options =>
    broker({ host: 'a', sasl: { mechanism: 'OAUTHBEARER', token: () => ['a'], ...options } }),
  RequestOptions: options => onBroker(kafka => kafka.request(Metadata, { topics: null }, options)),
  RecordBatchOptions: options => new RecordBatchWriter(options),
  RecordBatchesOptions: options => recordBatches(Buffer.alloc(0), options),
  BatchProducer: options => stampBatch(new RecordBatchWriter().close(), options),
  EmbeddedBrokerOptions: options => embeddedBroker(options),
  TopicOptions: options => embeddedBroker({ topics: { orders: options } }),
  SaslListenerOptions: options => embeddedBroker({ sasl: { users: { a: 'b' }, ...options } }),
  FaultOptions: options => lastValueFrom(embeddedBroker({ listen: false }, cluster => [cluster.fault(options)])),
  KafkaOptions: options => new Kafka({ bootstrap: 'a', ...options }),
  KafkaRequestOptions: options => kafka.request(Metadata, { topics: null }, options),
  TopicsChangeOptions: options => kafka.createTopics({ name: 'orders' }, options),
  'TopicsChangeOptions of deleteTopics': options => kafka.deleteTopics('orders', options),
  NewTopic: options => kafka.createTopics({ name: 'orders', ...options }),
  SafeProducerOptions: options => kafka.producer(options),
  GroupOptions: options => kafka.consumer({ group: 'a', topics: 'orders', ...options }),
  NextGroupOptions: options => kafka.consumer({ group: 'a', topics: 'orders', protocol: 'consumer', ...options }),
  TopicsOptions: options => kafka.consumer({ topics: 'orders', ...options }),
  PartitionsOptions: options => kafka.consumer({ partitions: [partition], ...options }),
  GroupPartitionsOptions: options => kafka.consumer({ partitions: [partition], group: 'a', ...options }),
  CommitPolicy: options => kafka.consumer({ group: 'a', topics: 'orders', commit: options }),
  ConsumeOptions: options => kafka.consume({ topics: 'orders', ...options }, () => []),
  ConsumeBatchesOptions: options => kafka.consumeBatches({ topics: 'orders', ...options }, () => []),
  FastProducerOptions: options => kafka.producer({ acks: 1, ...options }),
  FailOptions: options => producer.send([], options),
  EmitOptions: options =>
    producer.produceFrom([], () => ({ topic: 'orders', value: null }), { onError: 'emit', ...options }),
  OverflowOptions: options => producer.produce(() => ({ topic: 'orders', value: null }), options),
  Script: options => scripted(options),
  'Script of a later attempt': options => scripted({}, options),
}

/** What users do not call, errors and the declarations of messages, and types that are made of others here. */
const notCalled = /^(\w*ErrorOptions|FieldOptions|BrokerConfigOptions|SaslOptions|ProducerOptions|ConsumerOptions)$/

const onConnection = (use: (connection: Connection) => ReturnType<Connection['write']>) =>
  lastValueFrom(connect({ host: 'a', transport: scripted() }, use))

const onBroker = (use: (kafka: Broker) => ReturnType<Broker['request']>) =>
  lastValueFrom(embeddedBroker({ listen: false }, ({ transport }) => broker({ host: '127.0.0.1', transport }, use)))

/** What is said of it, at the call or in what it leads to. */
async function answer(taker: (options: object) => unknown, options: object): Promise<unknown> {
  try {
    await taker(options)
    return 'it was taken'
  } catch (error) {
    return error
  }
}

const misspelt = (name: string): string => `${name}${name.at(-1)}`

describe.each(Object.entries(takers))('%s', (type, taker) => {
  const names = namesOf(type.replace(/ of .*/, ''))

  it('has options', () => {
    expect(names).not.toEqual([])
  })

  it.each(names)('refuses %s misspelt, and says what was meant', async name => {
    const error = await answer(taker, { [misspelt(name)]: 1 })
    expect(error).toMatchObject({ name: 'ArgumentError' })
    expect(String(error)).toContain(`"${misspelt(name)}": did you mean ${name}?`)
  })

  it('takes an option that is undefined for one that is left out', async () => {
    expect(String(await answer(taker, { [misspelt(names[0] ?? '')]: undefined }))).not.toContain('did you mean')
  })
})

describe('the pages of docs/', () => {
  it.each([
    ['testing.md', 'EmbeddedBrokerOptions'],
    ['embedded-broker.md', 'FaultOptions'],
  ])('have a row in %s for each of %s', (page, type) => {
    const rows = readFileSync(join(root, 'docs', page), 'utf8').match(/^\| .*/gm)
    expect(namesOf(type).filter(name => !rows?.some(row => new RegExp(`\`${name}[\`:]`).test(row)))).toEqual([])
  })
})

describe('the options of TLS', () => {
  it.each([
    ['rejectUnauthorised', 'rejectUnauthorized'],
    ['serverName', 'servername'],
    ['certs', 'cert'],
  ])('%s is refused: did you mean %s?', (given, meant) => {
    expect(() => connect({ host: 'a', tls: { [given]: 1 } })).toThrow(
      `tls has no option "${given}": did you mean ${meant}?`,
    )
  })

  it('that are unlike any that is known are left to node, which may be newer', () => {
    expect(() => connect({ host: 'a', tls: { quantumSafety: true } as object })).not.toThrow()
  })
})

describe('this table', () => {
  it('has every type of options that is exported', () => {
    const exported = [...exportedNames({}).keys()].filter(name => /Options$/.test(name) && !notCalled.test(name))
    const tried = Object.keys(takers).map(type => type.replace(/ of .*/, ''))
    expect(exported.length).toBeGreaterThan(10)
    expect(exported.filter(name => !tried.includes(name))).toEqual([])
  })
})
