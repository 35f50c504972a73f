import { type AddressInfo, createServer, type Socket } from 'node:net'
import { Observable } from 'rxjs'

/**
 * Runs `use` against a peer on loopback that answers each frame with its text in capitals: 300 ms later when the text
 * begins with "slow".
 */
export function framePeer<R>(use: (port: number) => Observable<R>): Observable<R> {
  return new Observable(subscriber => {
    const server = createServer(answerFrames)
    subscriber.add(() => server.close())
    server.listen(0, '127.0.0.1', () =>
      subscriber.add(use((server.address() as AddressInfo).port).subscribe(subscriber)),
    )
  })
}

function answerFrames(socket: Socket): void {
  let unread = Buffer.alloc(0)
  socket.on('data', chunk => {
    unread = Buffer.concat([unread, chunk])
    while (unread.length >= 4 && unread.length >= 4 + unread.readInt32BE()) {
      const end = 4 + unread.readInt32BE()
      const text = unread.toString('utf8', 4, end)
      unread = unread.subarray(end)
      setTimeout(() => socket.write(frame(text.toUpperCase())), text.startsWith('slow') ? 300 : 0)
    }
  })
}

function frame(text: string): Buffer {
  const bytes = Buffer.alloc(4 + Buffer.byteLength(text))
  bytes.writeInt32BE(bytes.length - 4)
  bytes.write(text, 4)
  return bytes
}
