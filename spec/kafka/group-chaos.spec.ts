import { setTimeout as sleep } from 'node:timers/promises'
import { lastValueFrom, merge, ReplaySubject } from 'rxjs'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { Kafka } from '../../src/kafka.js'
import { ListOffsets } from '../../src/protocol/index.js'
import { chance } from '../../src/testing/embedded/chance.js'
import type { UserProject } from '../user-project.js'
import { ChurnedGroup, memberProject } from './churned-group.js'
import { disturb } from './disturb.js'
import { useKafka } from './harness/use-kafka.js'
import { oneByOne, pushed } from './producer-load.js'

// `CHAOS_SECONDS=300 CHAOS_SEED=7 npx vitest run -c vitest.kafka.config.ts spec/kafka/group-chaos.spec.ts`
const { CHAOS_SECONDS, CHAOS_SEED } = process.env
const seconds = Number(CHAOS_SECONDS ?? 60)
const seed = Number(CHAOS_SEED ?? Math.floor(Math.random() * 2 ** 32))
const topic = 'churned'
const partitions = 6

const cluster = useKafka({
  nodes: 3,
  config: {
    'group.consumer.session.timeout.ms': 6000,
    'group.consumer.min.session.timeout.ms': 6000,
    'group.consumer.heartbeat.interval.ms': 1000,
    'group.consumer.min.heartbeat.interval.ms': 1000,
  },
})
let project: UserProject
let keepFiles = false
let groups: readonly ChurnedGroup[] = []

beforeAll(() => {
  project = memberProject()
}, 120_000)
afterAll(() => {
  for (const group of groups) group.close()
  if (!keepFiles) project?.remove()
})

const name = `two groups handle every acknowledged record, ${seconds} s with CHAOS_SEED=${seed}`
test(name, { timeout: (seconds + 400) * 1000 }, async ({ onTestFailed }) => {
  onTestFailed(() => {
    console.error(`What the members wrote: ${project.folder}`)
    keepFiles = true
  })
  const { bootstrap } = cluster()
  const kafka = new Kafka({ bootstrap })
  await lastValueFrom(kafka.createTopics({ name: topic, partitions }))
  const shared = { project, bootstrap, topic }
  groups = (['classic', 'consumer'] as const).map(
    protocol => new ChurnedGroup({ ...shared, protocol, group: `churned-${protocol}` }),
  )

  const until = new ReplaySubject<void>(1)
  const hurried = kafka.producer({ deliveryTimeout: 5_000 })
  const loads = [
    oneByOne('one-by-one', kafka.producer(), { topic, until, hasKeys: true }),
    pushed('pushed', kafka.producer(), { topic, until, hasKeys: false, perSecond: 200 }),
    pushed('hurried', hurried, { topic, until, hasKeys: true, perSecond: 100 }),
  ]
  const producing = lastValueFrom(merge(...loads.map(({ run }) => run)), { defaultValue: undefined })
  let [isOver, isDone] = [false, false]
  const churning = groups.map((group, index) => group.churn(chance(seed + 1 + index), () => isOver))
  const looking = groups.map(async group => {
    for (; !isDone; await sleep(1000)) await group.look(kafka)
  })
  const disturbed = await disturb(cluster(), { topic, partitions, duration: seconds * 1000, seed })
  until.next()
  isOver = true
  await Promise.all([producing, ...churning])
  for (const group of groups) while (group.size < 2) group.join()

  const ends = await Promise.all(Array.from({ length: partitions }, (_, partition) => endOf(kafka, partition)))
  const handled = (group: ChurnedGroup) => ends.map((_, partition) => group.ledger.handled(partition))
  await vi
    .waitFor(() => expect(groups.map(handled)).toEqual(groups.map(() => ends)), { timeout: 120_000, interval: 500 })
    .catch(error => groups[0]?.ledger.breaches.push(String(error)))
  isDone = true
  await Promise.all([...looking, ...groups.map(group => group.leaveAll())])
  const committed = await Promise.all(groups.map(group => group.look(kafka)))
  await lastValueFrom(kafka.released)

  const accounts = loads.map(({ account }) => account)
  for (const { ledger } of groups) {
    ledger.audit()
    for (const account of accounts) {
      account.audit(ledger.log.filter(({ value }) => String(value).startsWith(`${account.name} `)))
    }
  }
  const sent = accounts.map(({ name, outcomes }) => [name, outcomes])
  console.info(
    `CHAOS_SEED=${seed}`,
    disturbed,
    Object.fromEntries(sent),
    groups.map(({ ledger }) => ledger.counts),
  )
  const breaches = [...groups.map(({ ledger }) => ledger.breaches), ...accounts.map(account => account.breaches)]
  expect(breaches.flatMap(all => all.slice(0, 10))).toEqual([])
  expect(committed.map(found => ends.map((_, partition) => found?.get(partition)))).toEqual(groups.map(() => ends))
})

async function endOf(kafka: Kafka, partition: number): Promise<bigint> {
  const asked = { name: topic, partitions: [{ partitionIndex: partition, timestamp: -1n }] }
  const body = { replicaId: -1, isolationLevel: 0, topics: [asked], timeoutMs: 5000 }
  const { topics } = await lastValueFrom(kafka.request(ListOffsets, body, { to: { leader: { topic, partition } } }))
  expect(topics[0]?.partitions[0]?.errorCode).toBe(0)
  return topics[0]?.partitions[0]?.offset ?? -1n
}
