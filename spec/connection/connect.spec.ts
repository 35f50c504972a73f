import { readdirSync } from 'node:fs'
import { concatMap, EMPTY, firstValueFrom, map, NEVER, range, take, throwError, timer } from 'rxjs'
import { describe, expect, it, vi } from 'vitest'
import {
  ArgumentError,
  ClosedError,
  ConnectError,
  type Connection,
  ConnectionError,
  type ConnectOptions,
  connect,
  receive,
} from '../../src/connection/index.js'
import { blackHole, course, deadPort, peer, sleep } from './peer.js'
import { compiled } from './program.js'

const run = compiled()

async function failure(options: ConnectOptions): Promise<ConnectError> {
  const { values, error } = await course(connect(options))
  expect(values).toEqual([])
  expect(error).toBeInstanceOf(ConnectError)
  return error as ConnectError
}

describe('subscribe to `connect()`', () => {
  it('opens no socket before, and one per subscription', async () => {
    await using listener = await peer()
    const connected = connect(listener)
    await firstValueFrom(timer(20))
    expect(listener.sockets).toHaveLength(0)
    const subscriptions = [connected.subscribe(), connected.subscribe()]
    await listener.socket(1)
    for (const subscription of subscriptions) subscription.unsubscribe()
  })

  it('emits the open Connection once and stays', async () => {
    await using listener = await peer(socket => socket.write('hello'))
    const connections: Connection[] = []
    const subscription = connect(listener).subscribe(connection => connections.push(connection))
    const socket = await listener.socket()
    await vi.waitFor(() => expect(connections[0]?.bytesRead).toBe(5))
    const [connection] = connections
    expect(connections).toHaveLength(1)
    expect(subscription.closed).toBe(false)
    expect(connection).toMatchObject({
      closed: false,
      remoteAddress: '127.0.0.1',
      remotePort: listener.port,
      localAddress: '127.0.0.1',
      localPort: socket.remotePort,
    })
    subscription.unsubscribe()
  })

  it('errors with ConnectError when refused', async () => {
    const error = await failure({ host: '127.0.0.1', port: deadPort })
    expect(error).toMatchObject({ code: 'CONNECT', host: '127.0.0.1', port: deadPort, retriable: true })
    expect(error.cause).toMatchObject({ code: 'ECONNREFUSED' })
    expect(error.message).toMatch(/^cannot connect to 127\.0\.0\.1:\d+: connect ECONNREFUSED .*; is the broker running/)
  })

  it('errors with ConnectError when the transport itself throws', async () => {
    const cause = new Error('no such proxy')
    const transport = () => {
      throw cause
    }
    const error = await failure({ host: 'broker', port: 1, transport })
    expect(error).toMatchObject({ code: 'CONNECT', host: 'broker', port: 1, cause })
    expect(error.message).toBe('cannot connect to broker:1: no such proxy')
  })

  it('errors with ConnectError at the deadline when nobody answers', async () => {
    await using hole = await blackHole()
    const error = await failure({ ...hole, timeout: 60 })
    expect(error).toMatchObject({ retriable: true, cause: { name: 'TimeoutError' } })
    expect(error.message).toContain('no connection within 60 ms, DNS included')
  })

  it('takes a deadline longer than a timer of node can hold for what it is', async () => {
    await using hole = await blackHole()
    let error: unknown
    const subscription = connect({ ...hole, timeout: Number.MAX_SAFE_INTEGER }).subscribe({ error: e => (error = e) })
    await sleep(50)
    expect(error).toBeUndefined()
    subscription.unsubscribe()
  })

  it('errors with ConnectError when the name is not known', async () => {
    const error = await failure({ host: 'no-such-host.invalid', timeout: 10_000 })
    expect(error).toMatchObject({ host: 'no-such-host.invalid', port: 9092 })
    expect((error.cause as { code: string }).code).toMatch(/ENOTFOUND|EAI_AGAIN/)
    expect(error.message).toContain('is the name right')
  })

  it('leaves no socket behind when the deadline passes or it is unsubscribed while connecting', async () => {
    await using hole = await blackHole()
    const before = openFiles()
    await failure({ ...hole, timeout: 30 })
    const subscription = connect(hole).subscribe()
    await vi.waitFor(() => expect(openFiles()).toBeGreaterThan(before))
    subscription.unsubscribe()
    await vi.waitFor(() => expect(openFiles()).toBe(before))
  })

  it('with `use`, mirrors what it returns and closes the connection at its end', async () => {
    await using listener = await peer(socket => socket.write('abcdefgh'))
    let used: Connection | undefined
    const slices = connect(listener, connection => {
      used = connection
      return connection.pipe(receive(4), take(2), map(String))
    })
    expect(await course(slices)).toEqual({ values: ['abcd', 'efgh'] })
    expect(used?.closed).toBe(true)
    const socket = await listener.socket()
    socket.resume()
    await vi.waitFor(() => expect(socket.readableEnded || socket.destroyed).toBe(true))
  })

  it('with `use`, flushes what it had sent', async () => {
    const length = 20_000_000
    let arrived = 0
    await using listener = await peer(socket => socket.on('data', chunk => (arrived += chunk.length)))
    const sent = connect({ ...listener, timeout: 10_000 }, connection => {
      connection.send.next(Buffer.alloc(length))
      return EMPTY
    })
    expect(await course(sent)).toEqual({ values: [] })
    await vi.waitFor(() => expect(arrived).toBe(length))
  })

  it('with `use`, errors with what it throws or errors with, and closes', async () => {
    await using listener = await peer()
    const thrown = new Error('thrown by use')
    const connections: Connection[] = []
    const throwing = connect(listener, connection => {
      connections.push(connection)
      throw thrown
    })
    const failing = connect(listener, connection => {
      connections.push(connection)
      return throwError(() => thrown)
    })
    expect(await course(throwing)).toEqual({ values: [], error: thrown })
    expect(await course(failing)).toEqual({ values: [], error: thrown })
    expect(connections.map(({ closed }) => closed)).toEqual([true, true])
  })

  it("with `use`, errors with the connection's own failure even if `use` looks away", async () => {
    await using listener = await peer(socket => socket.once('data', () => socket.resetAndDestroy()))
    const lookingAway = connect(listener, connection => {
      connection.send.next(Buffer.from('reset me'))
      return NEVER
    })
    const { error } = await course(lookingAway)
    expect(error).toBeInstanceOf(ConnectionError)
    expect(error).toMatchObject({ code: 'CONNECTION', cause: { code: 'ECONNRESET' } })
  })

  it('closes at once under `firstValueFrom` and `take(1)`', async () => {
    await using listener = await peer()
    const connection = await firstValueFrom(connect(listener))
    expect(connection.closed).toBe(true)
    expect((await course(connection)).error).toBeInstanceOf(ClosedError)
  })
})

describe('Arguments are checked at the call', () => {
  const wrong: [string, object, RegExp][] = [
    ['no host', {}, /host must be a name or an address/],
    ['an empty host', { host: ' ' }, /host must be/],
    ['empty brackets', { host: '[]' }, /host must be/],
    ['nothing at all', undefined as unknown as object, /the options of connect\(\) must be an object; got undefined/],
    ['port 0', { host: 'a', port: 0 }, /port must be an integer from 1 to 65535; got 0/],
    ['a port too large', { host: 'a', port: 65_536 }, /port/],
    ['timeout 0', { host: 'a', timeout: 0 }, /timeout must be a positive number of ms/],
    ['a negative timeout', { host: 'a', timeout: -1 }, /timeout/],
    ['timeout NaN', { host: 'a', timeout: Number.NaN }, /timeout/],
    ['another family', { host: 'a', family: 5 }, /family must be 0 \(any\), 4 or 6; got 5/],
    ['keepAlive 0', { host: 'a', keepAlive: 0 }, /keepAlive/],
    ['maxMessageBytes 0', { host: 'a', maxMessageBytes: 0 }, /maxMessageBytes/],
    ['maxQueuedBytes 1.5', { host: 'a', maxQueuedBytes: 1.5 }, /maxQueuedBytes/],
    ['port null, which is no default', { host: 'a', port: null }, /port must be an integer from 1 to 65535; got null/],
    [
      'tls "yes"',
      { host: 'a', tls: 'yes' },
      /tls must be true, false or an object of node's options; got the string "yes"/,
    ],
    ['noDelay 1', { host: 'a', noDelay: 1 }, /noDelay must be true or false; got 1/],
    ['a transport that is no function', { host: 'a', transport: {} }, /transport must be a function; got an instance/],
    ['a port in the host', { host: 'localhost:9092' }, /give the two apart, host 'localhost' and port 9092/],
    ['a port after brackets', { host: '[::1]:9092' }, /give the two apart, host '\[::1\]' and port 9092/],
    ['a URL', { host: 'kafka://broker-1:9093' }, /give the two apart, host 'broker-1' and port 9093/],
    ['what node calls TLS', { host: 'a', ssl: true }, /connect\(\) has no option "ssl": did you mean tls\?/],
    ['a list of brokers', { brokers: ['a:9092'] }, /no option "brokers": it takes one broker, by `host` and `port`/],
    ['a bootstrap', { host: 'a', bootstrap: 'a:9092' }, /"bootstrap": it takes one broker, by `host` and `port`/],
    ['a scheduler without a clock', { host: 'a', scheduler: {} }, /scheduler must be a SchedulerLike of RxJS; got an/],
  ]
  it.each(wrong)('%s', (_name, options, message) => {
    const attempt = () => connect(options as ConnectOptions)
    expect(attempt).toThrow(ArgumentError)
    expect(attempt).toThrow(message)
  })

  it('`use` that is no function', () => {
    expect(() => connect({ host: 'a' }, EMPTY as unknown as () => never)).toThrow('use must be a function; got an')
  })
})

describe('Nothing leaks', () => {
  it('2,000 connects and closes leave the count of file descriptors where it was', async () => {
    await using listener = await peer(socket => socket.on('end', () => socket.end()).resume())
    const cycles = (count: number) =>
      course(
        range(count).pipe(
          concatMap(index =>
            connect(listener, connection => {
              if (index % 3 === 0) connection.send.next(Buffer.from('x'))
              if (index % 3 === 1) connection.close()
              return EMPTY
            }),
          ),
        ),
      )
    expect(await cycles(10)).toEqual({ values: [] })
    await vi.waitFor(() => expect(listener.sockets.every(socket => socket.destroyed)).toBe(true))
    const before = openFiles()
    expect(await cycles(2000)).toEqual({ values: [] })
    await vi.waitFor(() => expect(listener.sockets.every(socket => socket.destroyed)).toBe(true))
    expect(listener.sockets).toHaveLength(2010)
    expect(openFiles()).toBe(before)
  })

  const hour = 3_600_000
  const programs = {
    'unsubscribed while connecting': `connect({ host: 'localhost', port, timeout: ${hour} }).subscribe().unsubscribe()`,
    'unsubscribed once open': `
      const subscription = connect({ host, port, timeout: ${hour} })
        .subscribe(() => setImmediate(() => subscription.unsubscribe()))`,
    'unsubscribed with a receive pending': `
      const subscription = connect({ host, port, timeout: ${hour} }, connection => {
        setTimeout(() => subscription.unsubscribe(), 20)
        return merge(connection.pipe(receive(4)), connection.pipe(decodeFrames()))
      }).subscribe()`,
    'unsubscribed with a write pending': `
      const subscription = connect({ host, port, timeout: ${hour} }, connection => {
        setTimeout(() => subscription.unsubscribe(), 20)
        return merge(connection.write(Buffer.alloc(50_000_000)), connection.write(Buffer.alloc(1)))
      }).subscribe()`,
    'opened and closed': `(await open({ host, port, timeout: ${hour} })).close()`,
    'opened and closed, and read or written once more': `
      const connection = await open({ host, port, timeout: ${hour} })
      connection.close()
      for (const late of [connection, connection.pipe(receive(4)), connection.write(Buffer.from('late'))])
        late.subscribe({ error: () => {} })`,
    'failed with a reader and a writer pending': `
      const connection = await open({ host, port, timeout: ${hour} })
      merge(connection.pipe(receive(4)), connection.write(Buffer.alloc(50_000_000))).subscribe({ error: () => {} })
      connection.send.error(new Error('enough'))`,
  }
  it.each(Object.entries(programs))('a process that has %s exits by itself', async (_name, program) => {
    await using listener = await peer()
    const source = `
      import { connect, decodeFrames, open, receive } from 'kafka-rx/connection'
      import { merge } from 'rxjs'
      const [host, port] = ['127.0.0.1', Number(process.env.PORT)];
      ${program}`
    const { code, stderr } = await run(source, { env: { PORT: listener.port } })
    expect(stderr).toBe('')
    expect(code).toBe(0)
  })
})

function openFiles(): number {
  return readdirSync('/proc/self/fd').length
}
