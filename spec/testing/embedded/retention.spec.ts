import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { lastValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { errors } from '../../../src/protocol/error-codes.js'
import { Fetch, InitProducerId, ListOffsets, Produce } from '../../../src/protocol/index.js'
import type { EmbeddedBroker, EmbeddedBrokerOptions } from '../../../src/testing/index.js'
import type { RawClient } from './behaviour/raw-client.js'
import { batchOf, valuesOf } from './behaviour/world.js'
import { at, connected, raw, running } from './running.js'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
const mebibyte = 1024 * 1024

const start = async (options: EmbeddedBrokerOptions = {}) => {
  const { cluster } = await running({ listen: false, topics: { orders: 1 }, ...options })
  return { cluster, client: await raw(at(cluster)) }
}

async function produce(client: RawClient, records: Buffer) {
  const topicData = [{ name: 'orders', partitionData: [{ index: 0, records }] }]
  const body = { transactionalId: null, acks: -1, timeoutMs: 1000, topicData }
  const { responses } = await client.ask(Produce, body, 9)
  return responses[0]?.partitionResponses[0]
}

async function fetch(client: RawClient, fetchOffset: bigint) {
  const partitions = [{ partition: 0, fetchOffset, partitionMaxBytes: mebibyte }]
  const body = {
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: mebibyte,
    isolationLevel: 0,
    topics: [{ topic: 'orders', partitions }],
  }
  const { responses } = await client.ask(Fetch, body, 12)
  const [partition] = responses[0]?.partitions ?? []
  return { errorCode: partition?.errorCode, values: valuesOf(partition?.records ?? null) }
}

const only = (cluster: EmbeddedBroker) => {
  const [partition] = cluster.partitions
  if (partition === undefined) throw new Error('there is no partition')
  return partition
}

describe('the oldest batches go when there are more bytes than are kept', () => {
  const size = batchOf(['0']).length

  it('and the log begins later', async () => {
    const { cluster, client } = await start({ retentionBytes: 3 * size })
    for (const value of ['0', '1', '2']) await produce(client, batchOf([value]))
    expect(only(cluster)).toMatchObject({ startOffset: 0n, highWatermark: 3n, sizeInBytes: 3 * size })
    expect(await produce(client, batchOf(['3']))).toMatchObject({ baseOffset: 3n, logStartOffset: 1n })
    expect(only(cluster)).toMatchObject({ startOffset: 1n, highWatermark: 4n, sizeInBytes: 3 * size })
    expect(cluster.records('orders', 0).map(({ offset, value }) => `${offset}:${value}`)).toEqual(['1:1', '2:2', '3:3'])
  })

  it('and those who read before it are told that they are out of range', async () => {
    const { client } = await start({ retentionBytes: 2 * size })
    for (const value of ['0', '1', '2', '3']) await produce(client, batchOf([value]))
    expect(await fetch(client, 1n)).toEqual({ errorCode: errors.OFFSET_OUT_OF_RANGE.code, values: [] })
    expect(await fetch(client, 2n)).toEqual({ errorCode: 0, values: ['2:2', '3:3'] })
    const topics = [{ name: 'orders', partitions: [{ partitionIndex: 0, timestamp: -2n }] }]
    const listed = await client.ask(ListOffsets, { replicaId: -1, isolationLevel: 0, topics })
    expect(listed.topics[0]?.partitions[0]?.offset).toBe(2n)
  })

  it('but the newest stays, however large it is', async () => {
    const { cluster, client } = await start({ retentionBytes: 1 })
    await produce(client, batchOf(['a', 'b']))
    await produce(client, batchOf(['c', 'd']))
    expect(only(cluster)).toMatchObject({ startOffset: 2n, highWatermark: 4n })
    expect(await fetch(client, 2n)).toEqual({ errorCode: 0, values: ['2:c', '3:d'] })
  })

  it('of a topic with `retention.bytes`, fewer are kept, but never more', async () => {
    const options = (bytes: number) => ({
      retentionBytes: 3 * size,
      topics: { orders: { partitions: 1, config: { 'retention.bytes': String(bytes) } } },
    })
    const kept = async (bytes: number) => {
      const { cluster, client } = await start(options(bytes))
      for (const value of ['0', '1', '2', '3', '4']) await produce(client, batchOf([value]))
      return only(cluster).batches.length
    }
    expect(await Promise.all([kept(2 * size), kept(9 * size), kept(-1)])).toEqual([2, 3, 3])
  })
})

it('memory stays bounded while 1 GiB is produced', { timeout: 120_000 }, async () => {
  const { cluster, client } = await start({ retentionBytes: 4 * mebibyte })
  const used = () => {
    collectGarbage()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return heapUsed + arrayBuffers
  }
  const batch = batchOf(['x'.repeat(mebibyte - 200)])
  for (let n = 0; n < 8; n++) await produce(client, batch)
  const before = used()
  for (let n = 8; n < 1024; n++) await produce(client, batch)
  expect(only(cluster)).toMatchObject({ startOffset: 1020n, highWatermark: 1024n })
  // Freed memory is given back a little later.
  expect(used() - before).toBeLessThan(128 * mebibyte)
})

it('small batches leave as little behind', { timeout: 120_000 }, async () => {
  const { cluster } = await running({ listen: false, topics: { orders: 1 }, retentionBytes: 64 * 1024 })
  // Not the raw client, whose every request leaves something behind.
  const client = await connected(at(cluster))
  const topicData = [{ name: 'orders', partitionData: [{ index: 0, records: batchOf(['x']) }] }]
  const body = { transactionalId: null, acks: -1, timeoutMs: 1000, topicData }
  const round = async (count: number) => {
    for (let n = 0; n < count; n++) await lastValueFrom(client.request(Produce, body, { version: 9 }))
    collectGarbage()
    return process.memoryUsage()
  }
  const first = await round(5000)
  const last = await round(20_000)
  expect(only(cluster).highWatermark).toBe(25_000n)
  // A batch is more than 60 bytes, if it is kept.
  expect(last.heapUsed - first.heapUsed).toBeLessThan(20_000 * 60)
  // Those that are kept do not pin the 8 KiB that node allocates them from beside others.
  for (const { length, buffer } of only(cluster).batches) expect(buffer.byteLength).toBeLessThan(2 * length)
})

it('a partition remembers a thousand producers', async () => {
  const { client } = await start()
  const batchBy = (producerId: bigint, baseSequence: number) =>
    batchOf(['x'], { producerId, producerEpoch: 0, baseSequence })
  const { producerId: first } = await client.ask(InitProducerId, {
    transactionalId: null,
    transactionTimeoutMs: 1000,
    producerId: -1n,
    producerEpoch: -1,
  })
  expect(await produce(client, batchBy(first, 0))).toMatchObject({ errorCode: 0, baseOffset: 0n })
  for (let n = 1n; n < 1000n; n++) await produce(client, batchBy(first + n, 0))
  // A batch that came is known: it is answered as before, and not written twice.
  expect(await produce(client, batchBy(first, 0))).toMatchObject({ errorCode: 0, baseOffset: 0n })
  expect(await produce(client, batchBy(first, 7))).toMatchObject({
    errorCode: errors.OUT_OF_ORDER_SEQUENCE_NUMBER.code,
  })
  await produce(client, batchBy(first + 1000n, 0))
  // Forgotten, it may begin anew, as with Kafka.
  expect(await produce(client, batchBy(first, 7))).toMatchObject({ errorCode: 0, baseOffset: 1001n })
})
