import { randomUUID } from 'node:crypto'
import { Kafka } from 'kafka-rx'
import { ListOffsets } from 'kafka-rx/protocol'
import { firstValueFrom } from 'rxjs'
import type { Peer } from './start-peer.js'

/** A topic of a bench's own on a real Kafka of one node. */
export interface BenchTopic {
  readonly name: string
  /** How many records it has. */
  count(): Promise<number>
  remove(): Promise<void>
}

/** Makes a topic. */
export async function benchTopic({ host, port }: Peer, partitions: number): Promise<BenchTopic> {
  const kafka = new Kafka({ bootstrap: [`${host}:${port}`] })
  const name = `bench-${randomUUID()}`
  await firstValueFrom(kafka.createTopics({ name, partitions }))
  return {
    name,
    async count() {
      const ends = Array.from({ length: partitions }, (_, partitionIndex) => ({ partitionIndex, timestamp: -1n }))
      const body = { replicaId: -1, isolationLevel: 0, topics: [{ name, partitions: ends }] }
      const to = { leader: { topic: name, partition: 0 } }
      const { topics } = await firstValueFrom(kafka.request(ListOffsets, body, { to }))
      return topics.flatMap(topic => topic.partitions).reduce((sum, { offset }) => sum + Number(offset), 0)
    },
    async remove() {
      await firstValueFrom(kafka.deleteTopics(name))
      await firstValueFrom(kafka.released)
    },
  }
}
