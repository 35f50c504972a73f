import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { recordBatches } from '../../src/protocol/records/record-batches.js'
import { greeting } from '../../src/testing/embedded/greeting.js'
import { embeddedBrokerSettings } from '../../src/testing/embedded/options.js'
import { findKcat } from './harness/find-kcat.js'
import { run } from './harness/run-java.js'
import { useEmbeddedBroker } from './use-embedded-broker.js'

// kcat is librdkafka, on which the clients of most languages stand.

const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
const lines = Array.from({ length: 1000 }, (_, i) => `key-${i % 17}:value ${i} ${'again '.repeat(i % 50)}`)

describe('kcat and the embedded broker', () => {
  const broker = useEmbeddedBroker({ brokers: 3, partitions: 3, topics: { single: 1 } })

  const kcat = async (args: readonly string[], input?: string): Promise<string> => {
    const { stdout } = await run(program(), ['-b', broker().bootstrap.join(), ...args], input)
    return stdout
  }

  /** All that is in a topic, as kcat reads it: by partition, and in each in order. */
  const consumed = async (topic: string, ...more: string[]): Promise<Message[]> =>
    messages(await kcat(['-C', '-t', topic, '-o', 'beginning', '-e', '-q', '-J', ...more]))

  it('lists brokers and topics', async () => {
    const listed = JSON.parse(await kcat(['-L', '-J', '-t', 'single']))
    const nodes = broker().brokers.map(({ nodeId, host, port }) => ({ id: nodeId, name: `${host}:${port}` }))
    expect(listed.brokers).toEqual(nodes)
    expect(listed.topics).toEqual([
      {
        topic: 'single',
        partitions: [
          {
            partition: 0,
            leader: 1,
            replicas: [{ id: 1 }, { id: 2 }, { id: 3 }],
            isrs: [{ id: 1 }, { id: 2 }, { id: 3 }],
          },
        ],
      },
    ])
  })

  describe.each(codecs)('%s', codec => {
    it.each([
      ['plain', []],
      ['idempotent', ['-X', 'enable.idempotence=true']],
      // Every batch by itself, several at a time on the way: the broker sees their order by their numbers alone.
      [
        'idempotent, in small batches',
        ['-X', 'enable.idempotence=true', '-X', 'batch.num.messages=7', '-X', 'linger.ms=0'],
      ],
    ])('%s: what it produces it consumes, with a group and without', async (name, settings) => {
      const topic = `${codec}-${name.replaceAll(/\W+/g, '-')}`
      await kcat(
        ['-P', '-t', topic, '-z', codec, '-K:', '-H', 'trace=id', '-H', 'trace=again', ...settings],
        lines.join('\n'),
      )
      const read = await consumed(topic)
      expect(read.map(({ key, payload }) => `${key}:${payload}`).toSorted()).toEqual(lines.toSorted())
      expect(read.every(({ headers }) => headers?.join() === 'trace,id,trace,again')).toBe(true)
      // Of each key the order is kept, and offsets have no gaps.
      for (const partition of [0, 1, 2]) {
        const own = read.filter(message => message.partition === partition)
        expect(own.map(({ offset }) => offset)).toEqual(own.map((_, index) => index))
        const numbers = own.map(({ payload }) => Number(payload?.split(' ')[1]))
        expect(numbers).toEqual(numbers.toSorted((one, other) => one - other))
        expect(broker().records(topic, partition).length).toBe(own.length)
      }
      const batches = batchesOf(topic)
      expect(batches.map(({ compression }) => compression)).toContain(codec)
      expect(batches.every(({ producerId }) => (name === 'plain' ? producerId === -1n : producerId >= 0n))).toBe(true)
      const group = ['-G', `group of ${topic}`, '-X', 'auto.offset.reset=earliest', '-e', '-q', '-J', topic]
      expect(sorted(messages(await kcat(group)))).toEqual(sorted(read))
      // The group goes on where it was.
      await kcat(['-P', '-t', topic, '-z', codec, ...settings], 'one more')
      expect(messages(await kcat(group)).map(({ payload }) => payload)).toEqual(['one more'])
    })
  })

  describe('offsets', () => {
    it('are found from the beginning, from the end and by time', async () => {
      const at = 1_763_800_000_000
      // kcat has no way to set a timestamp: the topic is filled over the wire of three runs.
      for (const value of ['a\nb', 'c', 'd\ne\nf']) await kcat(['-P', '-t', 'single'], value)
      const values = async (...from: string[]) =>
        messages(await kcat(['-C', '-t', 'single', '-p', '0', '-e', '-q', '-J', ...from])).map(({ payload }) => payload)
      expect(await values('-o', '4')).toEqual(['e', 'f'])
      expect(await values('-o', '-1')).toEqual(['f'])
      expect(await values('-o', 'beginning', '-c', '2')).toEqual(['a', 'b'])
      expect(await values('-o', `s@${at}`)).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
      const times = (await consumed('single')).map(({ ts }) => ts)
      const third = times[2] as number
      const since = times.findIndex(time => time >= third)
      expect((await values('-o', `s@${third}`)).at(0)).toBe(['a', 'b', 'c', 'd', 'e', 'f'][since])
      expect(await kcat(['-Q', '-t', `single:0:${third}`])).toBe(`single [0] offset ${since}\n`)
      expect(await kcat(['-Q', '-t', 'single:0:-1', '-t', 'single:0:-1'])).toContain('single [0] offset 6')
    })
  })

  it('does what the command prints', async () => {
    const printed = greeting(broker(), embeddedBrokerSettings())
    const commands = [...printed.matchAll(/^ {2}kcat (.*?)(?: {2,}.*)?$/gm)].map(([, args = '']) => args.split(' '))
    const [list = [], write = [], read = []] = commands
    expect(commands.length).toBe(3)
    await run(program(), write, 'hello\nworld\n')
    expect((await run(program(), list)).stdout).toContain('topic "greetings" with 3 partitions')
    const { stdout } = await run(program(), [...read, '-e', '-q'])
    expect(stdout.trim().split('\n').toSorted()).toEqual(['hello', 'world'])
  })

  it('waits for what is produced later', async () => {
    await kcat(['-P', '-t', 'later', '-p', '0'], 'before')
    // It fetches once it knows where the log ends; of several partitions, it may know one before the others.
    const fetches = new Promise<void>(resolve => {
      broker().fault({ api: 'Fetch', topic: 'later', before: resolve })
    })
    const reader = start([
      '-C',
      '-t',
      'later',
      '-p',
      '0',
      '-o',
      'end',
      '-u',
      '-c',
      '1',
      '-q',
      '-X',
      'fetch.wait.max.ms=20000',
    ])
    await fetches
    await kcat(['-P', '-t', 'later', '-p', '0'], 'after')
    expect(await reader.ended()).toEqual({ status: 0, stdout: 'after\n' })
  })

  it('tells null from empty', async () => {
    await kcat(['-P', '-t', 'tombstones', '-K:', '-Z', '-p', '0'], 'key:\n:value\nkey:value')
    const read = await consumed('tombstones')
    expect(read.map(({ key, payload }) => [key, payload])).toEqual([
      ['key', null],
      [null, 'value'],
      ['key', 'value'],
    ])
  })

  describe('a transaction', () => {
    const settings = (id: string) => ['-X', `transactional.id=${id}`]

    it('is there as a whole when it is committed', async () => {
      await kcat(['-P', '-t', 'committed', '-p', '0', ...settings('commits')], lines.join('\n'))
      const read = await consumed('committed', '-X', 'isolation.level=read_committed')
      expect(read.map(({ payload }) => payload)).toEqual(lines)
      // The marker has an offset, too.
      expect(await kcat(['-Q', '-t', 'committed:0:-1'])).toBe('committed [0] offset 1001\n')
    })

    it('is aborted when its producer is gone and its time is over', async () => {
      const writer = await writing('aborted', ...settings('aborts'), '-X', 'transaction.timeout.ms=2000')
      const committed = async () =>
        (await consumed('aborted', '-X', 'isolation.level=read_committed')).map(({ payload }) => payload)
      writer.program.kill('SIGKILL')
      await kcat(['-P', '-t', 'aborted', '-p', '0', ...settings('commits after')], 'to be')
      // Behind the open transaction nothing can be read.
      expect(await committed()).toEqual([])
      await vi.waitFor(async () => expect(await committed()).toEqual(['to be']), 10_000)
      const all = await consumed('aborted', '-X', 'isolation.level=read_uncommitted')
      expect(new Set(all.map(({ payload }) => payload))).toEqual(new Set(['endless', 'to be']))
    })

    it('fences the producer before', async () => {
      const first = await writing('fenced', ...settings('fences'))
      await kcat(['-P', '-t', 'fenced', '-p', '0', ...settings('fences')], 'second')
      first.program.stdin.end('more\n')
      expect((await first.ended()).status).not.toBe(0)
      const read = await consumed('fenced', '-X', 'isolation.level=read_committed')
      expect(read.map(({ payload }) => payload)).toEqual(['second'])
    })
  })

  it.each(['range', 'roundrobin', 'cooperative-sticky'])(
    'shares partitions among members of a group: %s',
    async strategy => {
      const topic = `shared-${strategy}`
      await kcat(['-P', '-t', topic, '-p', '0'], 'first')
      const args = [
        '-G',
        topic,
        '-u',
        '-J',
        '-X',
        'auto.offset.reset=earliest',
        '-X',
        `partition.assignment.strategy=${strategy}`,
      ]
      const settings = ['-X', 'session.timeout.ms=6000', '-X', 'heartbeat.interval.ms=200', topic]
      const [one, two] = [start([...args, ...settings]), start([...args, ...settings])]
      const produce = async (round: string) => {
        for (const partition of ['0', '1', '2'])
          await kcat(['-P', '-t', topic, '-p', partition], `${round} ${partition}`)
      }
      const read = () => [one, two].map(({ text }) => messages(text.stdout))
      const payloads = () =>
        read()
          .flat()
          .map(({ payload }) => payload)
      let round = 0
      await vi.waitFor(
        async () => {
          round++
          await produce(`round ${round}`)
          await vi.waitFor(() => expect(payloads()).toContain(`round ${round} 2`), 5000)
          const now = read().map(all => all.filter(({ payload }) => payload?.startsWith(`round ${round} `)).length)
          expect(now.toSorted()).toEqual([1, 2])
        },
        { timeout: 30_000, interval: 100 },
      )
      one.program.kill('SIGTERM')
      await one.ended()
      await produce('last')
      await vi.waitFor(
        () => expect(messages(two.text.stdout).filter(({ payload }) => payload?.startsWith('last')).length).toBe(3),
        20_000,
      )
      two.program.kill('SIGTERM')
      await two.ended()
      // None was lost, and none came twice: each left with its offsets committed.
      const expected = ['first', ...Array.from({ length: round }, (_, index) => `round ${index + 1}`), 'last'].flatMap(
        name => (name === 'first' ? [name] : [0, 1, 2].map(partition => `${name} ${partition}`)),
      )
      expect(payloads().toSorted()).toEqual(expected.toSorted())
    },
  )

  /** A producer in the middle of what it has to say. */
  const writing = async (topic: string, ...more: string[]) => {
    const writer = start(['-P', '-t', topic, '-p', '0', ...more])
    // More than it takes at once from what it reads.
    writer.program.stdin.write('endless\n'.repeat(100_000))
    await vi.waitFor(() => expect(broker().records(topic, 0).length).toBeGreaterThan(0), 10_000)
    return writer
  }

  const batchesOf = (topic: string) =>
    broker()
      .partitions.filter(one => one.topic === topic)
      .flatMap(({ batches }) => [...recordBatches(Buffer.concat(batches))])

  const started = new Set<Program>()
  afterEach(() => {
    for (const one of started) one.kill('SIGKILL')
    started.clear()
  })

  /** A kcat that runs on. */
  const start = (args: readonly string[]) => {
    const child: Program = spawn(program(), ['-b', broker().bootstrap.join(), ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    started.add(child)
    const text = { stdout: '', stderr: '' }
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', chunk => {
        text[stream] += chunk
      })
    }
    child.stdin.on('error', () => {})
    const closed = once(child, 'close')
    return { program: child, text, ended: async () => ({ status: (await closed)[0], stdout: text.stdout }) }
  }
})

describe('kcat and the embedded broker, with SASL', () => {
  const broker = useEmbeddedBroker({ sasl: { users: { alice: 'alice-secret' } } })

  // Not with SCRAM: librdkafka before 2.6.1 sends its nonce twice, which Kafka 4 refuses, and so does the embedded broker.
  it('PLAIN', async () => {
    const login = (password: string) => {
      const settings = ['security.protocol=SASL_PLAINTEXT', 'sasl.mechanism=PLAIN', 'sasl.username=alice']
      const options = [...settings, `sasl.password=${password}`].flatMap(setting => ['-X', setting])
      return ['-b', broker().bootstrap.join(), ...options]
    }
    await run(program(), [...login('alice-secret'), '-P', '-t', 'secret'], 'hello')
    const { stdout } = await run(program(), [...login('alice-secret'), '-C', '-t', 'secret', '-e', '-q'])
    expect(stdout).toBe('hello\n')
    await expect(run(program(), [...login('wrong'), '-L', '-m', '2'])).rejects.toThrow(/[Aa]uthentication fail/)
  })
})

type Program = ChildProcessByStdio<Writable, Readable, Readable>

interface Message {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly ts: number
  readonly key: string | null
  readonly payload: string | null
  readonly headers?: readonly string[]
}

/** What `-J` prints. */
function messages(stdout: string): Message[] {
  return stdout
    .split('\n')
    .filter(line => line.startsWith('{'))
    .map(line => JSON.parse(line))
}

function sorted(of: readonly Message[]): Message[] {
  return of.toSorted((one, other) => one.partition - other.partition || one.offset - other.offset)
}

function program(): string {
  const found = findKcat()
  if (found === undefined) throw new Error('kcat is not installed')
  return found
}
