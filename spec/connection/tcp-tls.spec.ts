import type { Socket } from 'node:net'
import { asyncScheduler, map, repeat, scan, take, takeWhile, tap } from 'rxjs'
import { describe, expect, it, vi } from 'vitest'
import {
  type Channel,
  type ConnectError,
  type ConnectOptions,
  connect,
  decodeFrames,
  receive,
  tcp,
} from '../../src/connection/index.js'
import { blackHole, broker, course, deadPort, pair, peer, sleep, stranger } from './peer.js'

const hello = (options: ConnectOptions) =>
  course(connect(options, connection => connection.pipe(receive(5), take(1), map(String))))
const greeting = { values: ['hello'] }
const greeter = (host?: string) => peer(socket => socket.write('hello'), { tls: true, ...(host && { host }) })

async function failure(options: ConnectOptions): Promise<ConnectError> {
  const { values, error } = await hello(options)
  expect(values).toEqual([])
  expect(error).toMatchObject({ name: 'ConnectError', host: options.host, port: options.port })
  return error as ConnectError
}

describe('TLS', () => {
  it.each(['127.0.0.1', '::1', '[::1]', 'localhost'])('reaches %s under the right authority', async host => {
    await using listener = await greeter(host.includes(':') ? '::1' : '127.0.0.1')
    expect(await hello({ host, port: listener.port, tls: { ca: broker } })).toEqual(greeting)
  })

  it('refuses a certificate of another authority, for good, and asks for the authority', async () => {
    await using listener = await greeter()
    for (const tls of [true, { ca: stranger }]) {
      const { message, cause, retriable } = await failure({ ...listener, tls })
      expect(cause).toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
      expect(message).toMatch(/self.signed certificate.*; give the authority that signed it as `tls.ca`$/)
      expect(retriable).toBe(false)
    }
  })

  it('refuses a certificate for another name, for good, and asks for the name', async () => {
    await using listener = await greeter()
    const transport = tcp({ lookup: (_host, _options, done) => done(null, '127.0.0.1', 4) })
    const options = { host: 'broker-1.example', port: listener.port, transport }
    const { message, cause, retriable } = await failure({ ...options, tls: { ca: broker } })
    expect(cause).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
    expect(message).toContain('broker-1.example')
    expect(message).toMatch(/; set `tls.servername` to a name in the certificate$/)
    expect(retriable).toBe(false)
    expect(await hello({ ...options, tls: { ca: broker, servername: 'localhost' } })).toEqual(greeting)
  })

  it('spoken to a plain port that answers in its own way, asks whether the listener is plain text', async () => {
    await using listener = await peer(socket => socket.once('data', () => socket.write('\0\0\0\x04what')))
    const { message, retriable } = await failure({ ...listener, tls: true })
    expect(message).toMatch(/^cannot connect to 127\.0\.0\.1:\d+: .*(TLS).*; is the listener plain text\?$/)
    expect(retriable).toBe(false)
  })

  it('spoken to a plain port that hangs up, as a broker does, asks whether the listener is plain text', async () => {
    await using listener = await peer(socket => socket.once('data', () => socket.end()).resume())
    const { message, retriable } = await failure({ ...listener, tls: true })
    expect(message).toMatch(/; is the listener plain text\?$/)
    expect(retriable).toBe(false)
  })

  it('so too when it resets, as a broker does that has not read all of the handshake', async () => {
    await using listener = await peer(socket => socket.once('data', () => socket.resetAndDestroy()))
    const { message, retriable } = await failure({ ...listener, tls: true })
    expect(message).toMatch(/ECONNRESET; is the listener plain text\?$/)
    expect(retriable).toBe(false)
  })

  it('plain text spoken to a TLS port meets an alert: the frame says what it looks like', async () => {
    const alert = Buffer.from('15030300020250', 'hex')
    await using listener = await peer(socket => socket.once('data', () => socket.end(alert)))
    const frames = connect(listener, connection => {
      connection.send.next(Buffer.from([0, 0, 0, 4, 0, 18, 0, 0]))
      return connection.pipe(decodeFrames())
    })
    const { error } = await course(frames)
    expect(error).toMatchObject({ name: 'FrameError' })
    expect((error as Error).message).toContain('it looks like a TLS alert: the listener is TLS, connect with `tls`')
  })

  it('is part of the connect deadline, which can be tried again', async () => {
    await using silent = await peer(socket => socket.resume())
    await using hole = await blackHole()
    for (const { host, port } of [silent, hole]) {
      const { message, retriable } = await failure({ host, port, tls: true, timeout: 60 })
      expect(message).toContain('no connection within 60 ms, DNS and TLS included')
      expect(retriable).toBe(true)
    }
  })

  it('a refused connection is as retriable as without TLS', async () => {
    const { message, retriable } = await failure({ host: '127.0.0.1', port: deadPort, tls: true })
    expect(message).toContain('is the broker running')
    expect(retriable).toBe(true)
  })

  it('tries the next address when the first refuses', async () => {
    await using listener = await greeter()
    const lookup = tcp({
      lookup: (_host, _options, done) =>
        done(null, [
          { address: '::1', family: 6 },
          { address: '127.0.0.1', family: 4 },
        ]),
    })
    expect(await hello({ host: 'localhost', port: listener.port, tls: { ca: broker }, transport: lookup })).toEqual(
      greeting,
    )
  })

  it('carries writes, ends and half closes as plain sockets do', async () => {
    const message = Buffer.alloc(3_000_000, 'secret ')
    await using both = await pair({ tls: { ca: broker } }, { tls: true })
    const { connection, socket, ended } = both
    const received: Buffer[] = []
    socket.on('data', chunk => received.push(chunk))
    socket.on('end', () => socket.end('heard'))
    const reading = course(connection.pipe(receive(5), map(String)))
    connection.send.next(message)
    connection.send.complete()
    expect(await reading).toEqual({ values: ['heard'] })
    expect(Buffer.concat(received).equals(message)).toBe(true)
    expect(await ended).toEqual({ values: [connection] })
  })

  it('a reset is a ConnectionError', async () => {
    await using both = await pair({ tls: { ca: broker } }, { tls: true })
    const reading = course(both.connection)
    both.reset()
    expect((await reading).error).toMatchObject({ name: 'ConnectionError', cause: { code: 'ECONNRESET' } })
    await vi.waitFor(() => expect(both.connection.closed).toBe(true))
  })

  it('loses nothing when its Channel is left and resumed after every chunk', async () => {
    const sent = Buffer.alloc(30_000, 'abcdefghijklmnopqrstuvwxyz ')
    // Small records: node decrypts all that came in one read, and emits each, even when paused meanwhile.
    await using listener = await peer(socket => writeInParts(socket, sent, 100), { tls: true })
    const { host, port } = listener
    const endpoint = { host, port, family: 0, noDelay: true, keepAlive: false, timeout: 1500 } as const
    const { incoming } = await new Promise<Channel>(resolve =>
      tcp()({ ...endpoint, tls: { ca: broker }, scheduler: asyncScheduler }).subscribe(resolve),
    )
    await sleep(100)
    const received: Buffer[] = []
    await course(
      incoming.pipe(
        take(1),
        repeat({ delay: 1 }),
        tap(chunk => received.push(chunk)),
        scan((count, chunk) => count + chunk.length, 0),
        takeWhile(count => count < sent.length),
      ),
    )
    expect(Buffer.concat(received).equals(sent)).toBe(true)
  })
})

/** Each part as a record of its own. */
function writeInParts(socket: Socket, bytes: Buffer, length: number): void {
  if (bytes.length > 0)
    socket.write(bytes.subarray(0, length), () => writeInParts(socket, bytes.subarray(length), length))
}
