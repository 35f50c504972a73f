import zlib from 'node:zlib'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type NewRecord,
  type RecordBatchOptions,
  RecordBatchWriter,
  recordBatches,
} from '../../src/protocol/records/index.js'
import { type PlainBatch, plain, readVectors } from '../protocol/records/vectors.js'
import { defaultVersion, javaClassPath } from './harness/class-path.js'
import { runJava } from './harness/run-java.js'

const { KAFKA_RX_SEED, KAFKA_RX_RUNS } = process.env
const seed = Number(KAFKA_RX_SEED ?? Date.now() & 0x7fffffff)
const numRuns = Number(KAFKA_RX_RUNS ?? 300)

const compressions = [
  'none',
  'gzip',
  'snappy',
  'lz4',
  ...('zstdCompressSync' in zlib ? (['zstd'] as const) : []),
] as const

describe(`batches that we write, as Kafka's own classes read them (KAFKA_RX_SEED=${seed})`, () => {
  it.each(compressions)('%s: the same values', async compression => {
    const written = fc.sample(batch(compression), { seed, numRuns }).map(({ options, records }) => {
      const writer = new RecordBatchWriter(options)
      for (const record of records) if (!writer.append(record)) throw new Error('no room')
      return writer.close()
    })
    const read = await readByJava(written)
    for (const [index, bytes] of written.entries()) {
      expect(read[index], bytes.toString('hex')).toEqual(plain(recordBatches(bytes)))
    }
  })

  it('several in a row, large ones, and empty ones', async () => {
    const writers = compressions.map((compression, i) => {
      const writer = new RecordBatchWriter({ compression, baseOffset: BigInt(i * 1000) })
      const noise = Buffer.from(Array.from({ length: 90_000 }, (_, at) => (Math.imul(at, 2654435761) >>> 13) & 0xff))
      for (let n = 0; n < 12; n++) {
        writer.append({ value: n % 2 === 0 ? noise : Buffer.alloc(90_000, 'run'), timestamp: BigInt(n) })
      }
      return writer
    })
    const empty = new RecordBatchWriter({ baseOffset: 9000n, lastOffset: 9020n, maxTimestamp: 5n, producerId: 3n })
    const bytes = Buffer.concat([...writers, empty].map(writer => writer.close()))
    const [read] = await readByJava([bytes])
    expect(read).toEqual(plain(recordBatches(bytes)))
    expect(read?.length).toBe(compressions.length + 1)
  })

  it('a corrupt one is refused by both', async () => {
    const writer = new RecordBatchWriter()
    writer.append({ value: Buffer.from('value'), timestamp: 0n })
    const bytes = writer.close()
    bytes[70] = (bytes[70] as number) ^ 1
    const [read] = await readByJava([bytes])
    expect(JSON.stringify(read)).toContain('CorruptRecordException')
    expect(() => plain(recordBatches(bytes))).toThrow('CRC-32C')
  })
})

describe('the vectors', () => {
  it('are what the Java classes of this release write and read', async () => {
    const { stdout } = await runJava('spec/kafka/RecordVectors.java', [], { classPath: await classPath() })
    const [lines, known] = [stdout.trimEnd().split('\n'), readVectors()]
    // And the line with the hashes.
    expect(lines.length).toBe(known.length + 1)
    for (const [index, { name, bytes, batches }] of known.entries()) {
      expect(JSON.parse(lines[index] as string), name).toEqual({ name, hex: bytes.toString('hex'), batches })
    }
  })
})

function batch(
  compression: (typeof compressions)[number],
): fc.Arbitrary<{ options: RecordBatchOptions; records: NewRecord[] }> {
  const bytes = fc.option(
    fc.oneof(fc.uint8Array({ maxLength: 100 }), fc.uint8Array({ minLength: 8000, maxLength: 9000, size: 'max' })),
  )
  const int = (bits: number, min = -1) => fc.integer({ min, max: 2 ** (bits - 1) - 1 })
  const long = fc.bigInt({ min: -1n, max: 2n ** 63n - 1n })
  const header = fc.record({ key: fc.string({ unit: 'grapheme', maxLength: 12 }), value: bytes })
  const record = fc.record({
    key: bytes,
    value: bytes,
    headers: fc.array(header, { maxLength: 3 }),
    timestamp: fc.oneof(long, fc.bigInt({ min: 1_763_800_000_000n, max: 1_763_800_100_000n })),
  })
  const spaced = fc.array(fc.tuple(record, fc.integer({ min: 1, max: 1000 })), { minLength: 1, maxLength: 20 })
  const options = fc.record(
    {
      baseOffset: fc.bigInt({ min: 0n, max: 2n ** 62n }),
      timestampType: fc.constantFrom('createTime' as const, 'logAppendTime' as const),
      // Java refuses a base timestamp below -1.
      deleteHorizon: fc.option(fc.bigInt({ min: 0n, max: 2n ** 62n })),
      producerId: long,
      producerEpoch: int(16),
      baseSequence: int(32),
      isTransactional: fc.boolean(),
      partitionLeaderEpoch: int(32),
    },
    { requiredKeys: [] },
  )
  return fc.tuple(options, spaced).map(([options, spaced]) => {
    let offset = (options.baseOffset ?? 0n) - 1n
    const records = spaced.map(([record, gap]) => {
      offset += BigInt(gap)
      return { ...record, offset }
    })
    return { options: { ...options, compression }, records }
  })
}

async function readByJava(batches: readonly Buffer[]): Promise<PlainBatch[][]> {
  const input = batches.map(bytes => `${bytes.toString('hex')}\n`).join('')
  const { stdout } = await runJava('spec/kafka/RecordVectors.java', ['read'], { classPath: await classPath(), input })
  const lines = stdout.trimEnd().split('\n')
  expect(lines.length).toBe(batches.length)
  return lines.map(line => JSON.parse(line) as PlainBatch[])
}

function classPath(): Promise<string> {
  return javaClassPath([`org.apache.kafka:kafka-clients:${defaultVersion}`])
}
