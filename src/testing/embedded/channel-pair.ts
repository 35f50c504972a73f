import { EMPTY, Observable, type Subscriber } from 'rxjs'
import type { Channel } from '../../connection/transport.js'

/** Where an end of a {@link channelPair} is, as the other sees it. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** Two open channels, each of which receives what the other writes: a socket pair without sockets. */
export function channelPair(client: Address, server: Address): { readonly client: Channel; readonly server: Channel } {
  const toServer = pipe()
  const toClient = pipe()
  return {
    client: channel(toClient, toServer, client, server),
    server: channel(toServer, toClient, server, client),
  }
}

interface Pipe {
  readonly incoming: Observable<Buffer>
  push(bytes: Buffer): void
  end(): void
}

function channel(from: Pipe, to: Pipe, local: Address, remote: Address): Channel {
  return {
    incoming: from.incoming,
    write: buffers =>
      new Observable(subscriber => {
        // A copy: whoever writes may use the buffers again.
        to.push(Buffer.concat(buffers))
        subscriber.complete()
      }),
    end: () => to.end(),
    ioTurn: EMPTY,
    remoteAddress: remote.host,
    remotePort: remote.port,
    localAddress: local.host,
    localPort: local.port,
  }
}

/** Keeps what is pushed while nobody reads. */
function pipe(): Pipe {
  const kept: Buffer[] = []
  let reader: Subscriber<Buffer> | undefined
  let hasEnded = false
  const deliver = (): void => {
    while (reader !== undefined && !reader.closed && kept.length > 0) reader.next(kept.shift() as Buffer)
    if (hasEnded && kept.length === 0) reader?.complete()
  }
  return {
    incoming: new Observable(subscriber => {
      reader = subscriber
      subscriber.add(() => {
        if (reader === subscriber) reader = undefined
      })
      deliver()
    }),
    push(bytes) {
      kept.push(bytes)
      deliver()
    },
    end() {
      hasEnded = true
      deliver()
    },
  }
}
