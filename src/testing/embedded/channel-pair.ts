import { EMPTY, Observable, type Subscriber } from 'rxjs'
import type { Channel } from '../../connection/transport.js'

/** Where an end of a {@link channelPair} is, as the other sees it. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** As much as is taken from who writes while nobody reads: what the kernel's buffers are to a socket. */
const capacity = 256 * 1024

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
  /** `taken` is called once there is room for what comes next. */
  push(bytes: Buffer, taken: () => void): void
  end(): void
}

function channel(from: Pipe, to: Pipe, local: Address, remote: Address): Channel {
  return {
    incoming: from.incoming,
    // A copy: whoever writes may use the buffers again.
    write: buffers => new Observable(subscriber => to.push(Buffer.concat(buffers), () => subscriber.complete())),
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
  let keptBytes = 0
  let waiting: (() => void)[] = []
  let reader: Subscriber<Buffer> | undefined
  let hasEnded = false
  const deliver = (): void => {
    while (reader !== undefined && !reader.closed && kept.length > 0) {
      const bytes = kept.shift() as Buffer
      keptBytes -= bytes.length
      reader.next(bytes)
    }
    if (hasEnded && kept.length === 0) reader?.complete()
    if (keptBytes > capacity) return
    const told = waiting
    waiting = []
    for (const taken of told) taken()
  }
  return {
    incoming: new Observable(subscriber => {
      reader = subscriber
      subscriber.add(() => {
        if (reader === subscriber) reader = undefined
      })
      deliver()
    }),
    push(bytes, taken) {
      kept.push(bytes)
      keptBytes += bytes.length
      waiting.push(taken)
      deliver()
    },
    end() {
      hasEnded = true
      deliver()
    },
  }
}
