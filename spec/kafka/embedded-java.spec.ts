import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { recordBatches } from '../../src/protocol/records/record-batches.js'
import { greeting } from '../../src/testing/embedded/greeting.js'
import { embeddedBrokerSettings } from '../../src/testing/embedded/options.js'
import { toolsClassPath } from './harness/class-path.js'
import { javaProgram, lightJvm, runJava } from './harness/run-java.js'
import { useEmbeddedBroker } from './use-embedded-broker.js'

// The tools that Apache Kafka ships, on its own clients.

const tools = 'org.apache.kafka.tools'
const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
const protocols = ['classic', 'consumer'] as const

describe("Java's tools and the embedded broker", () => {
  const broker = useEmbeddedBroker({ brokers: 3, partitions: 3 })
  let classPath: string
  beforeAll(async () => {
    classPath = await toolsClassPath()
  })

  const bootstrap = () => ['--bootstrap-server', broker().bootstrap.join()]
  const java = async (program: string, args: readonly string[], input?: string): Promise<string> => {
    const { stdout } = await runJava(program, args, { classPath, ...(input !== undefined && { input }) })
    return stdout
  }
  const topics = (...args: string[]) => java(`${tools}.TopicCommand`, [...bootstrap(), ...args])
  const groups = (...args: string[]) => java(`${tools}.consumer.group.ConsumerGroupCommand`, [...bootstrap(), ...args])
  const produce = (topic: string, input: string, ...args: string[]) =>
    java(`${tools}.ConsoleProducer`, [...bootstrap(), '--topic', topic, ...args], input)
  const consume = async (topic: string, count: number, ...args: string[]): Promise<string[]> => {
    const limits = ['--max-messages', String(count), '--timeout-ms', '20000']
    const printed = await java(`${tools}.consumer.ConsoleConsumer`, [
      ...bootstrap(),
      '--topic',
      topic,
      ...limits,
      ...args,
    ])
    return linesOf(printed)
  }

  describe('kafka-topics', () => {
    it('creates, describes, lists, extends and deletes', async () => {
      const [first, second, third] = [1, 2, 3].map(id => `Leader: ${id}`)
      await topics('--create', '--topic', 'orders', '--partitions', '2', '--config', 'cleanup.policy=compact')
      await expect(topics('--create', '--topic', 'orders')).rejects.toThrow("Topic 'orders' already exists.")
      await topics('--create', '--topic', 'placed', '--replica-assignment', '3:1,2:3')
      expect(linesOf(await topics('--list'))).toEqual(['orders', 'placed'])
      const described = await topics('--describe', '--topic', 'orders')
      expect(described).toMatch(/PartitionCount: 2\tReplicationFactor: 3\tConfigs: cleanup.policy=compact\n/)
      expect(described.match(/Leader: \d/g)).toEqual([first, second])
      expect((await topics('--describe', '--topic', 'placed')).match(/Replicas: \S+/g)).toEqual([
        'Replicas: 3,1',
        'Replicas: 2,3',
      ])
      await topics('--alter', '--topic', 'orders', '--partitions', '4')
      expect((await topics('--describe', '--topic', 'orders')).match(/Leader: \d/g)).toEqual([
        first,
        second,
        third,
        first,
      ])
      await expect(topics('--alter', '--topic', 'orders', '--partitions', '3')).rejects.toThrow(
        /would not be an increase/,
      )
      await topics('--delete', '--topic', 'orders')
      await expect(topics('--delete', '--topic', 'orders')).rejects.toThrow(/does not exist/)
      expect(linesOf(await topics('--list'))).toEqual(['placed'])
    })
  })

  const keyed = ['--reader-property', 'parse.key=true', '--reader-property', 'key.separator=:']

  describe('the console', () => {
    const lines = Array.from({ length: 300 }, (_, i) => `key-${i % 17}:value ${i} ${'again '.repeat(i % 50)}`)
    const print = ['--formatter-property', 'print.key=true', '--formatter-property', 'key.separator=:']

    it.each(codecs)('producer and consumer: %s', async codec => {
      const topic = `console-${codec}`
      await produce(topic, lines.join('\n'), '--compression-codec', codec, ...keyed)
      const batches = broker()
        .partitions.filter(one => one.topic === topic)
        .flatMap(one => [...recordBatches(Buffer.concat(one.batches))])
      expect(new Set(batches.map(({ compression }) => compression))).toEqual(new Set([codec]))
      // Java's producer is idempotent unless told otherwise.
      expect(batches.every(({ producerId, baseSequence }) => producerId >= 0n && baseSequence >= 0)).toBe(true)
      const read = await consume(topic, lines.length, '--from-beginning', ...print)
      expect(read.toSorted()).toEqual(lines.toSorted())
    })

    it.each(protocols)('consumer in a group goes on where the group was: %s', async protocol => {
      const topic = `group-${protocol}`
      const own = ['--group', topic, '--from-beginning', '--command-property', `group.protocol=${protocol}`]
      await produce(topic, 'a\nb\nc')
      expect((await consume(topic, 3, ...own)).toSorted()).toEqual(['a', 'b', 'c'])
      await produce(topic, 'd\ne')
      expect((await consume(topic, 2, ...own)).toSorted()).toEqual(['d', 'e'])
    })

    it('does what the command prints', async () => {
      const printed = greeting(broker(), embeddedBrokerSettings())
      const args = (tool: string): string[] => {
        const [, found] = new RegExp(`^  ${tool} (.*)$`, 'm').exec(printed) ?? []
        if (found === undefined) throw new Error(`${tool} is not there`)
        return found.split(' ')
      }
      await java(`${tools}.ConsoleProducer`, args('kafka-console-producer'), 'hello')
      expect(linesOf(await java(`${tools}.TopicCommand`, args('kafka-topics')))).toContain('greetings')
      const read = [...args('kafka-console-consumer'), '--max-messages', '1', '--timeout-ms', '20000']
      expect(await java(`${tools}.consumer.ConsoleConsumer`, read)).toBe('hello\n')
    })

    it('consumer of one partition from an offset', async () => {
      await topics('--create', '--topic', 'one', '--partitions', '1')
      await produce('one', 'a\nb\nc\nd')
      expect(await consume('one', 2, '--partition', '0', '--offset', '2')).toEqual(['c', 'd'])
    })
  })

  describe('kafka-consumer-groups', () => {
    describe.each(protocols)('%s', protocol => {
      const group = `watched-${protocol}`
      const table = async (...args: string[]) => tableOf(await groups('--group', group, ...args))

      it('lists and describes a group, resets its offsets and deletes it', async () => {
        await topics('--create', '--topic', group, '--partitions', '2')
        // By their keys they are spread over both partitions.
        await produce(group, Array.from({ length: 10 }, (_, key) => `${key}:value`).join('\n'), ...keyed)
        const ends = broker()
          .partitions.filter(({ topic }) => topic === group)
          .map(({ highWatermark }) => Number(highWatermark))
        const member = start(`${tools}.VerifiableConsumer`, [
          ...[...bootstrap(), '--topic', group, '--group-id', group, '--group-protocol', protocol],
          ...['--reset-policy', 'earliest', ...(protocol === 'classic' ? ['--session-timeout', '6000'] : [])],
        ])
        await vi.waitFor(() => expect(counted(member.events())).toBe(10), 20_000)
        await vi.waitFor(
          () => expect(member.events().some(({ name }) => name === 'offsets_committed')).toBe(true),
          10_000,
        )
        expect(linesOf(await groups('--list'))).toContain(group)
        expect(await groups('--list', '--state', 'Stable')).toMatch(new RegExp(`${group}\\s+Stable`))
        const type = protocol === 'classic' ? 'Classic' : 'Consumer'
        expect(await groups('--list', '--type', type)).toMatch(new RegExp(`${group}\\s+${type}`))
        const described = async () =>
          (await table('--describe')).map(row => [row['PARTITION'], row['LOG-END-OFFSET'], row['LAG'], row['HOST']])
        const caughtUp = ends.map((end, partition) => [String(partition), String(end), '0', '/127.0.0.1'])
        await vi.waitFor(async () => expect(await described()).toEqual(caughtUp), 20_000)
        const [one] = await table('--describe', '--members')
        expect(one).toMatchObject({ GROUP: group, HOST: '/127.0.0.1', '#PARTITIONS': '2' })
        const strategy = protocol === 'classic' ? 'range' : 'uniform'
        expect(await groups('--group', group, '--describe', '--state')).toMatch(
          new RegExp(`${group} +127\\.0\\.0\\.1:\\d+ +\\(\\d\\) +${strategy} +Stable +1`),
        )
        const reset = ['--group', group, '--reset-offsets', '--topic', group]
        expect(await groups(...reset, '--to-earliest', '--dry-run')).toContain('but the current state is Stable')
        expect(await groups('--delete', '--group', group)).toContain('The group is not empty')
        member.program.kill('SIGTERM')
        await member.ended
        const earliest = tableOf(await groups(...reset, '--to-earliest', '--execute'))
        expect(earliest.map(row => row['NEW-OFFSET'])).toEqual(['0', '0'])
        expect((await table('--describe')).map(row => [row['CURRENT-OFFSET'], row['CONSUMER-ID']])).toEqual([
          ['0', '-'],
          ['0', '-'],
        ])
        await table('--reset-offsets', '--to-latest', '--all-topics', '--execute')
        expect((await table('--describe')).map(row => row['LAG'])).toEqual(['0', '0'])
        const forgotten = await groups('--delete-offsets', '--group', group, '--topic', `${group}:1`)
        expect(forgotten).toMatch(new RegExp(`${group} +1 +Successful`))
        const partitions = async () => (await table('--describe')).map(row => [row['PARTITION'], row['CURRENT-OFFSET']])
        expect(await partitions()).toEqual([['0', String(ends[0])]])
        expect(await groups('--delete', '--group', group)).toContain('was successful')
        expect(linesOf(await groups('--list'))).not.toContain(group)
      })
    })
  })

  describe.each(protocols)('two consumers in one group: %s', protocol => {
    it('share the partitions, and take over from one another without loss', async () => {
      const topic = `taken-over-${protocol}`
      await topics('--create', '--topic', topic, '--partitions', '4')
      const member = () =>
        start(`${tools}.VerifiableConsumer`, [
          ...[...bootstrap(), '--topic', topic, '--group-id', topic, '--group-protocol', protocol],
          ...['--reset-policy', 'earliest', ...(protocol === 'classic' ? ['--session-timeout', '6000'] : [])],
        ])
      const send = (from: number, count: number) =>
        java(`${tools}.VerifiableProducer`, [
          ...[
            ...bootstrap(),
            '--topic',
            topic,
            '--max-messages',
            String(count),
            '--value-prefix',
            String(from),
            '--repeating-keys',
            '20',
          ],
        ])
      const one = member()
      await vi.waitFor(() => expect(one.owned()).toEqual([0, 1, 2, 3]), 20_000)
      await send(1, 500)
      const two = member()
      await vi.waitFor(
        () => {
          expect([...one.owned(), ...two.owned()].toSorted()).toEqual([0, 1, 2, 3])
          expect(one.owned().length).toBe(2)
        },
        { timeout: 30_000 },
      )
      await send(2, 500)
      await vi.waitFor(() => expect(counted(one.events()) + counted(two.events())).toBe(1000), 20_000)
      one.program.kill('SIGTERM')
      await one.ended
      await vi.waitFor(() => expect(two.owned()).toEqual([0, 1, 2, 3]), 30_000)
      await send(3, 500)
      await vi.waitFor(() => expect(counted(one.events()) + counted(two.events())).toBe(1500), 20_000)
      two.program.kill('SIGTERM')
      await two.ended
      // Each record once, and of each partition all up to its end.
      const read = [...one.events(), ...two.events()].flatMap(event =>
        event.name === 'records_consumed' ? event.partitions : [],
      )
      for (const { partition, highWatermark } of broker().partitions.filter(found => found.topic === topic)) {
        const own = read.filter(found => found.partition === partition).toSorted((a, b) => a.minOffset - b.minOffset)
        const [starts, ends] = [own.map(({ minOffset }) => minOffset), own.map(({ maxOffset }) => maxOffset + 1)]
        expect([...starts, Number(highWatermark)]).toEqual([0, ...ends])
      }
    })
  })

  describe('transactions', () => {
    it.each(protocols)('are written, and copied exactly once: %s', async protocol => {
      const [from, to] = [`written-${protocol}`, `copied-${protocol}`]
      for (const topic of [from, to]) await topics('--create', '--topic', topic, '--partitions', '2')
      const address = broker().bootstrap.join()
      const copier = 'spec/kafka/TransactionalCopier.java'
      await java(copier, ['write', address, from, '9', '50'])
      const committed = Array.from({ length: 9 }, (_, i) => i).filter(i => i % 3 !== 2)
      const written = committed.flatMap(i => Array.from({ length: 50 }, (_, record) => `${i}/${record}`))
      const readCommitted = ['--from-beginning', '--isolation-level', 'read_committed']
      expect((await consume(from, written.length, ...readCommitted)).toSorted()).toEqual(written.toSorted())
      // Those of aborted ones are in the log nevertheless.
      expect((await consume(from, 450, '--from-beginning')).length).toBe(450)
      const copied = JSON.parse(await java(copier, ['copy', address, from, to, String(written.length), protocol]))
      expect(copied.copied).toBe(written.length)
      expect(copied.aborted).toBeGreaterThan(0)
      // Of each partition in the order of the original, each record once.
      const byPartition = async (topic: string) => {
        const print = ['--formatter-property', 'print.partition=true']
        const lines = await consume(topic, written.length, ...readCommitted, ...print)
        return [0, 1].map(partition => lines.filter(line => line.startsWith(`Partition:${partition}\t`)))
      }
      const copies = await byPartition(to)
      expect(copies).toEqual(await byPartition(from))
      expect(copies.every(({ length }) => length > 0)).toBe(true)
      expect(broker().records(to, 0).length + broker().records(to, 1).length).toBeGreaterThan(written.length)
    })
  })

  describe('many records', () => {
    it('are produced idempotently and consumed, 100,000 of them', async () => {
      const size = ['--num-records', '100000', '--record-size', '200', '--throughput', '-1']
      const properties = [`bootstrap.servers=${broker().bootstrap}`, 'compression.type=lz4', 'linger.ms=1']
      const sent = await java(`${tools}.ProducerPerformance`, [
        ...['--topic', 'many', ...size, '--command-property', ...properties],
      ])
      expect(sent).toContain('100000 records sent')
      const counts = [0, 1, 2].map(partition => broker().records('many', partition).length)
      expect(counts.reduce((sum, count) => sum + count)).toBe(100_000)
      const args = [...bootstrap(), '--topic', 'many', '--num-records', '100000', '--hide-header']
      const [measured = ''] = linesOf(await java(`${tools}.ConsumerPerformance`, args)).slice(-1)
      expect(measured.split(', ')[4]).toBe('100000')
    })
  })

  const started = new Set<Program>()
  afterEach(() => {
    for (const one of started) one.kill('SIGKILL')
    started.clear()
  })

  /** One that runs on and says in JSON what happens to it. */
  const start = (program: string, args: readonly string[]) => {
    const logger = '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'
    const child: Program = spawn(javaProgram('java'), [...lightJvm, logger, '-cp', classPath, program, ...args], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    started.add(child)
    let printed = ''
    child.stdout.setEncoding('utf8').on('data', chunk => {
      printed += chunk
    })
    const events = (): Event[] =>
      printed
        .split('\n')
        .slice(0, -1)
        .filter(line => line.startsWith('{'))
        .map(line => JSON.parse(line))
    const owned = (): number[] => {
      const partitions = new Set<number>()
      for (const event of events()) {
        if (event.name === 'partitions_assigned') for (const one of event.partitions) partitions.add(one.partition)
        if (event.name === 'partitions_revoked') for (const one of event.partitions) partitions.delete(one.partition)
      }
      return [...partitions].toSorted()
    }
    return { program: child, events, owned, ended: once(child, 'close') }
  }
})

describe("Java's clients and the embedded broker, with SASL", () => {
  const broker = useEmbeddedBroker({ sasl: { users: { bob: 'his "secret"' }, sessionLifetime: 1500 } })
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kafka-rx-spec-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const modules = 'org.apache.kafka.common.security'
  const scram = `${modules}.scram.ScramLoginModule`
  const bob = 'username="bob" password="his \\"secret\\""'

  const settings = async (mechanism: string, jaas: string): Promise<string> => {
    const file = join(folder, mechanism)
    const lines = ['security.protocol=SASL_PLAINTEXT', `sasl.mechanism=${mechanism}`]
    await writeFile(file, [...lines, `sasl.jaas.config=${jaas.replaceAll('\\', '\\\\')}`, ''].join('\n'))
    return file
  }

  it.each([
    ['PLAIN', `${modules}.plain.PlainLoginModule required ${bob};`],
    ['SCRAM-SHA-256', `${scram} required ${bob};`],
    ['SCRAM-SHA-512', `${scram} required ${bob};`],
    ['OAUTHBEARER', `${modules}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="bob";`],
  ])('%s, and again before the session ends', async (mechanism, jaas) => {
    const classPath = await toolsClassPath()
    const address = ['--bootstrap-server', broker().bootstrap.join(), '--topic', mechanism]
    const config = await settings(mechanism, jaas)
    const connections = new Set<number>()
    const look = () => {
      for (const { id } of broker().connections) connections.add(id)
    }
    const produced = broker().fault({ api: 'Produce', times: Number.POSITIVE_INFINITY, before: look })
    const authenticated = broker().fault({ api: 'SaslHandshake', times: Number.POSITIVE_INFINITY, before: look })
    // Three times as long as a session, a few records at a time.
    const send = ['--max-messages', '45', '--throughput', '10', '--command-config', config]
    const { stdout } = await runJava(`${tools}.VerifiableProducer`, [...address, ...send], { classPath })
    expect(stdout.match(/producer_send_success/g)?.length).toBe(45)
    expect(broker().records(mechanism, 0).length).toBe(45)
    // To find the brokers, and to produce: none was cut off by the end of its session.
    expect(connections.size).toBeLessThanOrEqual(2)
    expect(authenticated.hits).toBeGreaterThanOrEqual(4)
    for (const fault of [produced, authenticated]) fault.unsubscribe()
  })

  it('lets nobody in with a wrong password', async () => {
    const config = await settings('SCRAM-SHA-256', `${scram} required username="bob" password="a guess";`)
    const args = ['--bootstrap-server', broker().bootstrap.join(), '--list', '--command-config', config]
    const listing = runJava(`${tools}.TopicCommand`, args, { classPath: await toolsClassPath() })
    await expect(listing).rejects.toThrow('SaslAuthenticationException')
  })
})

type Program = ChildProcessByStdio<null, Readable, null>

/** What a VerifiableConsumer says. */
interface Event {
  readonly name: string
  readonly count: number
  readonly partitions: readonly { readonly partition: number; readonly minOffset: number; readonly maxOffset: number }[]
}

/** How many records it has read. */
const counted = (events: readonly Event[]): number =>
  events.filter(({ name }) => name === 'records_consumed').reduce((sum, { count }) => sum + count, 0)

const linesOf = (printed: string): string[] => printed.split('\n').filter(line => line.trim() !== '')

/** The rows of a table by the names of its columns, in the order of partitions. */
function tableOf(printed: string): Record<string, string>[] {
  const [header = '', ...rows] = linesOf(printed)
  // Two words with one space between them are one name.
  const columns = header.trim().split(/\s{2,}|\s(?=[A-Z#])/)
  return rows
    .map(row =>
      Object.fromEntries(
        row
          .trim()
          .split(/\s{2,}|\s(?=\S)/)
          .map((cell, index) => [columns[index] ?? '', cell]),
      ),
    )
    .toSorted((one, other) => Number(one['PARTITION'] ?? 0) - Number(other['PARTITION'] ?? 0))
}
