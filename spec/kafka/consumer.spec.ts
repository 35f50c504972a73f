import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { BehaviorSubject, filter, lastValueFrom, take } from 'rxjs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { ConsumerOptions } from '../../src/consumer/consumer-options.js'
import { Kafka } from '../../src/kafka.js'
import { CreatePartitions, DeleteRecords } from '../../src/protocol/index.js'
import { toolsClassPath } from './harness/class-path.js'
import { deadManSwitch } from './harness/dead-man-switch.js'
import { javaProgram, lightJvm, runJava } from './harness/run-java.js'
import { useKafka } from './harness/use-kafka.js'
import { type Reading, startReading } from './reading.js'

const protocols = ['classic', 'consumer'] as const
const tools = 'org.apache.kafka.tools'

const cluster = useKafka({
  config: {
    'group.consumer.session.timeout.ms': 6000,
    'group.consumer.min.session.timeout.ms': 6000,
    'group.consumer.heartbeat.interval.ms': 500,
    'group.consumer.min.heartbeat.interval.ms': 500,
  },
})
let kafka: Kafka
let classPath: string
/** Of this test alone, as its group. */
let topic: string
let tests = 0
let reading: Reading[] = []

beforeAll(async () => {
  classPath = await toolsClassPath()
  kafka = new Kafka({ bootstrap: cluster().bootstrap })
})
beforeEach(() => {
  topic = `topic-${tests++}`
  reading = []
})
afterEach(async () => {
  for (const one of reading) await one.end()
})

const patience = { timeout: 40_000, interval: 50 }
const java = async (program: string, ...args: string[]): Promise<string> =>
  (await runJava(program, args, { classPath })).stdout

async function read(options: Partial<ConsumerOptions>): Promise<Reading> {
  const client = { bootstrap: cluster().bootstrap, metadataMaxAge: 1000 }
  const one = await startReading(client, { topics: topic, ...options } as ConsumerOptions)
  reading.push(one)
  return one
}

/** As a member of this test's group. */
const member = (protocol: 'classic' | 'consumer', options: object = {}): Promise<Reading> =>
  read({ group: topic, protocol, ...(protocol === 'classic' && { heartbeatInterval: 500 }), ...options } as never)

async function stop(one: Reading): Promise<void> {
  reading = reading.filter(other => other !== one)
  await one.end()
}

const create = (partitions: number, config: Readonly<Record<string, string>> = {}) =>
  lastValueFrom(kafka.createTopics({ name: topic, partitions, config }))

/** By their keys they are spread over the partitions. */
const send = (values: readonly string[]) =>
  lastValueFrom(kafka.producer().send(values.map(value => ({ topic, key: value, value }))))

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `${from + i}`)

const lags = ({ consumer }: Reading) => consumer.positions.map(({ lag }) => lag)

describe.each(protocols)('kafka-consumer-groups and a group of ours: %s', protocol => {
  const groups = (...args: string[]) =>
    java(
      `${tools}.consumer.group.ConsumerGroupCommand`,
      ...['--bootstrap-server', cluster().bootstrap.join(), '--group', topic, ...args],
    )

  test('describes members and lag, and resets to where ours then starts', async () => {
    await create(2)
    await send(numbers(0, 20))
    const one = await member(protocol, { commit: { interval: 200 } })
    await vi.waitFor(() => expect(one.values).toHaveLength(20), patience)
    const ends = [0, 1].map(partition => one.records.filter(record => record.partition === partition).length)
    await vi.waitFor(
      () => expect(one.consumer.positions.map(({ committed }) => Number(committed))).toEqual(ends),
      patience,
    )
    // GROUP TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG CONSUMER-ID HOST CLIENT-ID
    const rows = (await groups('--describe')).split('\n').map(line => line.trim().split(/\s+/))
    const described = rows.filter(([, name]) => name === topic).toSorted((a, b) => Number(a[2]) - Number(b[2]))
    expect(described.map(([group, , ...rest]) => [group, ...rest.slice(0, 4)])).toEqual(
      ends.map((end, partition) => [topic, `${partition}`, `${end}`, `${end}`, '0']),
    )
    expect(described.map(row => row.slice(-2))).toEqual(ends.map(() => ['/127.0.0.1', 'kafka-rx']))
    const members = await groups('--describe', '--members')
    expect(members).toMatch(new RegExp(`${topic} .*/127.0.0.1 +kafka-rx +2\\b`))
    await stop(one)
    const reset = ['--reset-offsets', '--topic', topic, '--to-offset', '3', '--execute']
    expect(await groups(...reset)).toContain('NEW-OFFSET')
    const two = await member(protocol)
    await vi.waitFor(() => expect(two.values).toHaveLength(20 - 6), patience)
    expect([0, 1].map(partition => two.records.find(record => record.partition === partition)?.offset)).toEqual([
      3n,
      3n,
    ])
  })
})

test('what Java commits in transactions is read, what it aborts is passed by: lag 0 behind the last marker', async () => {
  await create(2)
  await java('spec/kafka/TransactionalCopier.java', 'write', cluster().bootstrap.join(), topic, '8', '50')
  const committed = numbers(0, 8).filter(transaction => Number(transaction) % 3 !== 2)
  const written = committed.flatMap(transaction => numbers(0, 50).map(record => `${transaction}/${record}`))
  const one = await member('classic', { commit: { interval: 200 } })
  const unstable = await read({ isolation: 'read_uncommitted' } as never)
  await vi.waitFor(() => expect(one.values).toHaveLength(written.length), patience)
  expect(one.values.toSorted()).toEqual(written.toSorted())
  await vi.waitFor(() => expect(lags(one)).toEqual([0n, 0n]), patience)
  await vi.waitFor(() => {
    for (const { position, committed, endOffset } of one.consumer.positions) {
      expect([position, committed]).toEqual([endOffset, endOffset])
    }
  }, patience)
  // A marker for each transaction, of which the last stands at the end.
  const ends = one.consumer.positions.map(({ endOffset }) => Number(endOffset))
  expect(ends.reduce((sum, end) => sum + end)).toBe(400 + 8 * 2)
  await vi.waitFor(() => expect(unstable.values).toHaveLength(400), patience)
  expect(lags(unstable)).toEqual([0n, 0n])
  // What is committed is where another goes on.
  await stop(one)
  const two = await member('consumer')
  await send(['after'])
  await vi.waitFor(() => expect(two.values).toEqual(['after']), patience)
})

describe.each([...protocols, 'no group'] as const)('a topic that is subscribed to: %s', protocol => {
  const reader = (options: object = {}) => (protocol === 'no group' ? read(options) : member(protocol, options))

  test('is deleted and made anew: read from its start', async () => {
    await create(1)
    await send(numbers(0, 5))
    const one = await reader()
    await vi.waitFor(() => expect(one.values).toEqual(numbers(0, 5)), patience)
    await lastValueFrom(kafka.deleteTopics(topic))
    await create(1)
    await send(numbers(5, 15))
    await vi.waitFor(() => expect(one.values).toEqual(numbers(0, 15)), patience)
    await vi.waitFor(() => expect(lags(one)).toEqual([0n]), patience)
    if (protocol === 'no group') return
    await stop(one)
    const two = await reader()
    await send(['after'])
    await vi.waitFor(() => expect(two.values).toEqual(['after']), patience)
  })

  test('gets a partition: read from its earliest record', async () => {
    await create(1)
    const one = await reader({ offsetReset: 'latest' })
    const topics = [{ name: topic, count: 4, assignments: null }]
    const body = { topics, timeoutMs: 10_000, validateOnly: false }
    await lastValueFrom(kafka.request(CreatePartitions, body, { to: 'controller' }))
    const producer = new Kafka({ bootstrap: cluster().bootstrap }).producer()
    const sent = numbers(0, 4).map(value => ({ topic, partition: Number(value), value }))
    await lastValueFrom(producer.send(sent))
    await vi.waitFor(() => expect(one.values.toSorted()).toEqual(numbers(0, 4)), patience)
  })
})

test('what DeleteRecords takes from under a slow consumer is told as skipped', async () => {
  await create(1)
  const value = 'x'.repeat(10_000)
  await lastValueFrom(kafka.producer().send(numbers(0, 300).map(key => ({ topic, key, value }))))
  const isOpen = new BehaviorSubject(false)
  const client = new Kafka({ bootstrap: cluster().bootstrap })
  const skipped: unknown[] = []
  client.events.subscribe(event => event.type === 'skipped' && skipped.push(event))
  const offsets: bigint[] = []
  const consumed = client.consume({ group: topic, topics: topic, prefetch: 100_000 }, ({ offset }) => {
    offsets.push(offset)
    return isOpen.pipe(filter(Boolean), take(1))
  })
  const life = consumed.subscribe()
  await vi.waitFor(() => expect(offsets).toEqual([0n]), patience)
  const topics = [{ name: topic, partitions: [{ partitionIndex: 0, offset: 200n }] }]
  const to = { leader: { topic, partition: 0 } }
  const deleted = await lastValueFrom(kafka.request(DeleteRecords, { topics, timeoutMs: 10_000 }, { to }))
  expect(deleted.topics[0]?.partitions).toMatchObject([{ lowWatermark: 200n, errorCode: 0 }])
  isOpen.next(true)
  await vi.waitFor(() => expect(offsets.at(-1)).toBe(299n), patience)
  const gap = offsets.findIndex((offset, index) => offset !== BigInt(index))
  // What it had fetched it handles still.
  expect(gap).toBeGreaterThan(0)
  expect(offsets.slice(gap)).toEqual(numbers(200, 300).map(BigInt))
  const place = { topic, partition: 0, from: BigInt(gap), to: 200n }
  expect(skipped).toEqual([{ type: 'skipped', reason: 'out-of-range', ...place }])
  life.unsubscribe()
  await lastValueFrom(client.released)
})

test.each(['gzip', 'snappy', 'lz4', 'zstd'])('what the broker has compressed is read: %s', async codec => {
  await create(3, { 'compression.type': codec })
  const values = numbers(0, 2000).map(number => `${number} ${'again '.repeat(Number(number) % 50)}`)
  await send(values)
  const one = await read({})
  await vi.waitFor(() => expect(one.values).toHaveLength(values.length), patience)
  expect(one.values.toSorted()).toEqual(values.toSorted())
})

describe.each(protocols)("Java's console consumer in a group of ours: %s", protocol => {
  const started: ChildProcessByStdio<null, Readable, null>[] = []
  afterAll(() => {
    for (const one of started) one.kill('SIGKILL')
  })

  function startJava() {
    const settings =
      protocol === 'consumer'
        ? ['group.protocol=consumer']
        : [
            'partition.assignment.strategy=org.apache.kafka.clients.consumer.CooperativeStickyAssignor',
            'heartbeat.interval.ms=500',
          ]
    const child = spawn(
      javaProgram('java'),
      [
        ...[...lightJvm, '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-cp', classPath],
        ...[`${tools}.consumer.ConsoleConsumer`, '--bootstrap-server', cluster().bootstrap.join()],
        ...['--topic', topic, '--group', topic, '--from-beginning'],
        ...settings.flatMap(setting => ['--command-property', setting]),
      ],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    )
    started.push(child)
    if (child.pid !== undefined) deadManSwitch.watch(child.pid)
    let printed = ''
    child.stdout.setEncoding('utf8').on('data', text => {
      printed += text
    })
    const end = async () => {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
      if (child.pid !== undefined) deadManSwitch.forget(child.pid)
    }
    return { values: () => printed.split('\n').slice(0, -1), end }
  }

  const held = ({ consumer }: Reading) => consumer.positions.length

  test('each record is read once, whoever leads, comes and goes', async () => {
    await create(4)
    await send(numbers(0, 100))
    const one = await member(protocol)
    await vi.waitFor(() => expect(one.values).toHaveLength(100), patience)
    const java = startJava()
    await vi.waitFor(() => expect(held(one)).toBe(2), patience)
    await send(numbers(100, 200))
    await vi.waitFor(() => expect(one.values.length + java.values().length).toBe(200), patience)
    expect(java.values()).not.toEqual([])
    // The last that was there before leads: now Java's.
    await stop(one)
    await send(numbers(200, 300))
    await vi.waitFor(() => expect(one.values.length + java.values().length).toBe(300), patience)
    const two = await member(protocol)
    await vi.waitFor(() => expect(held(two)).toBe(2), patience)
    await send(numbers(300, 400))
    const all = () => [...one.values, ...two.values, ...java.values()]
    await vi.waitFor(() => expect(all()).toHaveLength(400), patience)
    await java.end()
    await vi.waitFor(() => expect(held(two)).toBe(4), patience)
    await send(numbers(400, 500))
    await vi.waitFor(() => expect(all()).toHaveLength(500), patience)
    expect(all().toSorted()).toEqual(numbers(0, 500).toSorted())
  })
})
