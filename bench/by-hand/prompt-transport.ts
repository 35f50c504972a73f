import type { Transport } from 'kafka-rx'
import { ApiVersions, apis, Metadata, ResponseHeader } from 'kafka-rx/protocol'
import { defer, EMPTY, Observable, type Subscriber } from 'rxjs'

/** Where a framed request has its API key and its correlation id, and a framed response the latter. */
const place = { apiKey: 4, correlationId: 8, answeredId: 4 }

/** Without a socket: whatever is written is answered at once, in one chunk, with a response made beforehand. */
export function promptTransport(responses: ReadonlyMap<number, Buffer>): Transport {
  return () =>
    new Observable(transport => {
      let reader: Subscriber<Buffer> | undefined
      transport.next({
        incoming: new Observable(subscriber => {
          reader = subscriber
        }),
        write: buffers =>
          defer(() => {
            reader?.next(answers(buffers.length === 1 ? (buffers[0] as Buffer) : Buffer.concat(buffers), responses))
            return EMPTY
          }),
        end: () => {},
        ioTurn: EMPTY,
        remoteAddress: 'here',
        remotePort: 1,
        localAddress: 'here',
        localPort: 2,
      })
    })
}

/** What a broker that has every API answers to ApiVersions and, with no topics, to Metadata; by API key, framed. */
export function promptResponses(): ReadonlyMap<number, Buffer> {
  const apiKeys = [...apis.values()].map(({ key, versions: { min, max } }) => {
    return { apiKey: key, minVersion: min, maxVersion: max }
  })
  return new Map([
    [ApiVersions.key, framed(0, ApiVersions.response.encode({ errorCode: 0, apiKeys }, ApiVersions.versions.max))],
    [Metadata.key, framed(1, Metadata.response.encode(metadataResponse, Metadata.versions.max))],
  ])
}

export const metadataResponse = {
  brokers: [{ nodeId: 1, host: 'localhost', port: 9092, rack: null }],
  clusterId: 'J8bJ0h4uSLaEwHtc0Gq-4Q',
  controllerId: 1,
  topics: [],
}

function framed(headerVersion: number, body: Buffer): Buffer {
  const response = Buffer.concat([ResponseHeader.encode({ correlationId: 0 }, headerVersion), body])
  const length = Buffer.alloc(4)
  length.writeInt32BE(response.length)
  return Buffer.concat([length, response])
}

/** The response to each request, with that request's correlation id. */
function answers(requests: Buffer, responses: ReadonlyMap<number, Buffer>): Buffer {
  const found: Buffer[] = []
  for (let at = 0; at < requests.length; at += 4 + requests.readInt32BE(at)) {
    const response = Buffer.from(responses.get(requests.readInt16BE(at + place.apiKey)) as Buffer)
    requests.copy(response, place.answeredId, at + place.correlationId, at + place.correlationId + 4)
    found.push(response)
  }
  return found.length === 1 ? (found[0] as Buffer) : Buffer.concat(found)
}
