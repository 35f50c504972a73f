import type { Socket } from 'node:net'
import { type Connection, open, receive } from 'kafka-rx/connection'
import { openSocket } from '../by-hand/open-socket.js'
import { slicesByHand } from '../by-hand/slices.js'
import type { Bench, Stopwatch } from '../harness/bench.js'
import { commands, startPeer } from '../harness/start-peer.js'
import { tally } from '../harness/tally.js'

const size = 100
const frames = 1_000_000

/** Header, body, header, body: each length from the slice before, as a protocol without a frame decoder is read. */
const lengthAfter = (previous: Buffer | undefined, index: number): number =>
  index % 2 === 0 || previous === undefined ? 4 : previous.readInt32BE(0)

/** `receive` with lengths from the slice before: against the same slices cut by hand, and against having no deadline. */
export const benches: readonly Bench[] = [
  {
    name: 'receive-by-previous 4 B + 100 B',
    unit: 'slices/s',
    against: 'the same slices by hand on data events',
    floor: 0.85,
    async prepare() {
      const peer = await startPeer()
      const [connection, socket] = await Promise.all([open(peer), openSocket(peer)])
      return {
        subject: watch => receiveSlices(connection, watch),
        reference: watch => cutByHand(socket, watch),
        close: peer.close,
      }
    },
  },
  {
    name: 'receive-by-previous deadline',
    unit: 'slices/s',
    against: 'timeout: Infinity',
    floor: 0.95,
    async prepare() {
      const peer = await startPeer()
      const timeout = Number.POSITIVE_INFINITY
      const [bounded, unbounded] = await Promise.all([open(peer), open({ ...peer, timeout })])
      return {
        subject: watch => receiveSlices(bounded, watch),
        reference: watch => receiveSlices(unbounded, watch),
        close: peer.close,
      }
    },
  },
]

async function receiveSlices(connection: Connection, watch: Stopwatch): Promise<number> {
  const { add, fail, done } = tally(2 * frames, frames * (4 + size), watch)
  const reading = connection.pipe(receive(lengthAfter)).subscribe({ next: add, error: fail })
  connection.send.next(commands.blast(size, frames))
  return done.finally(() => reading.unsubscribe())
}

async function cutByHand(socket: Socket, watch: Stopwatch): Promise<number> {
  const { add, done } = tally(2 * frames, frames * (4 + size), watch)
  const onData = slicesByHand(lengthAfter, add)
  socket.on('data', onData)
  socket.write(commands.blast(size, frames))
  return done.finally(() => socket.off('data', onData))
}
