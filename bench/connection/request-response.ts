import type { Socket } from 'node:net'
import { open } from 'kafka-rx/connection'
import { framesByHand } from '../by-hand/frames.js'
import { openSocket } from '../by-hand/open-socket.js'
import type { Bench, Stopwatch } from '../harness/bench.js'
import { exchange } from '../harness/exchange.js'
import { commands, startPeer } from '../harness/start-peer.js'
import { tally } from '../harness/tally.js'

const exchanges = 10_000
const request = Buffer.alloc(4 + 100, 0x61)
request.writeInt32BE(100)

/** A frame of 100 B there and back, the next sent when the one before has come back. */
export const benches: readonly Bench[] = [
  {
    name: 'request-response 100 B',
    unit: 'exchanges/s',
    against: 'a raw socket',
    floor: 0.95,
    rounds: 31,
    async prepare() {
      const peer = await startPeer()
      const [connection, socket] = await Promise.all([open(peer), openSocket(peer)])
      connection.send.next(commands.echo())
      socket.write(commands.echo())
      return {
        subject: watch => exchange(connection, request, { count: exchanges, answerBytes: 100 }, watch),
        reference: watch => exchangeByHand(socket, watch),
        close: peer.close,
      }
    },
  },
]

async function exchangeByHand(socket: Socket, watch: Stopwatch): Promise<number> {
  const { add, done } = tally(exchanges, exchanges * 100, watch)
  let left = exchanges
  const onData = framesByHand(response => {
    add(response)
    if (--left > 0) socket.write(request)
  })
  socket.on('data', onData)
  socket.write(request)
  return done.finally(() => socket.off('data', onData))
}
