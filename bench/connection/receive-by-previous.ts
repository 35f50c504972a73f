import { open, receive } from 'kafka-rx/connection'
import { openSocket } from '../by-hand/open-socket.js'
import { slicesByHand } from '../by-hand/slices.js'
import type { Bench, Round, Stopwatch } from '../harness/bench.js'
import { commands, type Peer, startPeer } from '../harness/start-peer.js'
import { tally } from '../harness/tally.js'

const size = 100
const frames = 1_000_000

/** Header, body, header, body: each length from the slice before, as a protocol without a frame decoder is read. */
const lengthAfter = (previous: Buffer | undefined, index: number): number =>
  index % 2 === 0 || previous === undefined ? 4 : previous.readInt32BE(0)

/** `receive` with lengths from the slice before, against the same slices cut by hand, and against itself without a deadline. */
const benches: readonly Bench[] = [
  bench('receive-by-previous 4 B + 100 B', 0.85, 'the same slices by hand on data events', peer => [
    watch => receiveSlices(peer, undefined, watch),
    watch => cutByHand(peer, watch),
  ]),
  bench('receive-by-previous deadline', 0.95, 'timeout: Infinity', peer => [
    watch => receiveSlices(peer, undefined, watch),
    watch => receiveSlices(peer, Number.POSITIVE_INFINITY, watch),
  ]),
]

export default benches

function bench(name: string, floor: number, against: string, sides: (peer: Peer) => [Round, Round]): Bench {
  return {
    name,
    unit: 'slices/s',
    against,
    floor,
    async prepare() {
      const peer = await startPeer()
      const [subject, reference] = sides(peer)
      return { subject, reference, close: peer.close }
    },
  }
}

async function receiveSlices(peer: Peer, timeout: number | undefined, watch: Stopwatch): Promise<number> {
  const connection = await open(peer)
  const { add, fail, done } = tally(2 * frames, frames * (4 + size), watch)
  watch.start()
  connection.pipe(receive(lengthAfter, timeout === undefined ? {} : { timeout })).subscribe({ next: add, error: fail })
  connection.send.next(commands.blast(size, frames))
  return done.finally(() => connection.close())
}

async function cutByHand(peer: Peer, watch: Stopwatch): Promise<number> {
  const socket = await openSocket(peer)
  const { add, fail, done } = tally(2 * frames, frames * (4 + size), watch)
  watch.start()
  socket.on('data', slicesByHand(lengthAfter, add)).on('error', fail)
  socket.write(commands.blast(size, frames))
  return done.finally(() => socket.destroy())
}
