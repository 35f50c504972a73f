import { ourProducer, rivals } from '../by-hand/producers.js'
import type { Bench, Measured } from '../harness/bench.js'
import { benchTopic } from '../harness/bench-topic.js'
import type { Send } from '../harness/closed-loop.js'
import { median, medianInterval } from '../harness/median.js'
import { openLoop } from '../harness/open-loop.js'
import { percentile } from '../harness/percentile.js'
import { startBroker } from '../harness/start-broker.js'

const partitions = 30
const perSecond = 1000
const roundMilliseconds = 1000
const rounds = 12
const value = Buffer.alloc(100, 'kafka-rx ')
const shares = [
  ['p50', 0.5],
  ['p99', 0.99],
] as const

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
    return { figures: shares.map(([name, share]) => compared(name, share, took)) }
  },
}))

/** The floor: not above the rival's. */
function compared(name: string, share: number, took: number[][][]): Measured {
  const [ours = [], theirs = [], again = []] = took.map(side => side.map(round => percentile(round, share)))
  const quotients = (below: readonly number[]) => theirs.map((ms, round) => ms / (below[round] as number))
  const noise = Math.max(...medianInterval(quotients(again)).map(bound => Math.abs(bound - 1)))
  return { name, value: median(ours), unit: 'ms', ratio: median(quotients(ours)), noise, floor: 1 }
}
