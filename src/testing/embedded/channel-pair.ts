import { EMPTY, Observable, type Subscriber } from 'rxjs'
import type { Channel } from '../../connection/transport.js'
import type { Pauses } from './pauses.js'

/** Where an end of a {@link channelPair} is, as the other sees it. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** As much as is taken from who writes while nobody reads: what the kernel's buffers are to a socket. */
const capacity = 256 * 1024

/**
 * Two open channels, each of which receives what the other writes: a socket pair without sockets. Each chunk is
 * let through by `pauses`.
 */
export function channelPair(
  client: Address,
  server: Address,
  pauses: Pauses,
): { readonly client: Channel; readonly server: Channel } {
  const toServer = pipe(pauses)
  const toClient = pipe(pauses)
  return {
    client: channel(toClient, toServer, client, server),
    server: channel(toServer, toClient, server, client),
  }
}

interface Pipe {
  readonly incoming: Observable<Buffer>
  /** `taken` is called once there is room for what comes next; until then the buffers must not change. */
  push(buffers: readonly Uint8Array[], taken: () => void): void
  end(): void
}

/** What was written at once: still in the writer's buffers, or, once the writer may use those again, a copy. */
type Written = Buffer | readonly Uint8Array[]

function channel(from: Pipe, to: Pipe, local: Address, remote: Address): Channel {
  return {
    incoming: from.incoming,
    write: buffers => new Observable(subscriber => to.push(buffers, () => subscriber.complete())),
    end: () => to.end(),
    ioTurn: EMPTY,
    remoteAddress: remote.host,
    remotePort: remote.port,
    localAddress: local.host,
    localPort: local.port,
  }
}

/** Keeps what is pushed while nobody reads. */
function pipe(pauses: Pauses): Pipe {
  const kept: Written[] = []
  let keptBytes = 0
  let waiting: (() => void)[] = []
  let reader: Subscriber<Buffer> | undefined
  let hasEnded = false
  const deliver = (): void => {
    while (reader !== undefined && !reader.closed && kept.length > 0) {
      if (!pauses.admit(deliver)) return
      const bytes = copyOf(kept.shift() as Written)
      keptBytes -= bytes.length
      reader.next(bytes)
    }
    if (hasEnded && kept.length === 0) reader?.complete()
    if (keptBytes > capacity) return
    for (let i = kept.length - 1; i >= 0 && !Buffer.isBuffer(kept[i]); i--) kept[i] = copyOf(kept[i] as Written)
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
    push(buffers, taken) {
      kept.push(buffers)
      for (const bytes of buffers) keptBytes += bytes.length
      waiting.push(taken)
      deliver()
    },
    end() {
      hasEnded = true
      deliver()
    },
  }
}

/** One chunk, as one read from a socket; where it is a copy it stays so. */
function copyOf(written: Written): Buffer {
  return Buffer.isBuffer(written) ? written : Buffer.concat(written)
}
