import type { Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { Produce, RecordBatchWriter, RequestHeader, ResponseHeader } from 'kafka-rx/protocol'
import type { Send } from '../harness/closed-loop.js'
import type { Peer } from '../harness/start-peer.js'
import { framesByHand } from './frames.js'
import { openSocket } from './open-socket.js'

/** The newest version that goes by names. */
const version = 12

/** Sends the same record with acks all, in bytes made beforehand, over a bare socket; the answer's error is looked at. */
export async function rawProducer(peer: Peer, topic: string, value: Buffer): Promise<{ send: Send; close(): void }> {
  const socket: Socket = await openSocket(peer)
  const request = produceRequest(topic, value)
  let ended: { readonly done: () => void; readonly fail: (error: unknown) => void } | undefined
  socket.on(
    'data',
    framesByHand(frame => {
      const waiting = ended
      ended = undefined
      const { rest } = ResponseHeader.decodePrefix(frame, Produce.responseHeaderVersion(version))
      const [answer] = Produce.response.decode(rest, version).responses
      const errorCode = answer?.partitionResponses[0]?.errorCode
      if (errorCode === 0) waiting?.done()
      else waiting?.fail(new Error(`the broker answered error ${errorCode}`))
    }),
  )
  const send: Send = (done, fail) => {
    ended = { done, fail }
    socket.write(request)
  }
  const sent = () => new Promise<void>(send)
  // A partition just made may be known before its leader is one.
  for (
    let tries = 0;
    tries < 50 &&
    !(await sent().then(
      () => true,
      () => false,
    ));
    tries++
  )
    await setTimeout(100)
  return { send, close: () => socket.destroy() }
}

function produceRequest(name: string, value: Buffer): Buffer {
  const writer = new RecordBatchWriter()
  writer.append({ value, timestamp: Date.now() })
  const partitionData = [{ index: 0, records: writer.close() }]
  const body = { transactionalId: null, acks: -1, timeoutMs: 25_000, topicData: [{ name, partitionData }] }
  const header = { requestApiKey: Produce.key, requestApiVersion: version, correlationId: 1, clientId: 'kafka-rx' }
  const head = RequestHeader.encode(header, Produce.requestHeaderVersion(version))
  const bytes = Produce.request.encode(body, version)
  const length = Buffer.alloc(4)
  length.writeInt32BE(head.length + bytes.length)
  return Buffer.concat([length, head, bytes])
}
