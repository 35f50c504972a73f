import { decodeFrames, open, pullMap } from 'kafka-rx/connection'
import { type OperatorFunction, of, pipe } from 'rxjs'
import type { Bench, Stopwatch } from '../harness/bench.js'
import { commands, type Peer, startPeer } from '../harness/start-peer.js'
import { tally } from '../harness/tally.js'

const size = 1 << 10
const count = 400_000

/** What demand costs when there is nothing to wait for. */
const benches: readonly Bench[] = [
  {
    name: 'pull-map 1 KiB',
    unit: 'frames/s',
    against: 'decodeFrames alone',
    floor: 0.5,
    async prepare() {
      const peer = await startPeer()
      const alone = decodeFrames()
      const pulled = pipe(
        decodeFrames(),
        pullMap(frame => of(frame)),
      )
      return {
        subject: watch => receiveFrames(peer, pulled, watch),
        reference: watch => receiveFrames(peer, alone, watch),
        close: peer.close,
      }
    },
  },
]

export default benches

async function receiveFrames(
  peer: Peer,
  frames: OperatorFunction<Uint8Array, Buffer>,
  watch: Stopwatch,
): Promise<number> {
  const connection = await open(peer)
  const { add, fail, done } = tally(count, count * size, watch)
  watch.start()
  connection.pipe(frames).subscribe({ next: add, error: fail })
  connection.send.next(commands.blast(size, count))
  return done.finally(() => connection.close())
}
