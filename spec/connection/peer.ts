import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, connect as connectSocket, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { Worker } from 'node:worker_threads'
import { type Observable, tap } from 'rxjs'
import { expect, vi } from 'vitest'
import { type Connection, type ConnectOptions, connect } from '../../src/connection/index.js'

/** What a peer does with each socket it accepts, numbered from 0. */
export type Script = (socket: Socket, index: number) => void

export interface PeerOptions {
  /** Default `127.0.0.1`. */
  readonly host?: string
  /** Default: any that is free. */
  readonly port?: number
  /** Speaks TLS, with the certificate of the fixtures. */
  readonly tls?: boolean
}

/** A server on loopback: what a connection is connected to. Disposed, it and every socket of it are gone. */
export interface Peer extends AsyncDisposable {
  readonly host: string
  readonly port: number
  /** All it ever accepted. */
  readonly sockets: readonly Socket[]
  /** The `index`th socket, once it is accepted. */
  socket(index?: number): Promise<Socket>
  /** Sends RST to all of them. */
  reset(): void
}

const fixture = (name: string): Buffer => readFileSync(new URL(`fixtures/${name}`, import.meta.url))

/** The authority that a TLS peer can be trusted by. */
export const broker = fixture('broker.crt')
/** One that it cannot be. */
export const stranger = fixture('stranger.crt')

/** Starts a peer. A socket without a `data` listener is not read, and its end is the script's to send. */
export async function peer(script: Script = () => {}, options: PeerOptions = {}): Promise<Peer> {
  const { host = '127.0.0.1', port = 0, tls = false } = options
  const sockets: Socket[] = []
  const raw = new Set<Socket>()
  const accept = (socket: Socket): void => {
    socket.on('error', () => {})
    script(socket, sockets.length)
    sockets.push(socket)
    server.emit('taken')
  }
  const server: Server = tls
    ? createTlsServer({ allowHalfOpen: true, cert: broker, key: fixture('broker.key') }, accept)
    : createServer({ allowHalfOpen: true }, accept)
  server.on('connection', (socket: Socket) => raw.add(socket))
  server.on('tlsClientError', () => {})
  server.listen(port, host)
  await once(server, 'listening')
  return address(host, (server.address() as AddressInfo).port, {
    sockets,
    async socket(index = 0) {
      while (sockets.length <= index) await once(server, 'taken')
      return sockets[index] as Socket
    },
    reset() {
      for (const socket of raw) socket.resetAndDestroy()
    },
    async [Symbol.asyncDispose]() {
      for (const socket of [...sockets, ...raw]) socket.destroy()
      await new Promise(closed => server.close(closed))
    },
  })
}

/** Only host and port are its own: it can be given as options, which take no other names. */
function address(host: string, port: number, rest: Omit<Peer, 'host' | 'port'>): Peer {
  return Object.assign(Object.create(rest), { host, port })
}

/** A listener whose backlog is full: a connect to it is neither accepted nor refused. */
export async function blackHole(): Promise<Peer> {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads')
     const server = require('node:net').createServer().listen(0, '127.0.0.1', 1, () => {
       parentPort.postMessage(server.address().port)
       Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
     })`,
    { eval: true },
  )
  const [port] = (await once(worker, 'message')) as [number]
  const fillers: Socket[] = []
  for (let open = true; open; ) {
    const filler = connectSocket(port, '127.0.0.1').on('error', () => {})
    fillers.push(filler)
    open = await Promise.race([once(filler, 'connect').then(() => true), sleep(200).then(() => false)])
  }
  return address('127.0.0.1', port, {
    sockets: fillers,
    socket: async () => fillers[0] as Socket,
    reset: () => {},
    async [Symbol.asyncDispose]() {
      for (const filler of fillers) filler.destroy()
      await worker.terminate()
    },
  })
}

/** A port that nobody listens on: tcpmux, which nobody has used for decades. */
export const deadPort = 1

export const sleep = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

/** How an Observable went: what it emitted and how it ended. */
export interface Course<T> {
  readonly values: T[]
  readonly error?: unknown
}

/** Subscribes, and resolves once it has ended, either way. */
export function course<T>(source: Observable<T>): Promise<Course<T>> {
  const values: T[] = []
  return new Promise(resolve => {
    source.subscribe({
      next: value => values.push(value),
      error: error => resolve({ values, error }),
      complete: () => resolve({ values }),
    })
  })
}

/** Collects what a socket reads from now on. */
export function arrivals(socket: Socket): Buffer[] {
  const chunks: Buffer[] = []
  socket.on('data', chunk => chunks.push(chunk))
  return chunks
}

/** A body behind its length, as Kafka frames it. */
export function frame(body: string): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length)
  return Buffer.concat([length, Buffer.from(body)])
}

/** Resolves once the connection has read so many bytes in all. */
export const hasRead = (connection: Connection, bytes: number): Promise<void> =>
  vi.waitFor(() => expect(connection.bytesRead).toBe(bytes), { interval: 1 })

/**
 * Holds up the event loop after `meanwhile`, as a long computation does, and at the worst of moments: the next that
 * the loop looks at are its timers, and only then what has arrived.
 */
export function block(ms: number, meanwhile: () => void): Promise<void> {
  return new Promise(resolve =>
    setImmediate(() => {
      meanwhile()
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
      resolve()
    }),
  )
}

/** A connection and the socket at its other end. */
export interface Pair extends AsyncDisposable {
  readonly connection: Connection
  readonly socket: Socket
  /** Sends RST. */
  reset(): void
  /** Resolves when the peer has read the connection's FIN. */
  readonly halfClosed: Promise<unknown>
  /** How `connect()` ends. */
  readonly ended: Promise<Course<Connection>>
}

/** Connects to a peer of its own; the timeout is long unless told, so that a busy machine meets it. */
export async function pair(options: Partial<ConnectOptions> = {}, peerOptions: PeerOptions = {}): Promise<Pair> {
  const listener = await peer(undefined, peerOptions)
  const { host, port } = listener
  let connection: Connection | undefined
  const ended = course(connect({ host, port, timeout: 10_000, ...options }).pipe(tap(opened => (connection = opened))))
  const socket = await Promise.race([listener.socket(), ended.then(({ error }) => Promise.reject(error))])
  while (connection === undefined) await sleep(1)
  const opened = connection
  return {
    connection: opened,
    socket,
    reset: listener.reset,
    halfClosed: new Promise(resolve => socket.once('end', resolve)),
    ended,
    async [Symbol.asyncDispose]() {
      opened.close()
      await listener[Symbol.asyncDispose]()
    },
  }
}
