import type { Socket } from 'node:net'
import { Metadata, RequestHeader } from 'kafka-rx/protocol'
import type { Stopwatch } from '../harness/bench.js'
import { tally } from '../harness/tally.js'
import { framesByHand } from './frames.js'

/** Metadata of no topics, framed, as kafka-rx itself would ask for it. */
export function metadataRequest(version: number): Buffer {
  const header = { requestApiKey: Metadata.key, requestApiVersion: version, correlationId: 1, clientId: 'kafka-rx' }
  const head = RequestHeader.encode(header, Metadata.requestHeaderVersion(version))
  const body = Metadata.request.encode({ topics: [] }, version)
  const length = Buffer.alloc(4)
  length.writeInt32BE(head.length + body.length)
  return Buffer.concat([length, head, body])
}

/**
 * Asks `count` times on a raw socket, `inFlight` at a time, with bytes that are ready beforehand: what one chunk answers
 * is asked for again in one write. Nothing is read of the answers but their lengths.
 */
export function askByHand(
  socket: Socket,
  request: Buffer,
  count: number,
  inFlight: number,
  watch: Stopwatch,
): Promise<number> {
  const requests = Buffer.concat(new Array<Buffer>(inFlight).fill(request))
  let left = count - inFlight
  let answered = 0
  let length = 0
  const { add, fail, done } = tally(count, 0, watch)
  const nothing = Buffer.alloc(0)
  const cut = framesByHand(frame => {
    length ||= frame.length
    if (frame.length !== length) fail(new Error(`an answer of ${frame.length} bytes, not ${length}`))
    answered++
    add(nothing)
  })
  const onData = (chunk: Buffer) => {
    answered = 0
    cut(chunk)
    const next = Math.min(answered, left)
    left -= next
    if (next > 0) socket.write(requests.subarray(0, next * request.length))
  }
  socket.on('data', onData).on('error', fail)
  watch.start()
  socket.write(requests)
  return done.finally(() => socket.off('data', onData).off('error', fail))
}
