import { createServer, type Socket } from 'node:net'

/**
 * The other end of a bench, in a process of its own: listens on loopback, tells its parent the port, and goes with it.
 * The first 16 bytes of a connection (`commands` of `harness/start-peer.ts`) say what it is to do.
 */
const server = createServer({ noDelay: true, highWaterMark: 4 << 20 }, socket => {
  socket.on('error', () => socket.destroy())
  let command = Buffer.alloc(0)
  socket.on('data', function first(chunk) {
    command = Buffer.concat([command, chunk as Buffer])
    if (command.length < 16) return
    socket.off('data', first)
    const act = modes[command.readUInt32BE(0)]
    if (act === undefined) return void socket.destroy()
    act(socket, command.readUInt32BE(4), command.readDoubleBE(8), command.subarray(16))
  })
})
server.listen(0, '127.0.0.1', () => process.send?.(server.address()))
process.on('disconnect', () => process.exit())

const modes: Record<number, (socket: Socket, size: number, count: number, rest: Buffer) => void> = {
  /** Sends `count` frames of `size` bytes, as fast as they are taken, for each such command that comes. */
  0: (socket, size, count, rest) => {
    const frame = Buffer.alloc(4 + size, 0x61)
    frame.writeInt32BE(size)
    const perBlock = Math.max(1, Math.floor((1 << 20) / frame.length))
    const block = Buffer.concat(new Array<Buffer>(perBlock).fill(frame))
    let left = count
    const pump = () => {
      while (left > 0) {
        const frames = Math.min(perBlock, left)
        left -= frames
        if (!socket.write(frames === perBlock ? block : block.subarray(0, frames * frame.length))) return
      }
    }
    const again = (commands: Buffer) => {
      left += (commands.length / 16) * count
      pump()
    }
    socket.on('drain', pump)
    socket.on('data', again)
    again(rest)
  },
  /** Answers with one byte each time that another `count` bytes have come. */
  1: (socket, _size, count, rest) => {
    let had = 0
    const take = (chunk: Buffer) => {
      for (had += chunk.length; had >= count; had -= count) socket.write('.')
    }
    socket.on('data', take)
    take(rest)
  },
  /** Sends back what comes. */
  2: (socket, _size, _count, rest) => {
    if (rest.length > 0) socket.write(rest)
    socket.on('data', chunk => socket.write(chunk))
  },
}
