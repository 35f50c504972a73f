import { type Acks, type OpenProducer, ourProducer, type Producing, rivals } from '../by-hand/producers.js'
import { rawProducer } from '../by-hand/raw-producer.js'
import type { Bench, Contest, LeftOut, Round, Side } from '../harness/bench.js'
import { benchTopic } from '../harness/bench-topic.js'
import { type ClosedLoopOptions, closedLoop } from '../harness/closed-loop.js'
import { startBroker } from '../harness/start-broker.js'
import type { Peer } from '../harness/start-peer.js'

const partitions = 3
const value = Buffer.alloc(100, 'kafka-rx ')
const thousand = new Array<Buffer>(1000).fill(value)

/** A way to send, and how many times as fast as each rival it has to be. */
interface Way {
  readonly name: string
  readonly floor: number
  readonly round: (producer: Producing, topic: string) => Round
}

const lists: Way = {
  name: '1,000 a call',
  floor: 3,
  round: (producer, topic) => closedLoop(producer.list(topic, thousand), { outstanding: 5, unitsPerSend: 1000 }),
}
const singles: Way = {
  name: '1 a call, 1,000 open',
  floor: 50,
  round: (producer, topic) => closedLoop(producer.single(topic, value), { outstanding: 1000 }),
}
/** So few records a second want longer rounds: in shorter ones V8 has not compiled what it will. */
const alone: ClosedLoopOptions = { outstanding: 1, milliseconds: 1000 }
const oneByOne: Way = {
  name: '1 at a time',
  floor: 1.1,
  round: (producer, topic) => closedLoop(producer.single(topic, value), alone),
}

const leader: Acks = { acks: 1, idempotent: false }
const all: Acks = { acks: -1, idempotent: false }
const idempotent: Acks = { acks: -1, idempotent: true }

/** Records of 100 bytes without a key to three partitions of a real Kafka, until they are acknowledged. */
export const benches: readonly Bench[] = [
  againstSocket(),
  ...rivals.flatMap(([rival, open]) => [
    against(rival, open, lists, 'acks 1', leader, leader),
    against(rival, open, lists, 'idempotent', idempotent, idempotent),
    against(rival, open, singles, 'acks 1', leader, leader),
    against(rival, open, singles, 'idempotent', idempotent, idempotent),
    // Idempotence costs a rival a lock, and this nothing: each has its best.
    against(rival, open, oneByOne, 'acks all', idempotent, all),
  ]),
]

function against(
  rival: string,
  open: OpenProducer,
  { name, floor, round }: Way,
  mode: string,
  ours: Acks,
  theirs: Acks,
): Bench {
  return {
    name: `produce ${name}, ${mode}, ${rival}`,
    unit: 'records/s',
    against: rival,
    floor,
    cpuFloor: 2,
    rssFloor: 2,
    bytesPerUnit: value.length,
    rounds: 15,
    onKafka: true,
    prepare: only =>
      contest(only, {
        subject: async (peer, topic) => {
          const producer = await ourProducer(peer, ours)
          return { round: round(producer, topic), close: producer.close }
        },
        reference: async (peer, topic) => {
          const producer = await open(peer, theirs)
          return 'leftOut' in producer ? producer : { round: round(producer, topic), close: producer.close }
        },
      }),
  }
}

function againstSocket(): Bench {
  return {
    name: `produce ${oneByOne.name}, acks all`,
    unit: 'records/s',
    against: 'a raw socket that sends bytes made beforehand',
    floor: 0.9,
    bytesPerUnit: value.length,
    rounds: 31,
    onKafka: true,
    prepare: only =>
      contest(only, {
        subject: async (peer, topic) => {
          const producer = await ourProducer(peer, idempotent)
          return { round: oneByOne.round(producer, topic), close: producer.close }
        },
        reference: async (peer, topic) => {
          const { send, close } = await rawProducer(peer, topic, value)
          return { round: closedLoop(send, alone), close }
        },
      }),
  }
}

interface Opened {
  readonly round: Round
  readonly close: () => unknown
}
type Opens = (peer: Peer, topic: string) => Promise<Opened | LeftOut>

/** Both on one topic of their own, which has at the end at least what was acknowledged. Only who runs is opened. */
async function contest(only: Side | undefined, sides: Record<Side, Opens>): Promise<Contest | LeftOut> {
  const peer = await startBroker()
  const topic = await benchTopic(peer, partitions)
  const opened: Opened[] = []
  let sent = 0
  const open = async (side: Side): Promise<Round | LeftOut> => {
    if (only !== undefined && only !== side) return () => 0
    const one = await sides[side](peer, topic.name)
    if ('leftOut' in one) return one
    opened.push(one)
    return async watch => {
      const units = await one.round(watch)
      sent += units
      return units
    }
  }
  const close = async () => {
    const written = await topic.count()
    if (written < sent) throw new Error(`${written} records are in the log, of ${sent} acknowledged`)
    for (const one of opened) await one.close()
    await topic.remove()
    peer.close()
  }
  const [subject, reference] = [await open('subject'), await open('reference')]
  if ('leftOut' in subject || 'leftOut' in reference) {
    await close()
    return 'leftOut' in subject ? subject : (reference as LeftOut)
  }
  return { subject, reference, close }
}
