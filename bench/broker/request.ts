import type { Socket } from 'node:net'
import { type Broker, broker } from 'kafka-rx'
import { Metadata } from 'kafka-rx/protocol'
import { mergeMap, range, repeat } from 'rxjs'
import { openSocket } from '../by-hand/open-socket.js'
import { askByHand, metadataRequest } from '../by-hand/requests.js'
import { type Asker, kafkajsAsker, platformaticAsker } from '../by-hand/rival-requests.js'
import type { Bench, Contest, LeftOut, Stopwatch } from '../harness/bench.js'
import { keepOpen } from '../harness/keep-open.js'
import { startBroker } from '../harness/start-broker.js'
import type { Peer } from '../harness/start-peer.js'

const rivals: readonly (readonly [name: string, open: (peer: Peer) => Promise<Asker | LeftOut>])[] = [
  ['kafkajs', kafkajsAsker],
  ['@platformatic/kafka', platformaticAsker],
]

/** Requests a round: a tenth of a second or more of each. */
const ways: readonly (readonly [name: string, inFlight: number, count: number])[] = [
  ['one at a time', 1, 1_500],
  ['100 in flight', 100, 10_000],
]

/** Metadata of no topics, asked of a real Kafka. */
export const benches: readonly Bench[] = ways.flatMap(([name, inFlight, count]) => [
  {
    name: `request ${name}`,
    unit: 'requests/s',
    against: 'a raw socket that sends bytes made beforehand',
    floor: 0.9,
    rounds: 31,
    prepare: () => againstSocket(inFlight, count),
  },
  ...rivals.map(([rival, open]) => ({
    name: `request ${name}, ${rival}`,
    unit: 'requests/s',
    against: `the lowest request call of ${rival}`,
    cpuFloor: 1,
    rounds: 21,
    prepare: () => againstRival(open, inFlight, count),
  })),
])

async function againstSocket(inFlight: number, count: number): Promise<Contest> {
  const peer = await startBroker()
  const { opened: kafka, close } = await keepOpen(broker({ host: peer.host, port: peer.port, timeout: 10_000 }))
  const version = kafka.versions.get(Metadata.key)?.max ?? 0
  const request = metadataRequest(Math.min(version, Metadata.versions.max))
  const socket: Socket = await openSocket(peer)
  return {
    subject: watch => ask(kafka, inFlight, count, watch),
    reference: watch => askByHand(socket, request, count, inFlight, watch),
    close() {
      socket.destroy()
      close()
      peer.close()
    },
  }
}

async function againstRival(
  openRival: (peer: Peer) => Promise<Asker | LeftOut>,
  inFlight: number,
  count: number,
): Promise<Contest | LeftOut> {
  const peer = await startBroker()
  const asker = await openRival(peer)
  if ('leftOut' in asker) {
    peer.close()
    return asker
  }
  const { opened: kafka, close } = await keepOpen(broker({ host: peer.host, port: peer.port, timeout: 10_000 }))
  return {
    subject: watch => ask(kafka, inFlight, count, watch),
    reference: watch => askRival(asker, inFlight, count, watch),
    async close() {
      close()
      await asker.close()
      peer.close()
    },
  }
}

function ask(kafka: Broker, inFlight: number, count: number, watch: Stopwatch): Promise<number> {
  const request = kafka.request(Metadata, { topics: [] })
  return new Promise((resolve, reject) => {
    let answered = 0
    watch.start()
    range(0, inFlight)
      .pipe(mergeMap(() => request.pipe(repeat(count / inFlight))))
      .subscribe({
        next: ({ brokers }) => {
          answered += brokers.length
        },
        error: reject,
        complete: () => {
          watch.stop()
          if (answered === count) resolve(count)
          else reject(new Error(`${answered} answers to ${count} requests`))
        },
      })
  })
}

async function askRival(asker: Asker, inFlight: number, count: number, watch: Stopwatch): Promise<number> {
  const lane = async () => {
    for (let asked = 0; asked < count / inFlight; asked++) await asker.ask()
  }
  watch.start()
  await Promise.all(Array.from({ length: inFlight }, lane))
  watch.stop()
  return count
}
