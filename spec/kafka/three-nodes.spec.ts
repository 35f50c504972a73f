import { describe, expect, test, vi } from 'vitest'
import { CreateTopics, Produce } from '../../src/protocol/index.js'
import { murmur2 } from '../../src/protocol/murmur2.js'
import { type NewRecord, RecordBatchWriter } from '../../src/protocol/records/index.js'
import { ask, askUntilReady } from './ask.js'
import type { KafkaNode } from './harness/kafka-node.js'
import { useKafka } from './harness/use-kafka.js'
import { javaReads, javaWrites } from './java-records.js'
import { leadership, moveLeader } from './move-leader.js'

describe('a cluster of three', () => {
  const kafka = useKafka({ nodes: 3 })
  const node = (id: number) => kafka().nodes[id - 1] as KafkaNode

  async function create(name: string, partitions = 1): Promise<void> {
    const topics = [{ name, numPartitions: partitions, replicationFactor: -1, assignments: [], configs: [] }]
    const body = { topics, timeoutMs: 10_000, validateOnly: false }
    const answer = await ask(node(1).port('PLAINTEXT'), CreateTopics, body, 7)
    expect(answer.topics.map(({ errorCode }) => errorCode)).toEqual([0])
    await inSync(name, 3)
  }

  const inSync = (topic: string, replicas: number) =>
    vi.waitFor(async () => expect((await leadership(kafka(), topic)).inSync).toHaveLength(replicas), 30_000)

  /** Writes with `acks: -1` to whoever leads, once it knows. */
  async function write(topic: string, ...records: NewRecord[]): Promise<void> {
    const writer = new RecordBatchWriter()
    for (const record of records) writer.append(record)
    const topicData = [{ name: topic, partitionData: [{ index: 0, records: writer.close() }] }]
    const body = { transactionalId: null, acks: -1, timeoutMs: 5000, topicData }
    const produce = async () => {
      const { leader } = await leadership(kafka(), topic)
      const { responses } = await ask(node(leader).port('PLAINTEXT'), Produce, body, 12)
      return responses[0]?.partitionResponses[0]?.errorCode ?? -1
    }
    await askUntilReady(produce, error => error)
  }

  test('keeps three replicas; leaders go where they are moved', async () => {
    await create('moving')
    const { leader, epoch, replicas } = await leadership(kafka(), 'moving')
    expect(replicas.toSorted()).toEqual([1, 2, 3])
    for (const next of replicas.filter(id => id !== leader)) {
      await moveLeader(kafka(), 'moving', 0, next)
      expect((await leadership(kafka(), 'moving')).leader).toBe(next)
    }
    expect((await leadership(kafka(), 'moving')).epoch).toBeGreaterThan(epoch)
    await expect(moveLeader(kafka(), 'moving', 0, 4)).rejects.toThrow('node 4 has no replica of moving-0')
  })

  test('Java reads all that a record has', async () => {
    await create('compared')
    const headers = [
      { key: 'é', value: Buffer.from('1') },
      { key: 'none', value: null },
    ]
    const records = [
      { timestamp: 1000n, key: Buffer.from('key'), value: Buffer.from([0, 255]), headers },
      { timestamp: 999n, key: Buffer.alloc(0), value: null, headers: [] },
    ]
    await write('compared', ...records)
    expect(await javaReads(kafka().bootstrap, 'compared')).toEqual(
      records.map((record, index) => ({ partition: 0, offset: BigInt(index), ...record })),
    )
  })

  test('Java writes keys where murmur2 says', async () => {
    await create('partitioned', 7)
    const keys = Array.from({ length: 200 }, (_, index) => Buffer.from(`kéy ${index}`))
    const written = await javaWrites(
      kafka().bootstrap,
      'partitioned',
      keys.map(key => ({ key, value: null })),
    )
    expect(written.map(({ partition }) => partition)).toEqual(keys.map(key => (murmur2(key) & 0x7fffffff) % 7))
    const read = await javaReads(kafka().bootstrap, 'partitioned')
    expect(read.map(({ key }) => String(key)).toSorted()).toEqual(keys.map(String).toSorted())
  })

  test('goes on without one that is killed or frozen, and takes it back; restarted it has what it had', async () => {
    await create('surviving')
    const { leader, replicas } = await leadership(kafka(), 'surviving')
    const [second = 0, third = 0] = replicas.filter(id => id !== leader)
    await node(leader).kill()
    await vi.waitFor(async () => expect((await leadership(kafka(), 'surviving')).leader).toBe(second), 30_000)
    await write('surviving', { timestamp: 1n, value: 'without the first' })
    await node(leader).start(3)
    await inSync('surviving', 3)

    await moveLeader(kafka(), 'surviving', 0, leader)
    await node(third).freeze()
    await inSync('surviving', 2)
    await write('surviving', { timestamp: 2n, value: 'without the third' })
    await node(third).thaw()
    await inSync('surviving', 3)

    const ports = node(second).ports
    await node(second).restart(3)
    expect(node(second).ports).toEqual(ports)
    await inSync('surviving', 3)
    const read = await javaReads(kafka().bootstrap, 'surviving')
    expect(read.map(({ value }) => String(value))).toEqual(['without the first', 'without the third'])
  })
})
