import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Peer } from '../harness/start-peer.js'

/** A socket as node gives it, set as a Connection sets its own. */
export async function openSocket({ host, port }: Peer): Promise<Socket> {
  const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 })
  await once(socket, 'connect')
  return socket
}
