import { type Broker, broker, open } from 'kafka-rx'
import { Metadata } from 'kafka-rx/protocol'
import { repeat } from 'rxjs'
import { metadataResponse, promptResponses, promptTransport } from '../by-hand/prompt-transport.js'
import { metadataRequest } from '../by-hand/requests.js'
import type { Bench, Stopwatch } from '../harness/bench.js'
import { exchange } from '../harness/exchange.js'
import { inProcess } from '../harness/in-process.js'
import { keepOpen } from '../harness/keep-open.js'
import { tally } from '../harness/tally.js'

const requests = 100_000
const version = Metadata.versions.max
const endpoint = { host: 'broker', transport: promptTransport(promptResponses()) }

/** What a request costs without a network; what of that its bytes cost over a connection, and its messages to encode and decode. */
export const benches: readonly Bench[] = [
  {
    name: 'in-process request',
    unit: 'requests/s',
    showsTime: true,
    async prepare() {
      const { opened, close } = await keepOpen(broker(endpoint))
      return { subject: watch => ask(opened, watch), close }
    },
  },
  {
    name: 'in-process: the bytes alone',
    unit: 'exchanges/s',
    showsTime: true,
    async prepare() {
      const connection = await open(endpoint)
      return {
        subject: watch => exchange(connection, metadataRequest(version), { count: requests, answerBytes }, watch),
        close: () => connection.close(),
      }
    },
  },
  {
    name: 'in-process: the messages alone',
    unit: 'messages/s',
    showsTime: true,
    prepare() {
      const response = Metadata.response.encode(metadataResponse, version)
      return inProcess({
        subject: () => [Metadata.request.encode({ topics: [] }, version), Metadata.response.decode(response, version)],
      })
    },
  },
]

/** Each asked for when the one before has been answered. */
function ask(kafka: Broker, watch: Stopwatch): Promise<number> {
  const { add, fail, done } = tally(requests, 0, watch)
  kafka
    .request(Metadata, { topics: [] })
    .pipe(repeat(requests))
    .subscribe({ next: () => add(nothing), error: fail })
  return done
}

const nothing = Buffer.alloc(0)

const answerBytes = (promptResponses().get(Metadata.key) as Buffer).length - 4
