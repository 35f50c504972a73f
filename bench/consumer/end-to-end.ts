import { Kafka } from 'kafka-rx'
import { firstValueFrom } from 'rxjs'
import { type Follow, type Follower, follow, followByKafkajs, followByPlatformatic } from '../by-hand/followers.js'
import type { Bench, LeftOut } from '../harness/bench.js'
import { type BenchTopic, benchTopic } from '../harness/bench-topic.js'
import type { Send } from '../harness/closed-loop.js'
import { comparedLatency } from '../harness/compared-latency.js'
import { openLoop } from '../harness/open-loop.js'
import { startBroker } from '../harness/start-broker.js'
import type { Peer } from '../harness/start-peer.js'

const perSecond = 1000
const roundMilliseconds = 1000
const rounds = 12
const rivals: readonly (readonly [name: string, follow: Follow])[] = [
  ['kafkajs', followByKafkajs],
  ['@platformatic/kafka', followByPlatformatic],
]

/** 1,000 records a second over 3 partitions, sent by kafka-rx for either, until they are consumed. */
export const benches: readonly Bench[] = rivals.map(([rival, followBy]) => ({
  name: `end-to-end 1,000/s, ${rival}`,
  unit: 'ms',
  against: rival,
  onKafka: true,
  async prepare() {
    const peer = await startBroker()
    const theirs = await path(peer, followBy)
    if ('leftOut' in theirs) return theirs
    const ours = (await path(peer, follow('classic'))) as Path
    const sides = [ours, theirs, theirs] as const
    const took: number[][][] = [[], [], []]
    for (let round = -3; round < rounds; round++) {
      for (let turn = 0; turn < sides.length; turn++) {
        // Each comes first, second and last in turn.
        const side = (turn + round + 3) % sides.length
        const latencies = await openLoop((sides[side] as Path).send, perSecond, roundMilliseconds)
        if (round >= 0) took[side]?.push(latencies)
      }
    }
    await ours.close()
    await theirs.close()
    peer.close()
    return { figures: comparedLatency(took) }
  },
}))

/** From a producer to a consumer over a topic of its own. */
interface Path {
  /** Ended when the record has been consumed. */
  readonly send: Send
  close(): Promise<void>
}

async function path(peer: Peer, followBy: Follow): Promise<Path | LeftOut> {
  const kafka = new Kafka({ bootstrap: `${peer.host}:${peer.port}` })
  const producer = kafka.producer()
  const topic: BenchTopic = await benchTopic(peer, 3)
  const waiting = new Map<number, { readonly done: () => void; readonly fail: (error: unknown) => void }>()
  const follower: Follower | LeftOut = await followBy({
    peer,
    topic: topic.name,
    onRecord: (_, value) => {
      const index = value?.readUInt32BE(0) ?? -1
      const waiter = waiting.get(index)
      waiting.delete(index)
      waiter?.done()
    },
    fail: error => {
      for (const { fail } of waiting.values()) fail(error)
    },
  })
  const close = async () => {
    if (!('leftOut' in follower)) await follower.close()
    await firstValueFrom(kafka.released)
    await topic.remove()
  }
  if ('leftOut' in follower) {
    await close()
    return follower
  }
  let sent = 0
  const send: Send = (done, fail) => {
    const value = Buffer.alloc(100)
    value.writeUInt32BE(sent)
    waiting.set(sent++, { done, fail })
    producer.send({ topic: topic.name, partition: sent % 3, value }).subscribe({ error: fail })
  }
  return { send, close }
}
