import { createConnection, type Socket } from 'node:net'
import fc from 'fast-check'
import { asyncScheduler, count, lastValueFrom, repeat, take, takeUntil, timer } from 'rxjs'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Channel } from '../../../src/connection/index.js'
import { errors } from '../../../src/protocol/error-codes.js'
import {
  ApiVersions,
  apis,
  CreatePartitions,
  Fetch,
  Metadata,
  Produce,
  RequestHeader,
} from '../../../src/protocol/index.js'
import { type EmbeddedBroker, embeddedBroker } from '../../../src/testing/index.js'
import { batchOf } from './behaviour/world.js'
import { at, connected, raw, running, until } from './running.js'

/** A bare socket to the first broker. */
function socketTo(cluster: EmbeddedBroker): Promise<Socket> {
  const { host, port } = at(cluster)
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host, port: port ?? 0 })
    socket.once('connect', () => resolve(socket))
    socket.once('error', reject)
    onTestFinished(() => void socket.destroy())
  })
}

/** The same without sockets. */
function channelTo(cluster: EmbeddedBroker): Promise<Channel> {
  const { host, port = 0 } = at(cluster)
  const endpoint = { host, port, family: 0, tls: false, noDelay: true, keepAlive: false, timeout: 1000 } as const
  return new Promise((resolve, reject) => {
    const opened = cluster.transport({ ...endpoint, scheduler: asyncScheduler })
    const subscription = opened.subscribe({ next: resolve, error: reject })
    onTestFinished(() => subscription.unsubscribe())
  })
}

/** What comes of these bytes: all that is answered, until the broker hangs up. */
async function untilHungUp(cluster: EmbeddedBroker, chunks: readonly Uint8Array[]): Promise<Buffer> {
  const socket = await socketTo(cluster)
  const answers: Buffer[] = []
  socket.on('data', chunk => answers.push(chunk))
  const closed = new Promise<void>(resolve => socket.once('close', () => resolve()))
  for (const chunk of chunks) socket.write(chunk)
  socket.end()
  await closed
  return Buffer.concat(answers)
}

/** A request as it is on the wire. */
function frame(
  api: { key: number; requestHeaderVersion(version: number): number },
  version: number,
  body: Buffer,
  id = 7,
) {
  const header = { requestApiKey: api.key, requestApiVersion: version, correlationId: id, clientId: 'wire' }
  const message = Buffer.concat([RequestHeader.encode(header, api.requestHeaderVersion(version)), body])
  const length = Buffer.alloc(4)
  length.writeInt32BE(message.length)
  return Buffer.concat([length, message])
}

const metadata = frame(Metadata, 12, Metadata.request.encode({ topics: [] }, 12))

async function answers(cluster: EmbeddedBroker): Promise<boolean> {
  const client = await raw(at(cluster))
  const { brokers } = await client.ask(Metadata, { topics: [] })
  client.close()
  return brokers.length === 1
}

describe('whatever comes, the cluster lives', () => {
  it('bytes by chance: the connection ends, in whatever pieces they come', async () => {
    const { cluster } = await running()
    const bytes = fc.array(fc.uint8Array({ minLength: 1, maxLength: 60 }), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(bytes, async chunks => {
        await untilHungUp(cluster, chunks)
      }),
      { numRuns: 200 },
    )
    await until(() => cluster.connections.length === 0)
    expect(await answers(cluster)).toBe(true)
  })

  it('requests with a body by chance: answered, or hung up on', async () => {
    const { cluster } = await running({ topics: { orders: 1 } })
    const request = fc.record({
      api: fc.constantFrom(...apis.values()),
      version: fc.nat({ max: 20 }),
      body: fc.uint8Array({ maxLength: 80 }),
    })
    await fc.assert(
      fc.asyncProperty(request, async ({ api, version, body }) => {
        await untilHungUp(cluster, [frame(api, version, Buffer.from(body))])
      }),
      { numRuns: 500 },
    )
    expect(await answers(cluster)).toBe(true)
  })

  it('a true request with one byte changed: answered, or hung up on', async () => {
    const { cluster } = await running({ topics: { orders: 1 } })
    const topicData = [{ name: 'orders', partitionData: [{ index: 0, records: batchOf(['a', 'b'], { key: 'k' }) }] }]
    const body = Produce.request.encode({ transactionalId: null, acks: 1, timeoutMs: 100, topicData }, 9)
    const whole = frame(Produce, 9, body)
    // The length stays: with another the rest would be waited for.
    const change = fc.record({ index: fc.integer({ min: 4, max: whole.length - 1 }), value: fc.nat({ max: 255 }) })
    await fc.assert(
      fc.asyncProperty(change, async ({ index, value }) => {
        const changed = Buffer.concat([whole])
        changed[index] = value
        await untilHungUp(cluster, [changed])
      }),
      { numRuns: 500 },
    )
    expect(await answers(cluster)).toBe(true)
    for (const record of cluster.records('orders', 0)) expect(['a', 'b']).toContain(String(record.value))
  })

  it('a request byte by byte is answered as one that comes at once', async () => {
    const { cluster } = await running()
    const whole = await untilHungUp(cluster, [metadata])
    const pieces = await untilHungUp(
      cluster,
      [...metadata].map(byte => Buffer.of(byte)),
    )
    expect(whole.length).toBeGreaterThan(20)
    expect(pieces).toEqual(whole)
  })

  it('requests that come together are answered in order, all of them, after the FIN of the client too', async () => {
    const { cluster } = await running()
    const body = Metadata.request.encode({ topics: [] }, 12)
    const many = Array.from({ length: 300 }, (_, index) => frame(Metadata, 12, body, index))
    const received = await untilHungUp(cluster, [Buffer.concat(many)])
    const ids: number[] = []
    for (let offset = 0; offset < received.length; offset += 4 + received.readInt32BE(offset)) {
      ids.push(received.readInt32BE(offset + 4))
    }
    expect(ids).toEqual(many.map((_, index) => index))
  })
})

it('a request for two thousand million partitions is refused', async () => {
  const { cluster } = await running({ listen: false, topics: { orders: 1 } })
  const client = await raw(at(cluster))
  for (const validateOnly of [true, false]) {
    const topics = [{ name: 'orders', count: 2 ** 31 - 1, assignments: null }]
    const { results } = await client.ask(CreatePartitions, { topics, timeoutMs: 1000, validateOnly })
    expect(results[0]?.errorCode).toBe(errors.POLICY_VIOLATION.code)
  }
  expect(() => embeddedBroker({ topics: { orders: 2 ** 31 - 1 } })).toThrow('Excessively large number of partitions')
})

describe('hangs up on', () => {
  const unserved = [...apis.values()].find(({ name }) => name === 'AlterConfigs')
  const none = Buffer.alloc(0)
  const tooLong = Buffer.from('7fffffff', 'hex')
  const negative = Buffer.from('ffffffff', 'hex')

  it.each<readonly [what: string, bytes: () => Buffer]>([
    ['an API that it does not serve', () => frame(unserved as typeof Metadata, 1, none)],
    ['an API that there is not', () => frame({ key: 999, requestHeaderVersion: () => 1 }, 0, none)],
    ['a version that is none', () => frame(Metadata, 99, none)],
    ['a version of Produce that is only advertised', () => frame(Produce, 2, none)],
    ['a body that ends early', () => frame(Metadata, 12, Buffer.of(9))],
    ['a frame longer than any request may be', () => tooLong],
    ['a frame with a negative length', () => negative],
    ['HTTP', () => Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
    ['a TLS handshake', () => Buffer.from('1603010200010001fc0303', 'hex')],
  ])('%s, without an answer', async (_what, bytes) => {
    const { cluster } = await running()
    const socket = await socketTo(cluster)
    const received: Buffer[] = []
    socket.on('data', chunk => received.push(chunk))
    const closed = new Promise<void>(resolve => socket.once('close', () => resolve()))
    // Not ended from here: it is the broker that closes.
    socket.write(bytes())
    await closed
    expect(Buffer.concat(received)).toEqual(none)
    expect(await answers(cluster)).toBe(true)
  })
})

it('Produce is advertised from version 0 on, and answered from version 3 on', async () => {
  const { cluster } = await running({ listen: false, topics: { orders: 1 } })
  const client = await raw(at(cluster))
  const { apiKeys } = await client.ask(ApiVersions, { clientSoftwareName: 'spec', clientSoftwareVersion: '1' })
  expect(apiKeys.find(({ apiKey }) => apiKey === Produce.key)).toMatchObject({ minVersion: 0, maxVersion: 13 })
  expect(Produce.versions.min).toBe(3)
})

describe('a client that does not read its answers', () => {
  const mebibyte = 1024 * 1024

  it('over TCP is held back: no more of its requests are taken up than the sockets hold', async () => {
    const { cluster } = await running({ topics: { orders: 1 } })
    const client = await raw(at(cluster))
    await fill(client)
    client.close()
    const fetches = cluster.fault({ api: 'Fetch', times: Number.POSITIVE_INFINITY })
    const socket = await socketTo(cluster)
    socket.pause()
    for (let n = 0; n < 1000; n++) socket.write(fetchAll)
    // Others are served meanwhile, for long enough that it would all have been read.
    for (let n = 0; n < 100; n++) expect(await answers(cluster)).toBe(true)
    // Each answer is 8 MiB: what the kernel takes, and one more.
    expect(fetches.hits).toBeGreaterThan(0)
    expect(fetches.hits).toBeLessThan(10)
    socket.destroy()
    await until(() => cluster.connections.length === 0)
  })

  it('over the transport is held back as well, and gets all when it reads', async () => {
    const { cluster } = await running({ listen: false, topics: { orders: 1 } })
    await fill(await raw(at(cluster)))
    const fetches = cluster.fault({ api: 'Fetch', times: Number.POSITIVE_INFINITY })
    const channel = await channelTo(cluster)
    const batch = Buffer.concat(Array.from({ length: 200 }, () => fetchAll))
    channel.write([batch]).subscribe()
    for (let n = 0; n < 20; n++) expect(await answers(cluster)).toBe(true)
    expect(fetches.hits).toBe(1)
    let bytes = 0
    const reading = channel.incoming.subscribe(chunk => {
      bytes += chunk.length
    })
    await until(() => bytes > 200 * 7 * mebibyte)
    expect(fetches.hits).toBe(200)
    reading.unsubscribe()
  })

  const partitions = [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 8 * mebibyte + 1000 }]
  const wanted = { maxWaitMs: 0, minBytes: 1, maxBytes: 2 ** 30, isolationLevel: 0 }
  const fetchAll = frame(Fetch, 12, Fetch.request.encode({ ...wanted, topics: [{ topic: 'orders', partitions }] }, 12))

  /** 8 MiB of records. */
  async function fill(client: Awaited<ReturnType<typeof raw>>): Promise<void> {
    const value = 'x'.repeat(mebibyte - 200)
    for (let n = 0; n < 8; n++) {
      const topicData = [{ name: 'orders', partitionData: [{ index: 0, records: batchOf([value]) }] }]
      await client.ask(Produce, { transactionalId: null, acks: 1, timeoutMs: 1000, topicData }, 9)
    }
  }
})

it('clients that do not read are held fewer bytes together than each alone', async () => {
  const mebibyte = 1024 * 1024
  const { cluster } = await running({ listen: false, topics: { orders: 1 } })
  const producer = await raw(at(cluster))
  const records = batchOf(['x'.repeat(mebibyte - 200)])
  const topicData = [{ name: 'orders', partitionData: [{ index: 0, records }] }]
  const body = { transactionalId: null, acks: 1, timeoutMs: 1000, topicData }
  for (let n = 0; n < 56; n++) await producer.ask(Produce, body, 9)
  const partitions = [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 2 ** 30 }]
  const all = { maxWaitMs: 0, minBytes: 1, maxBytes: 2 ** 30, isolationLevel: 0 }
  const request = frame(Fetch, 12, Fetch.request.encode({ ...all, topics: [{ topic: 'orders', partitions }] }, 12))
  const fetches = cluster.fault({ api: 'Fetch', times: Number.POSITIVE_INFINITY })
  const channels = await Promise.all(Array.from({ length: 8 }, () => channelTo(cluster)))
  for (const channel of channels) channel.write([request]).subscribe()
  await until(() => fetches.hits === channels.length)
  const sizes = channels.map(channel => {
    let bytes = 0
    channel.incoming.subscribe(chunk => {
      bytes += chunk.length
    })
    return Math.round(bytes / mebibyte)
  })
  expect(sizes).toEqual([55, 55, 18, 1, 1, 1, 1, 1])
  // Taken, they make room again.
  const { responses } = await producer.ask(Fetch, { ...all, topics: [{ topic: 'orders', partitions }] }, 12)
  expect(Math.round((responses[0]?.partitions[0]?.records?.length ?? 0) / mebibyte)).toBe(55)
})

it('a client that sends more than is answered is not read from any further', async () => {
  const { cluster } = await running({ topics: { orders: 1 } })
  // The first waits, all others behind it.
  const delayed = cluster.fault({ api: 'Metadata', delay: 600_000 })
  const socket = await socketTo(cluster)
  socket.write(metadata)
  // Else it may be another client's that is delayed.
  await until(() => delayed.hits === 1)
  const value = 'x'.repeat(1024 * 1024 - 200)
  const topicData = [{ name: 'orders', partitionData: [{ index: 0, records: batchOf([value]) }] }]
  const produce = frame(
    Produce,
    9,
    Produce.request.encode({ transactionalId: null, acks: 1, timeoutMs: 1, topicData }, 9),
  )
  let sent = 0
  const send = (): unknown =>
    sent < 100 &&
    socket.write(produce, error => {
      if (error) return
      sent++
      send()
    })
  send()
  for (let n = 0; n < 400; n++) expect(await answers(cluster)).toBe(true)
  // Of 100 MiB, some 4 MiB of requests, and what the kernel holds.
  expect(sent).toBeGreaterThanOrEqual(4)
  expect(sent).toBeLessThan(30)
  socket.destroy()
})

it('without sockets, timers have their turn beside requests that follow one another', async () => {
  const { cluster } = await running({ listen: false })
  const client = await connected(at(cluster))
  const most = 300_000
  const asked = client.request(Metadata, { topics: [] }).pipe(repeat(), take(most), takeUntil(timer(20)), count())
  expect(await lastValueFrom(asked)).toBeLessThan(most)
}, 60_000)
