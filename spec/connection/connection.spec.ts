import { map, repeat, take } from 'rxjs'
import { describe, expect, it, vi } from 'vitest'
import {
  ClosedError,
  type Connection,
  ConnectionError,
  connect,
  decodeFrames,
  open,
  receive,
  SendTimeoutError,
} from '../../src/connection/index.js'
import { course, pair, peer, sleep } from './peer.js'
import { unhandledErrors } from './unhandled.js'

const more = Buffer.alloc(1_000_000, 'more ')
const big = 50_000_000
const never = Number.POSITIVE_INFINITY

const unhandled = unhandledErrors()

describe('subscribe to the Connection', () => {
  it('raw chunks flow', async () => {
    await using both = await pair()
    both.socket.end('some bytes')
    const { values } = await course(both.connection)
    expect(String(Buffer.concat(values))).toBe('some bytes')
  })

  it('nobody subscribed: reads ahead until 64 KiB are held and the chunk in hand, then pauses', async () => {
    await using both = await pair()
    const { connection, socket } = both
    const sent = Buffer.alloc(20_000_000, 'abcdefg')
    socket.end(sent)
    await sleep(200)
    expect(connection.bytesRead).toBeGreaterThanOrEqual(64 * 1024)
    expect(connection.bytesRead).toBeLessThan(64 * 1024 + 256 * 1024)
    const { values } = await course(connection)
    expect(Buffer.concat(values).equals(sent)).toBe(true)
    expect(connection.bytesRead).toBe(sent.length)
  })

  it('an idle connection notices FIN at once', async () => {
    await using both = await pair()
    both.socket.end('unread')
    expect(await both.ended).toEqual({ values: [both.connection] })
    expect(both.connection.closed).toBe(true)
  })

  it('an idle connection notices RST at once', async () => {
    await using both = await pair()
    both.reset()
    expect((await both.ended).error).toMatchObject({ name: 'ConnectionError', cause: { code: 'ECONNRESET' } })
    expect(both.connection.closed).toBe(true)
  })

  it('with more unread, FIN is noticed when that has been read', async () => {
    await using both = await pair()
    both.socket.end(more)
    await sleep(50)
    expect(both.connection.closed).toBe(false)
    const { values } = await course(both.connection)
    expect(Buffer.concat(values)).toHaveLength(more.length)
    expect(await both.ended).toEqual({ values: [both.connection] })
  })

  it('with more unread, RST is noticed when that has been read', async () => {
    await using both = await pair()
    both.socket.write(more)
    await sleep(50)
    both.reset()
    await sleep(50)
    expect(both.connection.closed).toBe(false)
    expect((await course(both.connection)).error).toBeInstanceOf(ConnectionError)
    expect((await both.ended).error).toBeInstanceOf(ConnectionError)
  })
})

describe('the peer closes cleanly', () => {
  it('buffered bytes reach the readers, then they complete, and `connect()` completes', async () => {
    await using both = await pair()
    const first = course(both.connection.pipe(receive(4), take(1), map(String)))
    const second = course(both.connection.pipe(receive(3), map(String)))
    const third = course(both.connection)
    both.socket.end('1234567890')
    expect(await first).toEqual({ values: ['1234'] })
    expect(await second).toEqual({ values: ['567', '890'] })
    expect(await third).toEqual({ values: [] })
    expect(await both.ended).toEqual({ values: [both.connection] })
    expect(both.connection.closed).toBe(true)
  })

  it('a broker that hangs up before the first byte completes its readers', async () => {
    await using listener = await peer(socket => socket.end())
    expect(await course(connect(listener, connection => connection.pipe(receive(4))))).toEqual({ values: [] })
  })

  it('queued writes are flushed first', async () => {
    await using both = await pair({ timeout: 10_000 })
    const { connection, socket, ended } = both
    connection.send.next(Buffer.alloc(big))
    const writing = course(connection.write(Buffer.from('last')))
    socket.end()
    expect(await course(connection)).toEqual({ values: [] })
    await sleep(20)
    expect(connection.closed).toBe(false)
    let arrived = 0
    socket.on('data', chunk => (arrived += chunk.length))
    expect(await writing).toEqual({ values: [4] })
    expect(await ended).toEqual({ values: [connection] })
    await vi.waitFor(() => expect(arrived).toBe(big + 4))
  })

  it('queued writes that are not taken within `timeout` are a SendTimeoutError', async () => {
    await using both = await pair({ timeout: 50 })
    const { connection, socket, ended } = both
    const writing = course(connection.write(Buffer.alloc(big), { timeout: never }))
    socket.end()
    expect((await writing).error).toMatchObject({ name: 'SendTimeoutError', started: true, outcome: 'unknown' })
    const { error } = await ended
    expect(error).toBeInstanceOf(SendTimeoutError)
    expect((error as Error).message).toContain('could not be flushed within 50 ms')
  })

  it('once a reader has been told of the end, every later one gets ClosedError, so `repeat()` does not spin', async () => {
    await using both = await pair()
    both.socket.end('bytes')
    const { values, error } = await course(both.connection.pipe(repeat()))
    expect(String(Buffer.concat(values))).toBe('bytes')
    expect(error).toBeInstanceOf(ClosedError)
    expect((error as Error).message).toContain('the peer has closed')
    for (const late of [both.connection, both.connection.pipe(receive(1)), both.connection.pipe(decodeFrames())])
      expect((await course<unknown>(late)).error).toBeInstanceOf(ClosedError)
    expect((await course(both.connection.write(Buffer.from('late')))).error).toMatchObject({
      name: 'ClosedError',
      outcome: 'unsent',
    })
  })

  it('after a FIN that nobody was there to see, the next reader gets what was held and is told', async () => {
    await using both = await pair()
    both.socket.end('held bytes')
    await both.ended
    expect(await course(both.connection.pipe(receive(5), take(1), map(String)))).toEqual({ values: ['held '] })
    expect(await course(both.connection.pipe(receive(5), map(String)))).toEqual({ values: ['bytes'] })
    expect((await course(both.connection)).error).toBeInstanceOf(ClosedError)
  })

  it('after an RST that nobody was there to see, too', async () => {
    await using both = await pair()
    both.socket.write('held bytes')
    await vi.waitFor(() => expect(both.connection.bytesRead).toBe(10))
    both.reset()
    await both.ended
    const { values, error } = await course(both.connection.pipe(receive(5), map(String)))
    expect(values).toEqual(['held ', 'bytes'])
    expect(error).toBeInstanceOf(ConnectionError)
    const late = (await course(both.connection)).error
    expect(late).toMatchObject({ name: 'ClosedError', cause: error })
  })
})

describe('the socket fails', () => {
  it('it is destroyed first; then reader, waiting readers, writers and `connect()` error in that order', async () => {
    await using listener = await peer()
    const log: string[] = []
    const causes = new Set<unknown>()
    const outcomes: unknown[] = []
    const told = (who: string) => (error: ConnectionError) => {
      expect(connection?.closed).toBe(true)
      expect(error).toBeInstanceOf(ConnectionError)
      log.push(who)
      causes.add(error.cause)
      if (who.includes('write')) outcomes.push(error.outcome)
    }
    let connection: Connection | undefined
    connect(listener).subscribe({
      next: opened => {
        connection = opened
        opened.write(Buffer.alloc(big)).subscribe({ error: told('begun write') })
        opened.write(Buffer.from('queued')).subscribe({ error: told('queued write') })
        opened.subscribe({ error: told('reader') })
        opened.pipe(receive(4)).subscribe({ error: told('1st waiting') })
        opened.pipe(decodeFrames()).subscribe({ error: told('2nd waiting') })
      },
      error: told('connect()'),
    })
    await listener.socket()
    await sleep(10)
    listener.reset()
    await vi.waitFor(() => expect(log).toContain('connect()'))
    expect(log).toEqual(['reader', '1st waiting', '2nd waiting', 'begun write', 'queued write', 'connect()'])
    expect(causes.size).toBe(1)
    expect([...causes][0]).toMatchObject({ code: expect.stringMatching(/ECONNRESET|EPIPE/) })
    expect(outcomes).toEqual(['unknown', 'unsent'])
  })

  it('a reset that comes together with bytes is no clean end', async () => {
    await using both = await pair()
    const reading = course(both.connection.pipe(receive(2), map(String)))
    await sleep(10)
    both.socket.write('abcd')
    both.reset()
    const { values, error } = await reading
    expect(values).toEqual(['ab', 'cd'])
    expect(error).toBeInstanceOf(ConnectionError)
    expect((await both.ended).error).toBe(error)
  })

  it('says to whom, and why', async () => {
    await using both = await pair()
    both.reset()
    const { error } = await both.ended
    expect((error as Error).message).toBe(
      `the connection to 127.0.0.1:${both.connection.remotePort} failed: read ECONNRESET`,
    )
    expect(error).toMatchObject({ code: 'CONNECTION', retriable: true })
  })

  it('an error thrown by the own `next` of a reader is its own: the connection lives on', async () => {
    await using both = await pair()
    const { connection, socket } = both
    const mistake = new Error('thrown by next')
    const seen: string[] = []
    const reader = connection.pipe(receive(4), map(String)).subscribe(slice => {
      seen.push(slice)
      if (slice === 'oops') throw mistake
    })
    socket.write('fineoopsfine')
    await vi.waitFor(() => expect(seen).toEqual(['fine', 'oops', 'fine']))
    await sleep(5)
    expect(unhandled.splice(0)).toEqual([mistake])
    reader.unsubscribe()
    socket.end('rest')
    expect(await course(connection.pipe(receive(4), map(String)))).toEqual({ values: ['rest'] })
    expect(await both.ended).toEqual({ values: [connection] })
  })

  it('an error thrown by the own `next` of a writer, or of `connect()`, likewise', async () => {
    await using listener = await peer(socket => socket.pipe(socket))
    const mistake = new Error('thrown by next')
    let connection: Connection | undefined
    const subscription = connect(listener).subscribe(opened => {
      connection = opened
      opened.write(Buffer.from('ab')).subscribe(() => {
        throw mistake
      })
      throw mistake
    })
    await vi.waitFor(() => expect(connection?.bytesRead).toBe(2))
    await sleep(5)
    expect(unhandled.splice(0)).toEqual([mistake, mistake])
    const echoed = course((connection as Connection).pipe(receive(4), take(1), map(String)))
    connection?.send.next(Buffer.from('cd'))
    expect(await echoed).toEqual({ values: ['abcd'] })
    subscription.unsubscribe()
  })
})

describe('queuedBytes, bytesRead, bytesWritten', () => {
  it('count what waits, what came and what the kernel took', async () => {
    await using listener = await peer()
    const connection = await open(listener)
    const socket = await listener.socket()
    expect(connection).toMatchObject({ queuedBytes: 0, bytesRead: 0, bytesWritten: 0 })
    connection.send.next(Buffer.from('three'))
    const writing = course(connection.write(Buffer.alloc(big)))
    const withdrawn = connection.write(Buffer.alloc(1000)).subscribe()
    expect(connection.queuedBytes).toBe(5 + big + 1000)
    withdrawn.unsubscribe()
    expect(connection.queuedBytes).toBe(5 + big)
    socket.resume()
    await writing
    expect(connection).toMatchObject({ queuedBytes: 0, bytesWritten: 5 + big })
    socket.write('hello')
    await vi.waitFor(() => expect(connection.bytesRead).toBe(5))
    connection.close()
    expect(connection).toMatchObject({ queuedBytes: 0, bytesRead: 5, bytesWritten: 5 + big })
  })
})
