import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { Kafka } from 'kafka-rx'
import { firstValueFrom, interval, mergeMap } from 'rxjs'
import { type Follow, type Follower, follow, followByKafkajs } from '../by-hand/followers.js'
import type { Bench, LeftOut } from '../harness/bench.js'
import { benchTopic } from '../harness/bench-topic.js'
import { startBroker } from '../harness/start-broker.js'

const members = 10
const partitions = 20
/** Each partition is written as often, in ms. */
const period = 10
/** How long a partition of a member that stays may be without a record beside that: a busy machine's own gaps. */
const none = 100

const sides: readonly (readonly [name: string, follow: Follow, floor: boolean])[] = [
  ['cooperative', follow('classic'), true],
  ["'consumer'", follow('consumer'), true],
  ['kafkajs', followByKafkajs, false],
]

/** One of a group of ten leaves: how long nothing comes of the partitions that it did not have. */
export const benches: readonly Bench[] = sides.map(([name, followBy, hasFloor]) => ({
  name: `leave, ${name}`,
  unit: 'ms',
  against: `${none} ms`,
  onKafka: true,
  async prepare() {
    const gap = await gapOf(followBy)
    if (typeof gap !== 'number') return gap
    const floor = hasFloor ? { ratio: none / gap, floor: 1 } : {}
    return { figures: [{ name: 'longest gap of others', value: gap, unit: 'ms', ...floor }] }
  },
}))

async function gapOf(followBy: Follow): Promise<number | LeftOut> {
  const peer = await startBroker()
  const kafka = new Kafka({ bootstrap: `${peer.host}:${peer.port}` })
  const topic = await benchTopic(peer, partitions)
  const producer = kafka.producer()
  const value = Buffer.alloc(100, 'kafka-rx ')
  const records = Array.from({ length: partitions }, (_, partition) => ({ topic: topic.name, partition, value }))
  const group = randomUUID()
  /** By partition: who had its last record, when, and the longest that it was without one. */
  const owner = new Map<number, number>()
  const last = new Map<number, number>()
  const longest = new Map<number, number>()
  const joining = Array.from({ length: members }, (_, member) =>
    followBy({
      peer,
      topic: topic.name,
      group,
      onRecord(partition) {
        const now = performance.now()
        longest.set(partition, Math.max(longest.get(partition) ?? 0, now - (last.get(partition) ?? now)))
        last.set(partition, now)
        owner.set(partition, member)
      },
      fail: error => console.error(error),
    }),
  )
  const writing = interval(period)
    .pipe(mergeMap(() => producer.send(records)))
    .subscribe()
  const joined = await Promise.all(joining)
  const missing = joined.find(follower => 'leftOut' in follower)
  const followers = joined as Follower[]
  let gap = 0
  if (missing === undefined) {
    // Until all have their share.
    for (let tries = 0; tries < 60 && new Set(owner.values()).size < members; tries++) await setTimeout(1000)
    await setTimeout(3000)
    if (new Set(owner.values()).size < members) throw new Error('not all of the group have partitions')
    const others = [...owner].filter(([, member]) => member !== 0).map(([partition]) => partition)
    longest.clear()
    await followers[0]?.close()
    await setTimeout(10_000)
    const now = performance.now()
    for (const partition of others) {
      gap = Math.max(gap, longest.get(partition) ?? 0, now - (last.get(partition) ?? 0))
    }
    await Promise.all(followers.slice(1).map(follower => follower.close()))
  }
  writing.unsubscribe()
  await firstValueFrom(kafka.released)
  await topic.remove()
  peer.close()
  return (missing as LeftOut | undefined) ?? gap
}
