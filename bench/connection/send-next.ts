import { open } from 'kafka-rx/connection'
import { openSocket } from '../by-hand/open-socket.js'
import type { Bench, Stopwatch } from '../harness/bench.js'
import { commands, type Peer, startPeer } from '../harness/start-peer.js'
import { tally } from '../harness/tally.js'

const messages = 100_000
const message = Buffer.alloc(128, 0x61)

/** Messages handed over one by one in one turn, until the peer says that it has them all. */
const benches: readonly Bench[] = [
  {
    name: 'send-next 128 B x 100,000',
    unit: 'messages/s',
    against: 'socket.cork, write, uncork',
    floor: 1.0,
    rounds: 31,
    async prepare() {
      const peer = await startPeer()
      return {
        subject: watch => sendNext(peer, watch),
        reference: watch => corkAndWrite(peer, watch),
        close: peer.close,
      }
    },
  },
]

export default benches

async function sendNext(peer: Peer, watch: Stopwatch): Promise<number> {
  const connection = await open(peer)
  const { add, fail, done } = tally(1, 1, watch)
  connection.subscribe({ next: add, error: fail })
  connection.send.next(commands.sink(messages * message.length))
  await new Promise(setImmediate)
  watch.start()
  for (let sent = 0; sent < messages; sent++) connection.send.next(message)
  await done.finally(() => connection.close())
  return messages
}

async function corkAndWrite(peer: Peer, watch: Stopwatch): Promise<number> {
  const socket = await openSocket(peer)
  const { add, fail, done } = tally(1, 1, watch)
  socket.on('data', add).on('error', fail)
  socket.write(commands.sink(messages * message.length))
  await new Promise(setImmediate)
  watch.start()
  socket.cork()
  for (let sent = 0; sent < messages; sent++) socket.write(message)
  socket.uncork()
  await done.finally(() => socket.destroy())
  return messages
}
