import type { Socket } from 'node:net'
import { type Connection, decodeFrames, open } from 'kafka-rx/connection'
import { framesByHand } from '../by-hand/frames.js'
import { openSocket } from '../by-hand/open-socket.js'
import type { Bench, Stopwatch } from '../harness/bench.js'
import { commands, startPeer } from '../harness/start-peer.js'
import { tally } from '../harness/tally.js'

const sizes = [
  { label: '100 B', size: 100, count: 2_000_000, floor: 1.0 },
  { label: '1 KiB', size: 1 << 10, count: 400_000, floor: 1.0 },
  { label: '64 KiB', size: 1 << 16, count: 10_000, floor: 1.1 },
  { label: '1 MiB', size: 1 << 20, count: 600 },
]

/** Frames off a loopback connection, against framing written by hand on the `data` events of a plain socket. */
export const benches: readonly Bench[] = sizes.map(({ label, size, count, floor }) => ({
  name: `decode-frames ${label}`,
  unit: 'frames/s',
  against: 'framing by hand on data events',
  ...(floor !== undefined && { floor }),
  bytesPerUnit: size,
  async prepare() {
    const peer = await startPeer()
    const [connection, socket] = await Promise.all([open(peer), openSocket(peer)])
    return {
      subject: watch => receiveFrames(connection, size, count, watch),
      reference: watch => receiveByHand(socket, size, count, watch),
      close: peer.close,
    }
  },
}))

async function receiveFrames(connection: Connection, size: number, count: number, watch: Stopwatch): Promise<number> {
  const { add, fail, done } = tally(count, count * size, watch)
  const reading = connection.pipe(decodeFrames()).subscribe({ next: add, error: fail })
  connection.send.next(commands.blast(size, count))
  return done.finally(() => reading.unsubscribe())
}

async function receiveByHand(socket: Socket, size: number, count: number, watch: Stopwatch): Promise<number> {
  const { add, done } = tally(count, count * size, watch)
  const onData = framesByHand(add)
  socket.on('data', onData)
  socket.write(commands.blast(size, count))
  return done.finally(() => socket.off('data', onData))
}
