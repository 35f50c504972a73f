import { open } from 'kafka-rx/connection'
import { openSocket } from '../by-hand/open-socket.js'
import type { Bench, Stopwatch } from '../harness/bench.js'
import { commands, type Peer, startPeer } from '../harness/start-peer.js'
import { tally } from '../harness/tally.js'

const messages = 100_000
const message = Buffer.alloc(128, 0x61)

/** Writes begun in one turn, each told when the kernel has taken it, until the last has been told. */
const benches: readonly Bench[] = [
  {
    name: 'write 128 B x 100,000',
    unit: 'messages/s',
    against: 'socket.write with its callback',
    floor: 0.8,
    rounds: 31,
    async prepare() {
      const peer = await startPeer()
      return {
        subject: watch => writeEach(peer, watch),
        reference: watch => writeWithCallback(peer, watch),
        close: peer.close,
      }
    },
  },
]

export default benches

async function writeEach(peer: Peer, watch: Stopwatch): Promise<number> {
  const connection = await open(peer)
  const acknowledged = tally(1, 1, { start() {}, stop() {} })
  connection.subscribe({ next: acknowledged.add, error: acknowledged.fail })
  connection.send.next(commands.sink(messages * message.length))
  await new Promise(setImmediate)
  const taken = tally(messages, messages * message.length, watch)
  watch.start()
  for (let sent = 0; sent < messages; sent++) {
    connection.write(message).subscribe({ complete: () => taken.add(message), error: taken.fail })
  }
  await Promise.all([taken.done, acknowledged.done]).finally(() => connection.close())
  return messages
}

async function writeWithCallback(peer: Peer, watch: Stopwatch): Promise<number> {
  const socket = await openSocket(peer)
  const acknowledged = tally(1, 1, { start() {}, stop() {} })
  socket.on('data', acknowledged.add).on('error', acknowledged.fail)
  socket.write(commands.sink(messages * message.length))
  await new Promise(setImmediate)
  const taken = tally(messages, messages * message.length, watch)
  watch.start()
  for (let sent = 0; sent < messages; sent++) {
    socket.write(message, error => (error ? taken.fail(error) : taken.add(message)))
  }
  await Promise.all([taken.done, acknowledged.done]).finally(() => socket.destroy())
  return messages
}
