import { type Broker, broker, type Connection, connect, decodeFrames } from 'kafka-rx'
import { Metadata } from 'kafka-rx/protocol'
import { NEVER, type Observable, repeat, Subscription, startWith } from 'rxjs'
import { metadataResponse, promptResponses, promptTransport } from '../by-hand/prompt-transport.js'
import { metadataRequest } from '../by-hand/requests.js'
import type { Bench, Stopwatch } from '../harness/bench.js'
import { inProcess } from '../harness/in-process.js'
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
      const { opened, close } = await opening(broker(endpoint, stay))
      return { subject: watch => ask(opened, watch), close }
    },
  },
  {
    name: 'in-process: the bytes alone',
    unit: 'exchanges/s',
    showsTime: true,
    async prepare() {
      const { opened, close } = await opening(connect(endpoint, stay))
      return { subject: watch => exchange(opened, watch), close }
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

const stay = <T>(opened: T): Observable<T> => NEVER.pipe(startWith(opened))

function opening<T>(source: Observable<T>): Promise<{ opened: T; close: () => void }> {
  return new Promise((resolve, reject) => {
    const subscription = new Subscription()
    const close = () => subscription.unsubscribe()
    subscription.add(source.subscribe({ next: opened => resolve({ opened, close }), error: reject }))
  })
}

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

function exchange(connection: Connection, watch: Stopwatch): Promise<number> {
  const request = metadataRequest(version)
  const { add, fail, done } = tally(requests, requests * answerBytes, watch)
  let left = requests
  const reading = connection.pipe(decodeFrames()).subscribe({
    next: response => {
      add(response)
      if (--left > 0) connection.send.next(request)
    },
    error: fail,
  })
  connection.send.next(request)
  return done.finally(() => reading.unsubscribe())
}

const answerBytes = (promptResponses().get(Metadata.key) as Buffer).length - 4
