import { map, take } from 'rxjs'
import { describe, expect, it, vi } from 'vitest'
import {
  ArgumentError,
  ClosedError,
  ConnectError,
  type Connection,
  ConnectionError,
  type OpenOptions,
  open,
  receive,
} from '../../src/connection/index.js'
import { blackHole, course, deadPort, peer, sleep } from './peer.js'

describe('open()', () => {
  it('resolves to a Connection that stays open until it is closed', async () => {
    await using listener = await peer(socket => socket.pipe(socket))
    const connection = await open(listener)
    await sleep(20)
    expect(connection.closed).toBe(false)
    connection.send.next(Buffer.from('ping'))
    expect(await course(connection.pipe(receive(4), take(1), map(String)))).toEqual({ values: ['ping'] })
    connection.close()
    expect(connection.closed).toBe(true)
  })

  it('rejects with ArgumentError when an option cannot be right', async () => {
    await expect(open({ host: 'localhost', timeout: 0 })).rejects.toBeInstanceOf(ArgumentError)
    await expect(open(undefined as unknown as OpenOptions)).rejects.toBeInstanceOf(ArgumentError)
    const signal = new EventTarget() as AbortSignal
    await expect(open({ host: 'localhost', signal })).rejects.toThrow('signal must be an AbortSignal; got an instance')
  })

  it('rejects with ConnectError when it cannot connect', async () => {
    await expect(open({ host: '127.0.0.1', port: deadPort })).rejects.toBeInstanceOf(ConnectError)
  })

  it("rejects with the signal's reason when aborted, before and while connecting", async () => {
    await using hole = await blackHole()
    const reason = new Error('changed my mind')
    await expect(open({ ...hole, signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const controller = new AbortController()
    const opening = open({ ...hole, signal: controller.signal })
    controller.abort(reason)
    await expect(opening).rejects.toBe(reason)
  })

  it('closes the connection when the signal is aborted later', async () => {
    await using listener = await peer()
    const controller = new AbortController()
    const connection = await open({ ...listener, signal: controller.signal })
    const reading = course(connection)
    controller.abort()
    expect(connection.closed).toBe(true)
    expect((await reading).error).toBeInstanceOf(ClosedError)
  })

  it('tells a later failure to readers, and leaves nothing unhandled when there are none', async () => {
    await using listener = await peer()
    const [read, idle] = [await open(listener), await open(listener)]
    const reading = course(read)
    await listener.socket(1)
    listener.reset()
    expect((await reading).error).toBeInstanceOf(ConnectionError)
    await vi.waitFor(() => expect(idle.closed).toBe(true))
  })
})

describe('asyncDispose', () => {
  it('flushes what is queued, sends FIN, and reads to the end of the peer', async () => {
    const length = 10_000_000
    let arrived = 0
    let sawEnd = false
    await using listener = await peer(socket => {
      socket.on('data', chunk => (arrived += chunk.length))
      socket.on('end', () => {
        sawEnd = true
        socket.end('goodbye')
      })
    })
    let used: Connection
    {
      await using connection = await open({ ...listener, timeout: 10_000 })
      connection.send.next(Buffer.alloc(length))
      used = connection
    }
    expect(arrived).toBe(length)
    expect(sawEnd).toBe(true)
    expect(used.closed).toBe(true)
    expect(used.bytesRead).toBe('goodbye'.length)
  })

  it('gives a peer that does not close `timeout` ms in all, and never rejects', async () => {
    await using listener = await peer()
    const connection = await open({ ...listener, timeout: 50 })
    const writing = course(connection.write(Buffer.alloc(50_000_000), { timeout: Number.POSITIVE_INFINITY }))
    await connection[Symbol.asyncDispose]()
    expect(connection.closed).toBe(true)
    expect((await writing).error).toMatchObject({ name: 'ClosedError', outcome: 'unknown' })
  })

  it('takes a timeout longer than a timer of node can hold for what it is', async () => {
    await using listener = await peer(socket => {
      socket.on('end', () => setTimeout(() => socket.end('goodbye'), 50)).resume()
    })
    const connection = await open({ ...listener, timeout: Number.MAX_SAFE_INTEGER })
    await connection[Symbol.asyncDispose]()
    expect(connection.bytesRead).toBe('goodbye'.length)
  })

  it('resolves at once on a connection that has ended', async () => {
    await using listener = await peer(socket => socket.end())
    const connection = await open({ ...listener, timeout: Number.POSITIVE_INFINITY })
    expect(await course(connection)).toEqual({ values: [] })
    await connection[Symbol.asyncDispose]()
    await connection[Symbol.asyncDispose]()
    expect(connection.closed).toBe(true)
  })
})
