import { createServer, type Socket } from 'node:net'
import { Observable, Subject, type Subscriber, Subscription } from 'rxjs'
import type { Channel } from '../../connection/transport.js'
import { ListenError } from '../../errors.js'

/** A socket that listens. */
export interface Listener {
  readonly port: number
  /** Each connection as it comes: subscribing takes it, unsubscribing destroys it. */
  readonly accepted: Observable<Observable<Channel>>
}

/**
 * Listens on TCP while subscribed; emits once when it does. Connections that were accepted live on by themselves, at the
 * longest until `cluster` ends: even one whose last answer its client never reads.
 *
 * Errors with {@link ListenError} when it cannot.
 */
export function listen(host: string, port: number, cluster: Pick<Subscription, 'add'>): Observable<Listener> {
  return new Observable(subscriber => {
    const accepted = new Subject<Observable<Channel>>()
    const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true })
    server.on('connection', socket => {
      const life = new Subscription(() => socket.destroy())
      cluster.add(life)
      socket.once('close', () => life.unsubscribe())
      if (accepted.observed) accepted.next(accept(socket))
      else socket.destroy()
    })
    server.on('error', cause => {
      const message = `cannot listen on ${host}:${port}: ${cause.message}`
      subscriber.error(new ListenError(message, { cause }))
    })
    server.listen({ host, port }, () => {
      const address = server.address()
      subscriber.next({ port: typeof address === 'object' ? (address?.port ?? port) : port, accepted })
    })
    return () => server.close()
  })
}

function accept(socket: Socket): Observable<Channel> {
  return new Observable(subscriber => {
    // Never removed: a destroyed socket may still report an error, and then it is nobody's.
    socket.on('error', error => subscriber.error(error))
    socket.once('close', () => subscriber.complete())
    subscriber.next({
      incoming: incomingOf(socket),
      write: buffers => write(socket, buffers),
      end: () => void socket.end(),
      ioTurn: new Observable<never>(turn => {
        const immediate = setImmediate(() => turn.complete())
        return () => clearImmediate(immediate)
      }),
      remoteAddress: socket.remoteAddress ?? '',
      remotePort: socket.remotePort ?? 0,
      localAddress: socket.localAddress ?? '',
      localPort: socket.localPort ?? 0,
    })
    // What was written last, as the answer before a hang-up, still goes out.
    return () => (socket.writableLength > 0 ? socket.destroySoon() : socket.destroy())
  })
}

function incomingOf(socket: Socket): Observable<Buffer> {
  let reader: Subscriber<Buffer> | undefined
  socket.on('data', chunk => reader?.next(chunk as Buffer))
  socket.once('end', () => reader?.complete())
  socket.pause()
  return new Observable(subscriber => {
    reader = subscriber
    if (socket.readableEnded) subscriber.complete()
    else socket.resume()
    return () => {
      if (reader !== subscriber) return
      reader = undefined
      socket.pause()
    }
  })
}

function write(socket: Socket, buffers: readonly Uint8Array[]): Observable<never> {
  return new Observable(subscriber => {
    if (socket.destroyed) return subscriber.complete()
    socket.cork()
    const last = buffers.length - 1
    buffers.forEach((buffer, index) => {
      if (index < last) socket.write(buffer)
      else socket.write(buffer, error => (error ? subscriber.error(error) : subscriber.complete()))
    })
    socket.uncork()
  })
}
