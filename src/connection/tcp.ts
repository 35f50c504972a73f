import { X509Certificate } from 'node:crypto'
import { lookup as dnsLookup } from 'node:dns'
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net'
import { checkServerIdentity, connect as connectTls, type PeerCertificate } from 'node:tls'
import { Observable, type Subscriber } from 'rxjs'
import { checkOptions, type OptionNames } from '../errors/check-options.js'
import { NOTHING } from './buffer-view.js'
import { checkFunction } from './check-arguments.js'
import type { Channel, Endpoint, Transport } from './transport.js'

/** Chunks are views of slabs up to this large: fewer and larger reads than with node's own 64 KiB buffers. */
const LARGEST_SLAB = 256 * 1024
/** The first one: a handshake fits, so that a connection that is idle after it costs no more. */
const FIRST_SLAB = 8 * 1024
/** How many times as large each is as the one before, until it is the largest. */
const GROWTH = 4
/** With less room than this part of it a slab is left to its readers, and a new one begun. */
const LEAST_ROOM = 1 / 8

/** Options of {@link tcp}. */
export interface TcpOptions {
  /** Resolves names, as node's `dns.lookup` (the default) does. */
  readonly lookup?: LookupFunction | undefined
}

const names: OptionNames<TcpOptions> = { lookup: true }

/**
 * The default {@link Transport}: TCP, or TLS over it, on node's own sockets. Where a name has several addresses, they
 * are tried in turn as node does, 250 ms each.
 *
 * @param options  `lookup` stands in for the resolver: to cache, or to test
 *
 * @example
 * const transport = tcp({ lookup: (_name, _options, done) => done(null, '127.0.0.1', 4) })
 * connect({ host: 'broker-1', transport }).subscribe()
 */
export function tcp(options: TcpOptions = {}): Transport {
  checkOptions(options, names, 'tcp()')
  if (options.lookup !== undefined) checkFunction('lookup', options.lookup)
  return endpoint =>
    new Observable(subscriber => {
      const incoming = new Incoming()
      const socket = openSocket(endpoint, options.lookup ?? dnsLookup, incoming)
      incoming.attach(socket)
      socket.once(endpoint.tls === false ? 'connect' : 'secureConnect', () => {
        // Node would begin to read by itself.
        socket.pause()
        subscriber.next(channelOf(socket, incoming))
      })
      // Never removed: a destroyed socket may still report an error, and then it is nobody's.
      socket.on('error', error => subscriber.error(error))
      socket.once('close', () => subscriber.complete())
      return () => socket.destroy()
    })
}

function openSocket(endpoint: Endpoint, lookup: LookupFunction, incoming: Incoming): Socket {
  const { host, port, tls, keepAlive } = endpoint
  const options = {
    host,
    port,
    // Node tries all addresses only when it is not asked for a family: that one is picked in the lookup.
    lookup: allOfFamily(endpoint.family, lookup),
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: 250,
    noDelay: endpoint.noDelay,
    keepAlive: keepAlive !== false,
    // Node drops what is not a whole second, and probes not at all where none is left.
    ...(keepAlive !== false && { keepAliveInitialDelay: Math.ceil(keepAlive / 1000) * 1000 }),
    allowHalfOpen: true,
    onread: { buffer: () => incoming.room(), callback: (length: number) => incoming.push(length) },
  }
  if (tls === false) return connectTcp(options)
  const serverName = isIP(host) === 0 ? { servername: host } : {}
  return connectTls({ ...serverName, checkServerIdentity: checkServer, ...(tls === true ? {} : tls), ...options })
}

/** As node does it, save that node 22.23 takes no IPv6 address for one: where it says no, the certificate is asked. */
function checkServer(host: string, certificate: PeerCertificate): Error | undefined {
  const error = checkServerIdentity(host, certificate)
  const isItsAddress = isIP(host) === 6 && new X509Certificate(certificate.raw).checkIP(host) !== undefined
  return isItsAddress ? undefined : error
}

/** Asks for all addresses, whatever node asks for, and keeps those of the family. */
function allOfFamily(family: number, lookup: LookupFunction): LookupFunction {
  return (host, options, done) =>
    lookup(host, { ...options, family, all: true }, (error, found, foundFamily) => {
      if (error) return done(error, [])
      // A resolver of the user's own may answer with one address, as node's does without `all`.
      const all = typeof found === 'string' ? [{ address: found, family: foundFamily ?? isIP(found) }] : found
      const addresses = all.filter(address => family === 0 || address.family === family)
      if (addresses.length > 0) return done(null, addresses)
      const none = Object.assign(new Error(`${host} has no address${family ? ` of IPv${family}` : ''}`), {
        code: 'ENOTFOUND',
      })
      done(none, [])
    })
}

function channelOf(socket: Socket, incoming: Incoming): Channel {
  return {
    incoming: incoming.chunks,
    write: buffers => writeTo(socket, buffers),
    end: () => void socket.end(),
    ioTurn,
    ref: () => void socket.ref(),
    unref: () => void socket.unref(),
    remoteAddress: socket.remoteAddress ?? '',
    remotePort: socket.remotePort ?? 0,
    localAddress: socket.localAddress ?? '',
    localPort: socket.localPort ?? 0,
  }
}

/** The event loop polls for I/O before it comes to what setImmediate was given. */
export const ioTurn = new Observable<never>(subscriber => {
  const immediate = setImmediate(() => subscriber.complete())
  return () => clearImmediate(immediate)
})

/** Writes to the socket when subscribed; completes when the kernel has taken all. */
export function writeTo(socket: Socket, buffers: readonly Uint8Array[]): Observable<never> {
  return new Observable(subscriber => {
    const written = (error?: Error | null) => (error ? subscriber.error(error) : subscriber.complete())
    const last = buffers.length - 1
    // Corked, they leave in one writev.
    if (last > 0) socket.cork()
    buffers.forEach((buffer, index) => {
      if (index < last) socket.write(buffer)
      else socket.write(buffer, written)
    })
    if (last > 0) socket.uncork()
  })
}

/**
 * Goes on if the end of the stream is really one. Before node 24, a reset found together with bytes is told as an end:
 * a write tells the two apart, and fails the socket in the one case. One of nothing, where none is under way already.
 */
function unlessReset(socket: Socket, ended: () => void): void {
  if (socket.writableEnded || socket.writableLength > 0) setImmediate(ended)
  else socket.write(NOTHING, error => error ?? ended())
}

/** What node reads, straight into slabs; while nobody is subscribed the socket is paused. */
class Incoming {
  readonly chunks = new Observable<Buffer>(subscriber => this.#resume(subscriber))
  #slab = Buffer.allocUnsafeSlow(FIRST_SLAB)
  #used = 0
  #reader: Subscriber<Buffer> | undefined
  /** What node had already read when the socket was paused. */
  readonly #kept: Buffer[] = []
  #ended = false
  #socket: Socket | undefined

  attach(socket: Socket): void {
    this.#socket = socket
    socket.once('end', () =>
      unlessReset(socket, () => {
        this.#ended = true
        this.#reader?.complete()
      }),
    )
  }

  /** Where the next read goes. */
  room(): Buffer {
    const { length } = this.#slab
    if (length - this.#used < length * LEAST_ROOM) {
      this.#slab = Buffer.allocUnsafeSlow(Math.min(length * GROWTH, LARGEST_SLAB))
      this.#used = 0
    }
    return this.#slab.subarray(this.#used)
  }

  /** `length` bytes were read there. */
  push(length: number): boolean {
    const chunk = this.#slab.subarray(this.#used, this.#used + length)
    this.#used += length
    if (this.#reader === undefined) this.#kept.push(chunk)
    else this.#reader.next(chunk)
    return true
  }

  #resume(subscriber: Subscriber<Buffer>): void {
    this.#reader = subscriber
    // Before any chunk is handed out: it may be the last one wanted.
    subscriber.add(() => {
      this.#reader = undefined
      this.#socket?.pause()
    })
    while (!subscriber.closed && this.#kept.length > 0) subscriber.next(this.#kept.shift() as Buffer)
    if (subscriber.closed) return

    if (this.#ended) subscriber.complete()
    else this.#socket?.resume()
  }
}
