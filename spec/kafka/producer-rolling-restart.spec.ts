import { lastValueFrom, ReplaySubject } from 'rxjs'
import { expect, test, vi } from 'vitest'
import { Kafka } from '../../src/kafka.js'
import { useKafka } from './harness/use-kafka.js'
import { javaReads } from './java-records.js'
import { leadership } from './move-leader.js'
import { pushed } from './producer-load.js'

const cluster = useKafka({ nodes: 3 })
const topic = 'rolling'
const partitions = 6

test('a rolling restart of all brokers under 1,000 records a second loses none and doubles none', async () => {
  const { bootstrap, nodes } = cluster()
  const kafka = new Kafka({ bootstrap })
  await lastValueFrom(kafka.createTopics({ name: topic, partitions }))
  const until = new ReplaySubject<void>(1)
  const { account, run } = pushed('stream', kafka.producer(), { topic, until, hasKeys: true, perSecond: 1000 })
  const started = performance.now()
  const all = lastValueFrom(run, { defaultValue: undefined })
  for (const node of nodes) {
    await node.restart(nodes.length)
    await allInSync()
  }
  until.next()
  await all
  const rate = Math.round((account.count * 1000) / (performance.now() - started))
  account.audit(await javaReads(bootstrap, topic))
  console.info(account.outcomes, `${rate} a second, p50 ${account.latency(0.5)} ms, p99 ${account.latency(0.99)} ms`)
  expect(account.breaches).toEqual([])
  expect(account.outcomes).toEqual({ delivered: account.count, unsent: 0, rejected: 0, unknown: 0 })
  await lastValueFrom(kafka.released)
})

/** As operators wait before they restart the next one. */
async function allInSync(): Promise<void> {
  await vi.waitFor(async () => {
    for (let partition = 0; partition < partitions; partition++) {
      expect((await leadership(cluster(), topic, partition)).inSync).toHaveLength(3)
    }
  }, 60_000)
}
