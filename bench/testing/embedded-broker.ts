import { equal } from 'node:assert/strict'
import type { Socket } from 'node:net'
import { type Api, Fetch, Produce, RecordBatchWriter, RequestHeader, ResponseHeader } from 'kafka-rx/protocol'
import { framesByHand } from '../by-hand/frames.js'
import { openSocket } from '../by-hand/open-socket.js'
import type { Bench, Round } from '../harness/bench.js'
import { startEmbeddedBroker } from '../harness/start-peer.js'

const inFlight = 5
const perRound = 64
/** As many as the broker keeps of a partition. */
const kept = 63
/** The newest versions that go by names. */
const version = 12

const { batch, count } = fullBatch()

/** Batches of 1 MiB, records of 1 KiB, there and back over loopback: the client is a socket and bytes made before. */
export const benches: readonly Bench[] = [
  {
    name: 'embedded-broker produce 1 MiB',
    unit: 'requests/s',
    bytesPerUnit: batch.length,
    rounds: 15,
    async prepare() {
      const peer = await startEmbeddedBroker()
      const socket = await openSocket(peer)
      const request = produceTo('produced')
      return { subject: asking(socket, () => request, checkProduced), close: peer.close }
    },
  },
  {
    name: 'embedded-broker fetch 1 MiB',
    unit: 'requests/s',
    bytesPerUnit: batch.length,
    rounds: 15,
    async prepare() {
      const peer = await startEmbeddedBroker()
      const socket = await openSocket(peer)
      const request = produceTo('fetched')
      await asking(socket, () => request, checkProduced, kept)({ start() {}, stop() {} })
      const requests = Array.from({ length: kept }, (_, index) => fetchFrom('fetched', BigInt(index * count)))
      const next = (index: number) => requests[index % kept] as Buffer
      return { subject: asking(socket, next, checkFetched), close: peer.close }
    },
  },
]

/** Asks so often, with so many requests on the way at once, and checks each response. */
function asking(
  socket: Socket,
  request: (index: number) => Buffer,
  check: (response: Buffer) => void,
  times = perRound,
): Round {
  return () =>
    new Promise((resolve, reject) => {
      let asked = 0
      let answered = 0
      const ask = () => asked < times && socket.write(request(asked++))
      const onData = framesByHand(response => {
        try {
          check(response)
        } catch (error) {
          reject(error)
        }
        ask()
        if (++answered < times) return
        socket.off('data', onData).off('close', onClose)
        resolve(times)
      })
      const onClose = () => reject(new Error('the broker hung up'))
      socket.on('data', onData).once('close', onClose)
      for (let i = 0; i < inFlight; i++) ask()
    })
}

function checkProduced(response: Buffer): void {
  const { responses } = bodyOf(Produce, response)
  equal(responses[0]?.partitionResponses[0]?.errorCode, 0)
}

function checkFetched(response: Buffer): void {
  const { responses } = bodyOf(Fetch, response)
  equal(responses[0]?.partitions[0]?.records?.length, batch.length)
}

function produceTo(name: string): Buffer {
  const topicData = [{ name, partitionData: [{ index: 0, records: batch }] }]
  return framed(Produce, { transactionalId: null, acks: -1, timeoutMs: 1000, topicData })
}

function fetchFrom(topic: string, fetchOffset: bigint): Buffer {
  const partitions = [{ partition: 0, fetchOffset, partitionMaxBytes: batch.length }]
  const topics = [{ topic, partitions }]
  return framed(Fetch, { maxWaitMs: 1000, minBytes: 1, maxBytes: batch.length, isolationLevel: 0, topics })
}

function framed<Q>(api: Api<Q, unknown>, body: Q): Buffer {
  const asked = { requestApiKey: api.key, requestApiVersion: version, correlationId: 1, clientId: 'bench' }
  const header = RequestHeader.encode(asked, api.requestHeaderVersion(version))
  const bytes = api.request.encode(body, version)
  const length = Buffer.alloc(4)
  length.writeInt32BE(header.length + bytes.length)
  return Buffer.concat([length, header, bytes])
}

function bodyOf<R>(api: Api<never, R>, response: Buffer): R {
  return api.response.decode(ResponseHeader.decodePrefix(response, api.responseHeaderVersion(version)).rest, version)
}

function fullBatch(): { readonly batch: Buffer; readonly count: number } {
  const writer = new RecordBatchWriter({ maxBytes: 1 << 20 })
  const value = Buffer.alloc(1000, 0x61)
  const timestamp = BigInt(Date.now())
  let count = 0
  for (let i = 0; writer.append({ key: Buffer.from(`key ${i}`), value, timestamp }); i++) count++
  return { batch: writer.close(), count }
}
