import { createServer, type Server } from 'node:net'
import { firstValueFrom, lastValueFrom } from 'rxjs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { broker } from '../../../src/index.js'
import { Metadata } from '../../../src/protocol/index.js'
import { embeddedBroker } from '../../../src/testing/index.js'
import { compiled } from '../../connection/program.js'
import { at, connected, raw, running } from './running.js'

/** Listens on a port until the test is over. */
function occupied(port = 0): Promise<{ port: number; server: Server }> {
  return new Promise((resolve, reject) => {
    const server = createServer(() => {})
    onTestFinished(() => void server.close())
    server.once('error', reject)
    server.listen({ host: '127.0.0.1', port }, () => {
      const address = server.address()
      resolve({ server, port: typeof address === 'object' ? (address?.port ?? 0) : 0 })
    })
  })
}

describe('a cluster over TCP', () => {
  it('listens on ports in a row, and says where', async () => {
    const { port } = await occupied()
    // Whoever gave this port gives the next ones as well, as a rule; else the test begins anew.
    const ports = async (from: number): Promise<readonly string[]> => {
      const tried = await running({ brokers: 3, port: from }).catch(() => undefined)
      return tried?.cluster.bootstrap ?? ports(from + 10)
    }
    const bootstrap = await ports(port + 1)
    const [first = ''] = bootstrap
    const at = Number(first.split(':')[1])
    expect(bootstrap).toEqual([`127.0.0.1:${at}`, `127.0.0.1:${at + 1}`, `127.0.0.1:${at + 2}`])
  })

  it('listens on any free ports by default, each broker on its own', async () => {
    const { cluster } = await running({ brokers: 3 })
    expect(new Set(cluster.brokers.map(({ port }) => port)).size).toBe(3)
    for (const { nodeId } of cluster.brokers) {
      const asked = broker(at(cluster, nodeId, true), kafka => kafka.request(Metadata, { topics: [] }))
      expect((await lastValueFrom(asked)).brokers).toEqual(cluster.brokers.map(one => ({ ...one, rack: null })))
    }
  })

  it('listens on ::1, and writes it as addresses are written', async () => {
    const { cluster } = await running({ host: '::1' })
    expect(cluster.bootstrap[0]).toMatch(/^\[::1\]:\d+$/)
    expect((await connected(at(cluster, 1, true))).closed).toBe(false)
  })

  it('tells clients another name when told to', async () => {
    const { cluster } = await running({ advertise: 'kafka.example' })
    expect(cluster.brokers[0]?.host).toBe('kafka.example')
    const { port = 0 } = at(cluster)
    const client = await raw({ host: '127.0.0.1', port })
    expect((await client.ask(Metadata, { topics: [] })).brokers).toMatchObject([{ host: 'kafka.example', port }])
  })

  it('fails with a ListenError that names the port when it is taken', async () => {
    const { port } = await occupied()
    const failed = firstValueFrom(embeddedBroker({ port })).catch((error: unknown) => error)
    expect(await failed).toMatchObject({ name: 'ListenError', code: 'LISTEN', retriable: true })
    expect(await failed).toMatchObject({ message: expect.stringContaining(`127.0.0.1:${port}`) })
  })

  it('that is unsubscribed frees its ports, and its clients are told', async () => {
    const { cluster, subscription } = await running({ brokers: 2 })
    const ended = lastValueFrom(broker(at(cluster, 2, true))).catch((error: unknown) => error)
    const [one, two] = [await raw(at(cluster, 1, true)), await raw(at(cluster, 2, true))]
    await one.ask(Metadata, { topics: [] })
    subscription.unsubscribe()
    await Promise.all([one.hungUp, two.hungUp])
    expect(await ended).toMatchObject({ name: 'ConnectionError', retriable: true })
    for (const { port } of cluster.brokers) await occupied(port)
  })

  it('can be followed by another on its port, which has nothing of it', async () => {
    const { cluster, subscription } = await running({ topics: { orders: 1 } })
    const { port } = at(cluster)
    subscription.unsubscribe()
    const { cluster: other } = await running({ port, seed: 2, topics: { orders: 1 } })
    const client = await raw(at(other, 1, true))
    const { clusterId, topics } = await client.ask(Metadata, { topics: null })
    expect([clusterId === cluster.clusterId, clusterId === other.clusterId]).toEqual([false, true])
    expect(topics[0]?.topicId).not.toBe(cluster.partitions[0]?.topicId)
  })

  it('can be stopped and started again and again, on the same port', async () => {
    const { cluster } = await running()
    const { port } = at(cluster)
    for (let n = 0; n < 5; n++) {
      cluster.stop(1)
      await expect(connected({ ...at(cluster, 1, true), timeout: 500 })).rejects.toMatchObject({ name: 'ConnectError' })
      cluster.start(1)
      cluster.start(1)
      await new Promise(resolve => setImmediate(resolve))
      expect((await connected(at(cluster, 1, true))).port).toBe(port)
    }
  })

  it('fails when the port of a broker that comes up again was taken meanwhile', async () => {
    const { cluster, failed } = await running()
    cluster.stop(1)
    await occupied(at(cluster).port)
    cluster.start(1)
    expect(await failed).toMatchObject({ name: 'ListenError' })
  })
})

describe('a process', () => {
  const run = compiled()

  it.each([
    ['over TCP', true, 'isBusy.subscribe(end)'],
    ['without sockets', false, 'isBusy.subscribe(end)'],
    ['in the middle of a request', false, 'it.fault({ api: "Fetch", skip: 1, before: end })'],
  ])('ends when its cluster is unsubscribed, whatever was going on, %s', async (_what, listen, ending) => {
    const program = `
      import { broker } from 'kafka-rx'
      import { Fetch, JoinGroup } from 'kafka-rx/protocol'
      import { embeddedBroker } from 'kafka-rx/testing'
      import { filter, mergeMap, take, timer } from 'rxjs'

      const topics = [{ topic: 'orders', partitions: [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 1000 }] }]
      const body = { maxWaitMs: 600_000, minBytes: 1, maxBytes: 1000, isolationLevel: 0, topics }
      const fetch = kafka => kafka.request(Fetch, body, { version: 12 })
      const protocols = [{ name: 'range', metadata: Buffer.alloc(0) }]
      const timeouts = { sessionTimeoutMs: 600_000, rebalanceTimeoutMs: 600_000 }
      const member = { groupId: 'a', memberId: '', groupInstanceId: 'b', protocolType: 'consumer', protocols, ...timeouts }
      const join = kafka => kafka.request(JoinGroup, member).pipe(mergeMap(() => fetch(kafka)))

      const cluster = embeddedBroker({ topics: { orders: 1 }, listen: ${listen} })
      const running = cluster.subscribe(it => {
        const [{ host, port }] = it.brokers
        const options = { host, port, ...(${listen} ? {} : { transport: it.transport }) }
        for (const use of [fetch, join]) broker(options, use).subscribe({ error: ({ name }) => console.log(name) })
        const isBusy = timer(0, 20).pipe(filter(() => it.groups.length === 1 && it.connections.length === 2), take(1))
        const end = () => {
          console.log(it.connections.length, it.groups.length)
          running.unsubscribe()
        }
        ${ending}
      })
    `
    const { code, stdout, stderr } = await run(program)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toBe('2 1\nConnectionError\nConnectionError\n')
  })

  it('ends, too, when a client of its cluster has never read its answer', async () => {
    const program = `
      import { createConnection } from 'node:net'
      import { broker } from 'kafka-rx'
      import { Fetch, Produce, RecordBatchWriter, RequestHeader } from 'kafka-rx/protocol'
      import { embeddedBroker } from 'kafka-rx/testing'

      // More than sockets hold on their way.
      const size = 2 ** 25
      const batch = new RecordBatchWriter({ maxBytes: 2 * size })
      batch.append({ key: null, value: Buffer.alloc(size), timestamp: 0n })
      const topicData = [{ name: 'orders', partitionData: [{ index: 0, records: batch.close() }] }]
      const produced = { transactionalId: null, acks: -1, timeoutMs: 1000, topicData }
      const topics = [{ topic: 'orders', partitions: [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 1 }] }]
      const fetch = { maxWaitMs: 0, minBytes: 1, maxBytes: 1, isolationLevel: 0, topics }
      const header = { requestApiKey: Fetch.key, requestApiVersion: 12, correlationId: 1, clientId: 'slow' }
      const [head, body] = [RequestHeader.encode(header, 2), Fetch.request.encode(fetch, 12)]
      const length = Buffer.alloc(4)
      length.writeInt32BE(head.length + body.length)

      const config = { 'message.max.bytes': 2 * size }
      const running = embeddedBroker({ topics: { orders: 1 }, config }).subscribe(({ brokers: [{ host, port }] }) => {
        broker({ host, port }, kafka => kafka.request(Produce, produced, { version: 12 })).subscribe({
          complete: () => {
            const slow = createConnection({ host, port }).unref()
            slow.write(Buffer.concat([length, head, body]))
            slow.once('readable', () => {
              console.log('there is an answer')
              running.unsubscribe()
            })
          },
        })
      })
    `
    const { code, stdout, stderr } = await run(program)
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'there is an answer\n', stderr: '' })
  })
})
