import { lastValueFrom } from 'rxjs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { Kafka } from '../../src/kafka.js'
import { OffsetFetch } from '../../src/protocol/index.js'
import { useKafka } from './harness/use-kafka.js'
import { startReading } from './reading.js'
import { installRivals } from './rivals.js'

const patience = { timeout: 60_000, interval: 50 }
const cluster = useKafka()
let rivals: ReturnType<typeof installRivals>
let kafka: Kafka

beforeAll(() => {
  rivals = installRivals()
  kafka = new Kafka({ bootstrap: cluster().bootstrap })
}, 120_000)
afterAll(() => rivals?.remove())

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `${from + i}`)

describe.each(['kafkajs', 'platformatic'] as const)('a group of %s', name => {
  test('is taken over at what it has committed, and given back so', async () => {
    const { bootstrap } = cluster()
    const topic = `topic-${name}`
    await lastValueFrom(kafka.createTopics({ name: topic, partitions: 3 }))
    const send = (values: readonly string[]) =>
      lastValueFrom(kafka.producer().send(values.map(value => ({ topic, key: value, value }))))
    const committed = async () => {
      const body = { groups: [{ groupId: topic, memberId: null, memberEpoch: -1, topics: null }], requireStable: true }
      const to = { coordinator: { group: topic } }
      const { groups } = await lastValueFrom(kafka.request(OffsetFetch, body, { to, version: 9 }))
      const offsets = groups[0]?.topics.flatMap(({ partitions }) => partitions.map(one => Number(one.committedOffset)))
      return offsets?.reduce((sum, offset) => sum + offset, 0) ?? 0
    }

    await send(numbers(0, 100))
    for (let from = 0; from < 400; from += 200) {
      const theirs = await rivals[name]({ bootstrap, group: topic, topic })
      await vi.waitFor(() => expect(theirs.values).toHaveLength(100), patience)
      expect(theirs.values.toSorted()).toEqual(numbers(from, from + 100).toSorted())
      // Ending, not each of them commits what it has handled.
      await vi.waitFor(async () => expect(await committed()).toBe(from + 100), patience)
      await theirs.end()
      await send(numbers(from + 100, from + 200))
      const ours = await startReading({ bootstrap }, { group: topic, topics: topic })
      await vi.waitFor(() => expect(ours.values).toHaveLength(100), patience)
      await ours.end()
      expect(ours.values.toSorted()).toEqual(numbers(from + 100, from + 200).toSorted())
      expect(await committed()).toBe(from + 200)
      await send(numbers(from + 200, from + 300))
    }
  })
})
