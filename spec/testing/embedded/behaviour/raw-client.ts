import { filter, firstValueFrom, map, share, take } from 'rxjs'
import type { Connection, Transport } from '../../../../src/connection/index.js'
import { decodeFrames, open } from '../../../../src/connection/index.js'
import type { Api } from '../../../../src/protocol/api.js'
import { RequestHeader } from '../../../../src/protocol/messages/request-header.js'
import { ResponseHeader } from '../../../../src/protocol/messages/response-header.js'

/** A connection that asks one raw request after another, with nothing between the test and the wire but the codecs. */
export interface RawClient {
  /** The response; rejects when the broker hangs up instead. `version`: default the newest that is released. */
  ask<Q, R>(api: Api<Q, R>, body: Q, version?: number): Promise<R>
  /** Sends without waiting: `acks=0`. */
  tell<Q, R>(api: Api<Q, R>, body: Q, version?: number): void
  /** Sends bytes that are no request, as a frame; resolves with the frame that is answered. */
  exchange(body: Uint8Array): Promise<Buffer>
  /** Resolves once the broker has hung up. */
  readonly hungUp: Promise<void>
  close(): void
}

/** Connects to a broker. */
export async function rawClient(
  { host, port }: { readonly host: string; readonly port: number },
  clientId = 'raw',
  transport?: Transport,
): Promise<RawClient> {
  const connection: Connection = await open({ host, port, timeout: 30_000, ...(transport && { transport }) })
  const frames = connection.pipe(decodeFrames(), share())
  const hungUp = new Promise<void>(resolve => frames.subscribe({ error: () => resolve(), complete: () => resolve() }))
  const gone = hungUp.then(() => Promise.reject(new Error('the broker hung up')))
  gone.catch(() => {})
  let lastId = 0

  const send = <Q, R>(api: Api<Q, R>, body: Q, version: number): number => {
    const correlationId = ++lastId
    const header = RequestHeader.encode(
      { requestApiKey: api.key, requestApiVersion: version, correlationId, clientId },
      api.requestHeaderVersion(version),
    )
    sendFrame(connection, Buffer.concat([header, api.request.encode(body, version)]))
    return correlationId
  }

  return {
    ask(api, body, version = api.versions.stable) {
      const id = lastId + 1
      const answer = firstValueFrom(
        frames.pipe(
          filter(frame => frame.readInt32BE(0) === id),
          take(1),
          map(frame => {
            const { rest } = ResponseHeader.decodePrefix(frame, api.responseHeaderVersion(version))
            return api.response.decode(rest, version)
          }),
        ),
      )
      send(api, body, version)
      return Promise.race([answer.catch(() => gone), gone])
    },
    tell(api, body, version = api.versions.stable) {
      send(api, body, version)
    },
    exchange(body) {
      const answer = firstValueFrom(frames)
      sendFrame(connection, body)
      return Promise.race([answer.catch(() => gone), gone])
    },
    hungUp,
    close: () => connection.close(),
  }
}

function sendFrame(connection: Connection, body: Uint8Array): void {
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length)
  connection.send.next(Buffer.concat([length, body]))
}
