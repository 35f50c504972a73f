import type { Socket } from 'node:net'
import { type Connection, open } from 'kafka-rx/connection'
import { openSocket } from '../by-hand/open-socket.js'
import type { Bench, Stopwatch } from '../harness/bench.js'
import { commands, startPeer } from '../harness/start-peer.js'
import { tally } from '../harness/tally.js'

const messages = 100_000
const message = Buffer.alloc(128, 0x61)

/** Messages handed over one by one in one turn, until the peer says that it has them all. */
export const benches: readonly Bench[] = [
  {
    name: 'send-next 128 B x 100,000',
    unit: 'messages/s',
    against: 'socket.cork, write, uncork',
    floor: 1.0,
    rounds: 51,
    async prepare() {
      const peer = await startPeer()
      const [connection, socket] = await Promise.all([open(peer), openSocket(peer)])
      connection.send.next(commands.sink(messages * message.length))
      socket.write(commands.sink(messages * message.length))
      return {
        subject: watch => sendNext(connection, watch),
        reference: watch => corkAndWrite(socket, watch),
        close: peer.close,
      }
    },
  },
]

async function sendNext(connection: Connection, watch: Stopwatch): Promise<number> {
  const { add, fail, done } = tally(1, 1, watch)
  const reading = connection.subscribe({ next: add, error: fail })
  for (let sent = 0; sent < messages; sent++) connection.send.next(message)
  await done.finally(() => reading.unsubscribe())
  return messages
}

async function corkAndWrite(socket: Socket, watch: Stopwatch): Promise<number> {
  const { add, done } = tally(1, 1, watch)
  socket.on('data', add)
  socket.cork()
  for (let sent = 0; sent < messages; sent++) socket.write(message)
  socket.uncork()
  await done.finally(() => socket.off('data', add))
  return messages
}
