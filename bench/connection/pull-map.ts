import { type Connection, decodeFrames, open, pullMap } from 'kafka-rx/connection'
import { type OperatorFunction, of, pipe } from 'rxjs'
import type { Bench, Stopwatch } from '../harness/bench.js'
import { commands, startPeer } from '../harness/start-peer.js'
import { tally } from '../harness/tally.js'

const size = 1 << 10
const count = 400_000

/** What demand costs when there is nothing to wait for. */
export const benches: readonly Bench[] = [
  {
    name: 'pull-map 1 KiB',
    unit: 'frames/s',
    against: 'decodeFrames alone',
    floor: 0.5,
    async prepare() {
      const peer = await startPeer()
      const [pulled, pushed] = await Promise.all([open(peer), open(peer)])
      const pulling = pipe(
        decodeFrames(),
        pullMap(frame => of(frame)),
      )
      return {
        subject: watch => receiveFrames(pulled, pulling, watch),
        reference: watch => receiveFrames(pushed, decodeFrames(), watch),
        close: peer.close,
      }
    },
  },
]

async function receiveFrames(
  connection: Connection,
  frames: OperatorFunction<Uint8Array, Buffer>,
  watch: Stopwatch,
): Promise<number> {
  const { add, fail, done } = tally(count, count * size, watch)
  const reading = connection.pipe(frames).subscribe({ next: add, error: fail })
  connection.send.next(commands.blast(size, count))
  return done.finally(() => reading.unsubscribe())
}
