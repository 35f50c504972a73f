import zlib from 'node:zlib'
import { firstValueFrom, from, lastValueFrom, toArray } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { Kafka } from '../../src/kafka.js'
import type { ProducerRecord } from '../../src/producer/producer-record.js'
import { findKcat } from './harness/find-kcat.js'
import { run } from './harness/run-java.js'
import { useKafka } from './harness/use-kafka.js'
import { type JavaRecord, javaReads, javaWrites } from './java-records.js'

const cluster = useKafka({ config: { 'num.partitions': 3 } })
const kafka = () => new Kafka({ bootstrap: cluster().bootstrap })

describe('from a clean start', () => {
  test("the README's lines write each value of a stream, to a topic that they create", async () => {
    const orders$ = from([
      { id: 'a', wants: 'apples' },
      { id: 'b', wants: 'bread' },
      { id: 'a', wants: 'cheese' },
    ])
    const delivered = await lastValueFrom(
      orders$.pipe(
        kafka()
          .producer()
          .produce(order => ({ topic: 'orders', key: order.id, value: JSON.stringify(order) })),
        toArray(),
      ),
    )
    const log = await javaReads(cluster().bootstrap, 'orders')
    const inLog = ({ partition, offset, value }: JavaRecord) => ({
      partition,
      offset,
      input: JSON.parse(String(value)),
    })
    expect(delivered.map(({ input }) => input)).toHaveLength(3)
    expect(log.map(inLog)).toEqual(
      delivered
        .map(({ partition, offset, input }) => ({ partition, offset, input }))
        .toSorted((one, other) => one.partition - other.partition),
    )
  })
})

test("Java's producer and ours write the same keys to the same partitions", async () => {
  await lastValueFrom(kafka().createTopics(['theirs', 'ours'].map(name => ({ name, partitions: 7 }))))
  const keys = Array.from({ length: 500 }, (_, index) => `${'é'.repeat(index % 7)}${index}`)
  const theirs = await javaWrites(
    cluster().bootstrap,
    'theirs',
    keys.map(key => ({ key: Buffer.from(key), value: null })),
  )
  const records = keys.map((key, index) => ({ topic: 'ours', key: index % 2 ? key : Buffer.from(key), value: null }))
  const ours = await lastValueFrom(kafka().producer().send(records))
  expect(ours.map(({ partition, offset }) => ({ partition, offset }))).toEqual(theirs)
  expect(new Set(ours.map(({ partition }) => partition)).size).toBe(7)
})

const writesZstd = 'zstdCompressSync' in zlib
const records: ProducerRecord[] = Array.from({ length: 200 }, (_, index) => ({
  topic: '',
  partition: 0,
  key: index % 3 === 0 ? null : `key ${index}`,
  value: index % 7 === 6 ? null : `válue ${index} `.repeat(index % 20 === 0 ? 3000 : 5),
  timestamp: 1_763_800_000_000 + index,
  headers: index % 5 === 0 ? { trace: [`id ${index}`, null], '': Buffer.from([0, 255]) } : undefined,
}))

describe.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)('what was written with %s', compression => {
  const topic = `of-${compression}`

  if (compression === 'zstd' && !writesZstd) {
    test('is not written by a Node.js that has no zstd: the call says so', () => {
      expect(() => kafka().producer({ compression })).toThrow('zstd is written from node 22.15 on')
    })
    return
  }

  test('is read by Java as it was', async () => {
    // The records are older than any retention.
    await lastValueFrom(kafka().createTopics({ name: topic, partitions: 1, config: { 'retention.ms': '-1' } }))
    const batches = kafka().producer({ compression, batchSize: 20_000 })
    const delivered = await firstValueFrom(batches.send(records.map(record => ({ ...record, topic }))))
    expect(delivered.map(({ offset }) => offset)).toEqual(records.map((_, index) => BigInt(index)))
    const expected = records.map(({ key, value, timestamp, headers }, index) => ({
      partition: 0,
      offset: BigInt(index),
      timestamp: BigInt(Number(timestamp)),
      key: bytes(key as string | null),
      value: bytes(value as string | null),
      headers: headers === undefined ? [] : headersAt(index),
    }))
    expect(await javaReads(cluster().bootstrap, topic)).toEqual(expected)
  })

  test('is read by kcat as it was', async () => {
    const kcat = findKcat()
    if (kcat === undefined) throw new Error('kcat is not installed')
    const args = ['-C', '-b', cluster().bootstrap.join(), '-t', topic, '-o', 'beginning', '-e', '-q', '-J']
    const { stdout } = await run(kcat, args)
    const read = stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(read.map(({ offset, ts, key, payload }) => ({ offset, ts, key, payload }))).toEqual(
      records.map(({ key, value, timestamp }, offset) => ({ offset, ts: timestamp, key, payload: value })),
    )
    expect(read.map(({ headers = [] }) => headers.slice(0, 4))).toEqual(
      records.map(({ headers }, index) => (headers ? ['trace', `id ${index}`, 'trace', null] : [])),
    )
  })
})

function headersAt(index: number): JavaRecord['headers'] {
  return [
    { key: 'trace', value: Buffer.from(`id ${index}`) },
    { key: 'trace', value: null },
    { key: '', value: Buffer.from([0, 255]) },
  ]
}

function bytes(text: string | null): Buffer | null {
  return text === null ? null : Buffer.from(text)
}
