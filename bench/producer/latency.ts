import { ourProducer, rivals } from '../by-hand/producers.js'
import type { Bench } from '../harness/bench.js'
import { benchTopic } from '../harness/bench-topic.js'
import type { Send } from '../harness/closed-loop.js'
import { comparedLatency } from '../harness/compared-latency.js'
import { openLoop } from '../harness/open-loop.js'
import { startBroker } from '../harness/start-broker.js'

const partitions = 30
const perSecond = 1000
const roundMilliseconds = 1000
const rounds = 12
const value = Buffer.alloc(100, 'kafka-rx ')

/** 1,000 single records a second over 30 partitions, acks all, until each is acknowledged. */
export const benches: readonly Bench[] = rivals.map(([rival, open]) => ({
  name: `latency 1,000/s, ${rival}`,
  unit: 'ms',
  against: rival,
  onKafka: true,
  async prepare() {
    const peer = await startBroker()
    const theirs = await open(peer, { acks: -1, idempotent: false })
    if ('leftOut' in theirs) return theirs
    const ours = await ourProducer(peer, { acks: -1, idempotent: true })
    const topic = await benchTopic(peer, partitions)
    const sides = [ours, theirs, theirs].map(producer => producer.single(topic.name, value))
    const took: number[][][] = [[], [], []]
    for (let round = -3; round < rounds; round++) {
      for (let turn = 0; turn < sides.length; turn++) {
        // Each comes first, second and last in turn.
        const side = (turn + round + 3) % sides.length
        const latencies = await openLoop(sides[side] as Send, perSecond, roundMilliseconds)
        if (round >= 0) took[side]?.push(latencies)
      }
    }
    await ours.close()
    await theirs.close()
    await topic.remove()
    peer.close()
    return { figures: comparedLatency(took) }
  },
}))
