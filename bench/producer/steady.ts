import { ourProducer } from '../by-hand/producers.js'
import type { Bench, Measured } from '../harness/bench.js'
import { benchTopic } from '../harness/bench-topic.js'
import type { Send } from '../harness/closed-loop.js'
import { percentile } from '../harness/percentile.js'
import { startBroker } from '../harness/start-broker.js'

const perSecond = 50_000
/** `STEADY_SECONDS=300` is the real thing. */
const seconds = Number(process.env['STEADY_SECONDS'] ?? 20)
const value = Buffer.alloc(100, 'kafka-rx ')

/** 50,000 single records a second: latency and RSS of the last fifth of the time, against those of the first. */
export const benches: readonly Bench[] = [
  {
    name: `steady 50,000/s for ${seconds} s`,
    unit: 'ms',
    against: 'itself in the first fifth',
    onKafka: true,
    async prepare() {
      const peer = await startBroker()
      const topic = await benchTopic(peer, 3)
      const producer = await ourProducer(peer, { acks: -1, idempotent: true })
      const send = producer.single(topic.name, value)
      await paced(send, 5)
      const parts: Part[] = []
      for (let part = 0; part < 5; part++) parts.push(await paced(send, seconds / 5))
      await producer.close()
      await topic.remove()
      peer.close()
      const [first, last] = [parts[0] as Part, parts[4] as Part]
      return {
        figures: [
          compared('p50', 'ms', first.p50, last.p50),
          compared('p99', 'ms', first.p99, last.p99),
          // V8 is still making itself room in a shorter first fifth.
          compared('RSS', 'MiB', first.rss, last.rss, seconds < 300 ? undefined : 0.9),
        ],
      }
    },
  },
]

interface Part {
  readonly p50: number
  readonly p99: number
  /** At its end, in MiB. */
  readonly rss: number
}

/** Every millisecond what is due by then; only each tenth is timed, so that the watch is no load. */
async function paced(send: Send, forSeconds: number): Promise<Part> {
  const count = Math.round(perSecond * forSeconds)
  const took: number[] = []
  await new Promise<void>((resolve, reject) => {
    const began = performance.now()
    let sent = 0
    let ended = 0
    const done = () => {
      if (++ended === count) resolve()
    }
    const next = () => {
      const now = performance.now()
      const due = Math.min(count, Math.ceil(((now - began) * perSecond) / 1000))
      for (; sent < due; sent++) {
        if (sent % 10 !== 0) send(done, reject)
        else {
          const at = performance.now()
          const timed = () => {
            took.push(performance.now() - at)
            done()
          }
          send(timed, reject)
        }
      }
      if (sent < count) setTimeout(next, 1)
    }
    next()
  })
  return { p50: percentile(took, 0.5), p99: percentile(took, 0.99), rss: process.memoryUsage.rss() / (1 << 20) }
}

function compared(name: string, unit: string, first: number, last: number, floor?: number): Measured {
  return { name, value: last, unit, ratio: first / last, ...(floor !== undefined && { floor }) }
}
