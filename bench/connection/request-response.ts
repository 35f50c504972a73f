import { decodeFrames, open } from 'kafka-rx/connection'
import { framesByHand } from '../by-hand/frames.js'
import { openSocket } from '../by-hand/open-socket.js'
import type { Bench, Stopwatch } from '../harness/bench.js'
import { commands, type Peer, startPeer } from '../harness/start-peer.js'
import { tally } from '../harness/tally.js'

const exchanges = 5_000
const request = Buffer.alloc(4 + 100, 0x61)
request.writeInt32BE(100)

/** A frame of 100 B there and back, the next sent when the one before has come back. */
const benches: readonly Bench[] = [
  {
    name: 'request-response 100 B',
    unit: 'exchanges/s',
    against: 'a raw socket',
    floor: 0.95,
    rounds: 31,
    async prepare() {
      const peer = await startPeer()
      return {
        subject: watch => exchange(peer, watch),
        reference: watch => exchangeByHand(peer, watch),
        close: peer.close,
      }
    },
  },
]

export default benches

async function exchange(peer: Peer, watch: Stopwatch): Promise<number> {
  const connection = await open(peer)
  const { add, fail, done } = tally(exchanges, exchanges * 100, watch)
  let left = exchanges
  connection.pipe(decodeFrames()).subscribe({
    next: response => {
      add(response)
      if (--left > 0) connection.send.next(request)
    },
    error: fail,
  })
  connection.send.next(commands.echo())
  watch.start()
  connection.send.next(request)
  return done.finally(() => connection.close())
}

async function exchangeByHand(peer: Peer, watch: Stopwatch): Promise<number> {
  const socket = await openSocket(peer)
  const { add, fail, done } = tally(exchanges, exchanges * 100, watch)
  let left = exchanges
  const onFrame = (response: Buffer) => {
    add(response)
    if (--left > 0) socket.write(request)
  }
  socket.on('data', framesByHand(onFrame)).on('error', fail)
  socket.write(commands.echo())
  watch.start()
  socket.write(request)
  return done.finally(() => socket.destroy())
}
