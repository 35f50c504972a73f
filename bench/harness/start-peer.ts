import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'

/** A running `peer.ts`: where it listens, and how to end it. */
export interface Peer {
  readonly host: string
  readonly port: number
  close(): void
}

/** Starts a peer in its own process, so that what it costs is not counted as the subject's. */
export const startPeer = (): Promise<Peer> => start('../peer.js')

/** The same with an embedded broker, which has the empty topics `produced` and `fetched`, of a partition each. */
export const startEmbeddedBroker = (): Promise<Peer> => start('../embedded-peer.js')

async function start(program: string): Promise<Peer> {
  const child = fork(fileURLToPath(new URL(program, import.meta.url)), { execArgv: peerFlags() })
  const [{ port }] = (await once(child, 'message')) as [AddressInfo]
  // So that the peer itself can be given as the options of a connection, which take no other names.
  return Object.defineProperty({ host: '127.0.0.1', port } as Peer, 'close', { value: () => child.disconnect() })
}

/** What a peer is asked for in the first bytes of a connection. */
export const commands = {
  /** `count` frames of `size` bytes each, the 4-byte length before each not counted. */
  blast: (size: number, count: number): Buffer => command(0, size, count),
  /** One byte back each time that another `total` bytes have come. */
  sink: (total: number): Buffer => command(1, 0, total),
  /** What is sent comes back. */
  echo: (): Buffer => command(2, 0, 0),
}

function command(mode: number, size: number, count: number): Buffer {
  const bytes = Buffer.alloc(16)
  bytes.writeUInt32BE(mode, 0)
  bytes.writeUInt32BE(size, 4)
  bytes.writeDoubleBE(count, 8)
  return bytes
}

/** `PEER_PROFILE=build` writes the peer's CPU profile there: a bench's own flag is about this side. */
function peerFlags(): string[] {
  const folder = process.env['PEER_PROFILE']
  return folder === undefined ? [] : ['--cpu-prof', '--cpu-prof-interval=200', `--cpu-prof-dir=${folder}`]
}
