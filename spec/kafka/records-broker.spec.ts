import zlib from 'node:zlib'

import { describe, expect, it, vi } from 'vitest'

import {
  AddPartitionsToTxn,
  CreateTopics,
  EndTxn,
  Fetch,
  FindCoordinator,
  InitProducerId,
  type KafkaRecord,
  type NewRecord,
  Produce,
  type RecordBatch,
  type RecordBatchOptions,
  RecordBatchWriter,
  readControlRecord,
  recordBatches,
} from '../../src/protocol/index.js'
import { ask, askUntilReady } from './ask.js'
import { toolsClassPath } from './harness/class-path.js'
import { findKcat } from './harness/find-kcat.js'
import { run, runJava } from './harness/run-java.js'
import { useKafka } from './harness/use-kafka.js'

const writesZstd = 'zstdCompressSync' in zlib
const all = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
const writable = all.filter(compression => compression !== 'zstd' || writesZstd)

const records: NewRecord[] = Array.from({ length: 200 }, (_, i) => ({
  key: i % 3 === 0 ? null : Buffer.from(`key-${i}`),
  value: i % 7 === 6 ? null : Buffer.from(`value ${i} `.repeat(i % 20 === 0 ? 3000 : 5).trim()),
  timestamp: 1_763_800_000_000n + BigInt(i),
  headers: i % 5 === 0 ? [{ key: 'trace', value: Buffer.from(`id-${i}`) }] : [],
}))

describe.each(['4.4.0', '4.3.0', '3.9.1'])('a real broker of Kafka %s', version => {
  const kafka = useKafka({ version })
  const port = () => kafka().nodes[0].port('PLAINTEXT')
  const bootstrap = () => kafka().bootstrap.join()

  describe.each(writable)('takes our batches: %s', compression => {
    const topic = `ours-${compression}`

    it('and gives them back as they were', async () => {
      await createTopic(topic)
      const half = records.length / 2
      expect(await produce(topic, { compression }, records.slice(0, half))).toBe(0n)
      expect(await produce(topic, { compression }, records.slice(half))).toBe(BigInt(half))
      const batches = await fetchBatches(topic)
      expect(batches.map(batch => batch.compression)).toEqual([compression, compression])
      expect(batches.flatMap(batch => Array.from(batch, texts))).toEqual(records.map(asRead))
    })

    it('kcat reads them', async () => {
      const kcat = findKcat()
      if (kcat === undefined) throw new Error('kcat is not installed')
      const { stdout } = await run(kcat, ['-C', '-b', bootstrap(), '-t', topic, '-o', 'beginning', '-e', '-q', '-J'])
      const read = stdout.trimEnd().split('\n').map(fromKcat)
      expect(read).toEqual(records.map(asRead))
    })

    it("Java's console consumer reads them", async () => {
      const args = ['--bootstrap-server', bootstrap(), '--topic', topic, '--from-beginning']
      const limits = ['--max-messages', String(records.length), '--timeout-ms', '60000']
      const print = ['key', 'offset', 'timestamp', 'headers'].flatMap(what => [
        '--formatter-property',
        `print.${what}=true`,
      ])
      const consumer = 'org.apache.kafka.tools.consumer.ConsoleConsumer'
      const { stdout } = await runJava(consumer, [...args, ...limits, ...print], { classPath: await toolsClassPath() })
      expect(stdout.trimEnd().split('\n')).toEqual(records.map(asConsole))
    })
  })

  describe.each(all)('gives us what others wrote: %s', compression => {
    const lines = Array.from({ length: 300 }, (_, i) => `key-${i}:value ${i} ${'again '.repeat(i % 50)}`)
    const expected = lines.map(line => line.split(':'))

    it('kcat', async () => {
      const topic = `kcat-${compression}`
      await createTopic(topic)
      const args = ['-P', '-b', bootstrap(), '-t', topic, '-K:', '-z', compression, '-H', 'name=header']
      await run(findKcat() ?? 'kcat', args, lines.join('\n'))
      const batches = await fetchBatches(topic)
      const read = batches.flatMap(batch => Array.from(batch, texts))
      expect(read.map(({ key, value }) => [key, value])).toEqual(expected)
      expect(read.every(({ headers }) => headers.join() === 'name,header')).toBe(true)
      // librdkafka sends a batch plain that compression would make no smaller.
      expect(batches.map(batch => batch.compression)).toContain(compression)
    })

    it("Java's console producer", async () => {
      const topic = `java-${compression}`
      await createTopic(topic)
      const args = ['--bootstrap-server', bootstrap(), '--topic', topic, '--compression-codec', compression]
      const key = ['--property', 'parse.key=true', '--property', 'key.separator=:']
      const options = { classPath: await toolsClassPath(), input: lines.join('\n') }
      await runJava('org.apache.kafka.tools.ConsoleProducer', [...args, ...key], options)
      const batches = await fetchBatches(topic)
      const read = batches.flatMap(batch => Array.from(batch, texts))
      expect(read.map(({ key, value }) => [key, value])).toEqual(expected)
      expect(new Set(batches.map(batch => batch.compression))).toEqual(new Set([compression]))
      // Java's producer is idempotent unless told otherwise.
      expect(batches.every(batch => batch.producerId >= 0n && batch.baseSequence >= 0)).toBe(true)
    })
  })

  it('refuses a batch of ours that was changed on the way', async () => {
    await createTopic('corrupt')
    const bytes = batchOf({}, records)
    bytes[bytes.length - 9] = (bytes[bytes.length - 9] as number) ^ 1
    await expect(send('corrupt', bytes)).rejects.toThrow('the broker answers 2')
  })

  it('puts its own clock and its own compression over ours', async () => {
    await createTopic('stamped', { 'message.timestamp.type': 'LogAppendTime' })
    await createTopic('compressed', { 'compression.type': 'zstd' })
    await produce('stamped', {}, records)
    await produce('compressed', {}, records)
    const [stamped] = await fetchBatches('stamped')
    expect(stamped?.timestampType).toBe('logAppendTime')
    expect(new Set(Array.from(stamped ?? [], record => record.timestamp))).toEqual(new Set([stamped?.maxTimestamp]))
    const [compressed] = await fetchBatches('compressed')
    expect(compressed?.compression).toBe('zstd')
    expect(Array.from(compressed ?? [], texts)).toEqual(records.map(asRead))
  })

  it('ends transactions with control records that we read', async () => {
    const topic = 'transactions'
    const transactionalId = 'spec'
    await createTopic(topic)
    const coordinator = { key: transactionalId, keyType: 1 }
    await askUntilReady(
      () => ask(port(), FindCoordinator, coordinator, 1),
      answer => answer.errorCode,
    )
    const { producerId, producerEpoch } = await askUntilReady(
      () => ask(port(), InitProducerId, { transactionalId, transactionTimeoutMs: 60_000 }, 1),
      answer => answer.errorCode,
    )
    const transaction = { transactionalId, producerId, producerEpoch }
    for (const [i, committed] of [true, false].entries()) {
      const partitions = { v3AndBelowTransactionalId: transactionalId, v3AndBelowProducerId: producerId }
      const topics = [{ name: topic, partitions: [0] }]
      await askUntilReady(
        () =>
          ask(
            port(),
            AddPartitionsToTxn,
            { ...partitions, v3AndBelowProducerEpoch: producerEpoch, v3AndBelowTopics: topics },
            3,
          ),
        answer => answer.resultsByTopicV3AndBelow[0]?.resultsByPartition[0]?.partitionErrorCode ?? -1,
      )
      const options = { producerId, producerEpoch, baseSequence: i * 2, isTransactional: true }
      await produce(topic, options, records.slice(0, 2), transactionalId)
      await askUntilReady(
        () => ask(port(), EndTxn, { ...transaction, committed }, 1),
        answer => answer.errorCode,
      )
    }
    // EndTxn answers before the markers are written.
    const batches = await vi.waitFor(async () => {
      const found = await fetchBatches(topic)
      expect(found.length).toBe(4)
      return found
    }, 10_000)
    expect(batches.map(batch => [batch.isTransactional, batch.isControl, batch.producerId])).toEqual([
      [true, false, producerId],
      [true, true, producerId],
      [true, false, producerId],
      [true, true, producerId],
    ])
    const controls = batches.filter(batch => batch.isControl).flatMap(batch => Array.from(batch, readControlRecord))
    expect(controls).toEqual([
      { type: 'commit', coordinatorEpoch: 0 },
      { type: 'abort', coordinatorEpoch: 0 },
    ])
  })

  async function createTopic(name: string, configs: Record<string, string> = {}): Promise<void> {
    // The records are older than any retention.
    const asked = Object.entries({ 'retention.ms': '-1', ...configs }).map(([name, value]) => ({ name, value }))
    const topic = { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: asked }
    await askUntilReady(
      () => ask(port(), CreateTopics, { topics: [topic], timeoutMs: 10_000, validateOnly: false }, 5),
      answer => answer.topics[0]?.errorCode ?? -1,
    )
  }

  async function produce(
    topic: string,
    options: RecordBatchOptions,
    of: readonly NewRecord[],
    transactionalId?: string,
  ) {
    return send(topic, batchOf(options, of), transactionalId)
  }

  async function send(topic: string, records: Buffer, transactionalId: string | null = null): Promise<bigint> {
    const topicData = [{ name: topic, partitionData: [{ index: 0, records }] }]
    const answer = await askUntilReady(
      () => ask(port(), Produce, { transactionalId, acks: -1, timeoutMs: 10_000, topicData }, 9),
      ({ responses }) => responses[0]?.partitionResponses[0]?.errorCode ?? -1,
    )
    return answer.responses[0]?.partitionResponses[0]?.baseOffset ?? -1n
  }

  /** From the first to the last: a fetch gives what is in one segment, and the broker begins one when it likes. */
  async function fetchBatches(topic: string): Promise<RecordBatch[]> {
    const batches: RecordBatch[] = []
    for (;;) {
      const fetchOffset = (batches.at(-1)?.lastOffset ?? -1n) + 1n
      const topics = [{ topic, partitions: [{ partition: 0, fetchOffset, partitionMaxBytes: 1 << 24 }] }]
      const limits = { maxWaitMs: 500, minBytes: 1, maxBytes: 1 << 24, isolationLevel: 0 }
      const answer = await askUntilReady(
        () => ask(port(), Fetch, { ...limits, topics, forgottenTopicsData: [] }, 11),
        ({ responses }) => responses[0]?.partitions[0]?.errorCode ?? -1,
      )
      const { records, highWatermark = 0n } = answer.responses[0]?.partitions[0] ?? {}
      batches.push(...recordBatches(records ?? Buffer.alloc(0)))
      if ((batches.at(-1)?.lastOffset ?? -1n) + 1n >= highWatermark) return batches
    }
  }
})

function batchOf(options: RecordBatchOptions, of: readonly NewRecord[]): Buffer {
  const writer = new RecordBatchWriter(options)
  for (const record of of) writer.append(record)
  return writer.close()
}

interface Texts {
  readonly offset: bigint
  readonly timestamp: bigint
  readonly key: string | null
  readonly value: string | null
  /** Keys and values in turn. */
  readonly headers: readonly string[]
}

function texts({ offset, timestamp, key, value, headers }: KafkaRecord): Texts {
  const pairs = headers.flatMap(header => [header.key, String(header.value)])
  return { offset, timestamp, key: key?.toString() ?? null, value: value?.toString() ?? null, headers: pairs }
}

function asRead({ timestamp, key, value, headers = [] }: NewRecord, index: number): Texts {
  const pairs = headers.flatMap(header => [header.key, String(header.value)])
  const [keyText, valueText] = [key, value].map(bytes => (bytes ? String(bytes) : null))
  return {
    offset: BigInt(index),
    timestamp: BigInt(timestamp),
    key: keyText ?? null,
    value: valueText ?? null,
    headers: pairs,
  }
}

function fromKcat(line: string): Texts {
  const { offset, ts, key, payload, headers = [] } = JSON.parse(line)
  return { offset: BigInt(offset), timestamp: BigInt(ts), key, value: payload, headers }
}

function asConsole({ timestamp, key, value, headers = [] }: NewRecord, index: number): string {
  const pairs = headers.map(header => `${header.key}:${header.value}`).join() || 'NO_HEADERS'
  return [`CreateTime:${timestamp}`, `Offset:${index}`, pairs, String(key), String(value)].join('\t')
}
