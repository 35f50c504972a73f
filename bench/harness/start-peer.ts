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
export async function startPeer(): Promise<Peer> {
  const child = fork(fileURLToPath(new URL('../peer.js', import.meta.url)), { execArgv: [] })
  const [{ port }] = (await once(child, 'message')) as [AddressInfo]
  return { host: '127.0.0.1', port, close: () => child.disconnect() }
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
