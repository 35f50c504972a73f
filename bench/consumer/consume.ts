import {
  acknowledged,
  batches,
  type Commits,
  handled,
  kafkajsConsumer,
  type OpenConsumer,
  ourConsumer,
  plainPlatformaticConsumer,
  platformaticConsumer,
  type Read,
  records,
} from '../by-hand/consumers.js'
import type { Bench, Round } from '../harness/bench.js'
import { RecordCount } from '../harness/record-count.js'
import { startBroker } from '../harness/start-broker.js'
import { type Written, writtenTopic } from '../harness/written-topic.js'

const plain: Written = { records: 3_000_000, partitions: 3 }

/** How a round reads, and how the rival's offsets go to its group. */
interface Way {
  readonly name: string
  readonly read: Read
  readonly commits: Commits
  readonly written?: Written
}

/** A rival, and how many records it reads in a round: that it takes as long, about. */
interface Rival {
  readonly name: string
  readonly open: OpenConsumer
  readonly records: number
}

const kafkajs: Rival = { name: 'kafkajs', open: kafkajsConsumer, records: 1_000_000 }
const platformatic: Rival = { name: '@platformatic/kafka', open: platformaticConsumer, records: 1_000_000 }
const plainPlatformatic: Rival = {
  name: '@platformatic/kafka as it comes',
  open: plainPlatformaticConsumer,
  records: 150_000,
}

const subscribed: Way = { name: 'records', read: records, commits: 'none' }
const inBatches: Way = { name: 'batches', read: batches, commits: 'none' }
const inGroup: Way = { name: 'acknowledged', read: acknowledged, commits: 'acknowledged' }
const oneByOne: Way = { name: 'handled, concurrency 1', read: handled(1), commits: 'read' }
const byHundred: Way = { name: 'handled, concurrency 100', read: handled(100), commits: 'read' }

/** Least of the reading by itself, of which a process does nothing else. */
const cheap = { cpuFloor: 2, rssFloor: 2, rssLimit: 150, bytesPerUnit: 100 }

/**
 * Records of 100 bytes from three partitions of a real Kafka, each value looked at; from the join on, by a new consumer
 * each round. kafkajs has no codec but gzip.
 */
export const benches: readonly Bench[] = [
  ...[kafkajs, platformatic].flatMap(rival => [
    against(rival, subscribed, { floor: 3, ...cheap }),
    against(rival, inBatches, { floor: 3, ...cheap }),
    against(rival, inGroup, { floor: 2 }),
    against(rival, oneByOne, { floor: 1.3 }),
    against(rival, byHundred, { floor: 1.3 }),
  ]),
  against(plainPlatformatic, oneByOne, { floor: 8, rounds: 3 }),
  against(kafkajs, compressed('gzip'), { floor: 1.5 }),
  ...(['gzip', 'snappy', 'lz4', 'zstd'] as const).map(codec =>
    against(platformatic, compressed(codec), { floor: 1.5 }),
  ),
]

function compressed(compression: NonNullable<Written['compression']>): Way {
  return { ...subscribed, name: `records, ${compression}`, written: { records: 1_000_000, partitions: 3, compression } }
}

function against(rival: Rival, way: Way, floors: Partial<Bench>): Bench {
  const { read, commits, written = plain } = way
  return {
    name: `consume ${way.name}, ${rival.name}`,
    unit: 'records/s',
    against: rival.name,
    rounds: 7,
    onKafka: true,
    ...floors,
    async prepare() {
      const peer = await startBroker()
      const theirs = await rival.open(peer, commits)
      if ('leftOut' in theirs) return theirs
      const topic = await writtenTopic(peer, written)
      const ours = ourConsumer(peer, read)
      return {
        subject: round(ours.read, topic, written.records),
        reference: round(theirs.read, topic, Math.min(rival.records, written.records)),
        close: () => peer.close(),
      }
    },
  }
}

function round(read: (topic: string, count: RecordCount) => Promise<void>, topic: string, expected: number): Round {
  return async watch => {
    const count = new RecordCount(expected, watch)
    await read(topic, count)
    return count.done
  }
}
