import { connect, decodeFrames, encodeFrames } from 'kafka-rx/connection'
import { concatMap, from, ignoreElements, merge, mergeMap, type Observable, of, take } from 'rxjs'

/** Asks a Kafka broker, given as `host:port`, which APIs it has: ApiVersions v0, the bytes written by hand. */
export function apiVersions(broker: string): Observable<string> {
  const [, host = broker, port = '9092'] = /^(.*):(\d+)$/.exec(broker) ?? []
  return connect({ host, port: Number(port) }, connection => {
    const request = of(apiVersionsRequest(1)).pipe(encodeFrames())
    const sent = request.pipe(
      concatMap(bytes => connection.write(bytes)),
      ignoreElements(),
    )
    const response = connection.pipe(decodeFrames(), take(1))
    return merge(response, sent).pipe(mergeMap(body => from(describe(broker, body))))
  })
}

/** Request header v1: key 18, version 0, correlation id, client id. The body of version 0 is empty. */
function apiVersionsRequest(correlationId: number): Buffer {
  const clientId = 'kafka-rx'
  const bytes = Buffer.alloc(10 + clientId.length)
  bytes.writeInt16BE(18, 0)
  bytes.writeInt32BE(correlationId, 4)
  bytes.writeInt16BE(clientId.length, 8)
  bytes.write(clientId, 10)
  return bytes
}

/** Correlation id, error code, then a count and as many times key, lowest and highest version. */
function describe(broker: string, body: Buffer): string[] {
  const count = body.readInt32BE(6)
  const apis = Array.from({ length: count }, (_, index) => 10 + index * 6).map(
    at => `  api ${body.readInt16BE(at)}: versions ${body.readInt16BE(at + 2)} to ${body.readInt16BE(at + 4)}`,
  )
  return [`${broker} answered in ${body.length} bytes, error ${body.readInt16BE(4)}, with ${count} APIs:`, ...apis]
}
