import { createServer, type Socket } from 'node:net'
import { Observable, Subject, type Subscriber, Subscription } from 'rxjs'
import { ioTurn, writeTo } from '../../connection/tcp.js'
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
      const { code } = cause as { code?: unknown }
      subscriber.error(new ListenError(`cannot listen on ${host}:${port}: ${cause.message}${hintFor(code)}`, { cause }))
    })
    server.listen({ host, port }, () => {
      const address = server.address()
      subscriber.next({ port: typeof address === 'object' ? (address?.port ?? port) : port, accepted })
    })
    return () => server.close()
  })
}

function hintFor(code: unknown): string {
  if (code === 'EADDRINUSE') return '; port 0 takes any that is free'
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return '; give `host` an address of this machine, as 127.0.0.1'
  return ''
}

function accept(socket: Socket): Observable<Channel> {
  return new Observable(subscriber => {
    // Never removed: a destroyed socket may still report an error, and then it is nobody's.
    socket.on('error', error => subscriber.error(error))
    socket.once('close', () => subscriber.complete())
    subscriber.next({
      incoming: incomingOf(socket),
      write: buffers => writeTo(socket, buffers),
      end: () => void socket.end(),
      ioTurn,
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
