import { interval, lastValueFrom, Subject, takeUntil, tap } from 'rxjs'
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { Kafka } from '../../src/kafka.js'
import { FindCoordinator } from '../../src/protocol/index.js'
import type { KafkaNode } from './harness/kafka-node.js'
import { useKafka } from './harness/use-kafka.js'
import { leadership, moveLeader } from './move-leader.js'
import { type Reading, startReading } from './reading.js'

const cluster = useKafka({
  nodes: 3,
  racks: ['a', 'b', 'c'],
  config: { 'replica.selector.class': 'org.apache.kafka.common.replica.RackAwareReplicaSelector' },
})
const patience = { timeout: 60_000, interval: 50 }
let kafka: Kafka
let topic: string
let tests = 0
let reading: Reading[] = []
let until: Subject<void>

beforeAll(() => {
  kafka = new Kafka({ bootstrap: cluster().bootstrap })
})
beforeEach(() => {
  topic = `topic-${tests++}`
  reading = []
  until = new Subject()
})
afterEach(async () => {
  until.next()
  for (const one of reading) await one.end()
  await Promise.all(cluster().nodes.map(node => node.start(3)))
})

async function read(bootstrap: readonly string[], options: object): Promise<Reading> {
  const one = await startReading({ bootstrap }, { topics: topic, ...options })
  reading.push(one)
  return one
}

/** Sends a number every few ms until it is told to stop; resolves with those that are acknowledged. */
function sending(topic: string, until: Subject<void>): Promise<readonly string[]> {
  const sent: string[] = []
  const acknowledged = interval(10).pipe(
    takeUntil(until),
    kafka.producer().produce(number => ({ topic, key: `${number}`, value: `${number}` })),
    tap(({ input }) => sent.push(`${input}`)),
  )
  return lastValueFrom(acknowledged, { defaultValue: undefined }).then(() => sent)
}

async function coordinatorOf(group: string): Promise<KafkaNode> {
  const body = { keyType: 0, coordinatorKeys: [group] }
  const { coordinators } = await lastValueFrom(kafka.request(FindCoordinator, body))
  return cluster().nodes[(coordinators[0]?.nodeId ?? 0) - 1] as KafkaNode
}

describe.each(['classic', 'consumer'] as const)("a group's coordinator: %s", protocol => {
  test('is killed: nobody loses a partition, no record is lost, none is read twice', async () => {
    await lastValueFrom(kafka.createTopics({ name: topic, partitions: 4 }))
    const member = { group: topic, protocol, commit: { interval: 200 } }
    const members = [await read(cluster().bootstrap, member), await read(cluster().bootstrap, member)]
    const held = () => members.map(({ consumer }) => consumer.positions.length)
    await vi.waitFor(() => expect(held()).toEqual([2, 2]), patience)
    const sent = sending(topic, until)
    const all = () => members.flatMap(({ values }) => values)
    await vi.waitFor(() => expect(all().length).toBeGreaterThan(50), patience)

    const told = () => members.flatMap(({ events }) => events.map(({ type }) => type))
    const bad = () => told().filter(type => ['lost', 'revoked', 'commit-failed', 'skipped'].includes(type))
    // One gave up half when the other came.
    const badBefore = bad()
    const coordinator = await coordinatorOf(topic)
    await coordinator.kill()
    const before = all().length
    await vi.waitFor(() => expect(all().length).toBeGreaterThan(before + 200), patience)
    expect((await coordinatorOf(topic)).id).not.toBe(coordinator.id)
    until.next()
    const acknowledged = await sent
    await vi.waitFor(() => expect(all()).toHaveLength(acknowledged.length), patience)
    expect(all().toSorted()).toEqual(acknowledged.toSorted())
    // Committed at the new one.
    const behind = () =>
      members.flatMap(({ consumer }) => consumer.positions.filter(one => one.committed !== one.endOffset))
    await vi.waitFor(() => expect(behind()).toEqual([]), patience)
    expect(held()).toEqual([2, 2])
    expect(bad()).toEqual(badBefore)
  })
})

test('the closest replica is read from, and the leader where that is gone', async () => {
  await lastValueFrom(kafka.createTopics({ name: topic, partitions: 1 }))
  const leader = cluster().nodes[0]
  await vi.waitFor(async () => expect((await leadership(cluster(), topic)).inSync).toHaveLength(3), patience)
  await moveLeader(cluster(), topic, 0, leader.id)
  const send = (from: number, to: number) => {
    const values = Array.from({ length: to - from }, (_, i) => `${from + i}`)
    return lastValueFrom(kafka.producer().send(values.map(value => ({ topic, value }))))
  }
  await send(0, 100)
  const nodesOf = ({ events }: Reading) =>
    new Set(events.flatMap(event => (event.type === 'connected' ? [event.nodeId] : [])))
  const bootstrap = [`127.0.0.1:${leader.port('PLAINTEXT')}`]
  const [close, anywhere] = [await read(bootstrap, { rack: 'c' }), await read(bootstrap, {})]
  for (let sent = 100; sent < 300; sent += 20) {
    await send(sent, sent + 20)
    for (const one of [close, anywhere]) await vi.waitFor(() => expect(one.values).toHaveLength(sent + 20), patience)
  }
  expect([...nodesOf(close)].filter(id => id > 0).toSorted()).toEqual([1, 3])
  expect([...nodesOf(anywhere)].filter(id => id > 0).toSorted()).toEqual([1])

  await cluster().nodes[2]?.kill()
  await send(300, 400)
  await vi.waitFor(() => expect(close.values).toHaveLength(400), patience)
  expect(close.values).toEqual(Array.from({ length: 400 }, (_, i) => `${i}`))
})
