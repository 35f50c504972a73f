import type { Socket } from 'node:net'
import { type Connection, open } from 'kafka-rx/connection'
import { openSocket } from '../by-hand/open-socket.js'
import type { Bench, Stopwatch } from '../harness/bench.js'
import { commands, startPeer } from '../harness/start-peer.js'
import { tally } from '../harness/tally.js'

const messages = 100_000
const message = Buffer.alloc(128, 0x61)

/** Writes begun in one turn, each told when the kernel has taken it, until all have been told and the peer has all. */
export const benches: readonly Bench[] = [
  {
    name: 'write 128 B x 100,000',
    unit: 'messages/s',
    against: 'socket.write with its callback',
    floor: 0.8,
    rounds: 31,
    async prepare() {
      const peer = await startPeer()
      const [connection, socket] = await Promise.all([open(peer), openSocket(peer)])
      connection.send.next(commands.sink(messages * message.length))
      socket.write(commands.sink(messages * message.length))
      return {
        subject: watch => writeEach(connection, watch),
        reference: watch => writeWithCallback(socket, watch),
        close: peer.close,
      }
    },
  },
]

/** The last of all to come is the peer's one byte or the last of the writes: whichever it is, it stops the watch. */
const toldAndHad = (watch: Stopwatch) => tally(messages + 1, messages * message.length + 1, watch)

async function writeEach(connection: Connection, watch: Stopwatch): Promise<number> {
  const { add, fail, done } = toldAndHad(watch)
  const reading = connection.subscribe({ next: add, error: fail })
  for (let begun = 0; begun < messages; begun++) {
    connection.write(message).subscribe({ complete: () => add(message), error: fail })
  }
  await done.finally(() => reading.unsubscribe())
  return messages
}

async function writeWithCallback(socket: Socket, watch: Stopwatch): Promise<number> {
  const { add, fail, done } = toldAndHad(watch)
  socket.on('data', add)
  for (let begun = 0; begun < messages; begun++) {
    socket.write(message, error => (error ? fail(error) : add(message)))
  }
  await done.finally(() => socket.off('data', add))
  return messages
}
