import { readFileSync } from 'node:fs'
import type { LookupFunction, Socket } from 'node:net'
import { asyncScheduler, map, repeat, scan, take, takeWhile, tap } from 'rxjs'
import { describe, expect, it, vi } from 'vitest'
import {
  ArgumentError,
  type Channel,
  type Connection,
  type ConnectOptions,
  connect,
  receive,
  tcp,
} from '../../src/connection/index.js'
import { blackHole, course, deadPort, type Peer, pair, peer, sleep } from './peer.js'

/** A resolver that answers every name with these addresses. */
const resolvingTo =
  (...addresses: string[]): LookupFunction =>
  (_host, _options, done) =>
    done(
      null,
      addresses.map(address => ({ address, family: address.includes(':') ? 6 : 4 })),
    )

const hello = (options: ConnectOptions) =>
  course(connect(options, connection => connection.pipe(receive(5), take(1), map(String))))
const greeting = { values: ['hello'] }
const greeter = (host: string): Promise<Peer> => peer(socket => socket.write('hello'), { host })

describe('several addresses', () => {
  it('tries the next when the first of them refuses', async () => {
    await using second = await greeter('127.0.0.1')
    const transport = tcp({ lookup: resolvingTo('::1', '127.0.0.1') })
    expect(await hello({ host: 'two-addresses', port: second.port, transport })).toEqual(greeting)
  })

  it('tries the next when the first of them does not answer for 250 ms, within the one deadline', async () => {
    await using first = await blackHole()
    await using second = await peer(socket => socket.write('hello'), { host: '::1', port: first.port })
    const options = {
      host: 'two-addresses',
      port: second.port,
      transport: tcp({ lookup: resolvingTo('127.0.0.1', '::1') }),
    }
    expect(await hello({ ...options, timeout: 10_000 })).toEqual(greeting)
    const { error } = await hello({ ...options, timeout: 100 })
    expect(error).toMatchObject({ name: 'ConnectError', cause: { name: 'TimeoutError' } })
  })

  it('says of each why it failed', async () => {
    const transport = tcp({ lookup: resolvingTo('127.0.0.1', '::1') })
    const { error } = await hello({ host: 'two-addresses', port: deadPort, transport })
    expect(error).toMatchObject({ name: 'ConnectError', host: 'two-addresses', cause: { code: 'ECONNREFUSED' } })
    expect((error as Error).message).toContain(`connect ECONNREFUSED 127.0.0.1:${deadPort}`)
    expect((error as Error).message).toContain(`connect ECONNREFUSED ::1:${deadPort}`)
  })

  it('a lookup that never answers ends at the deadline', async () => {
    const transport = tcp({ lookup: () => {} })
    const { error } = await hello({ host: 'silence', timeout: 40, transport })
    expect(error).toMatchObject({ name: 'ConnectError', retriable: true })
    expect((error as Error).message).toBe('cannot connect to silence:9092: no connection within 40 ms, DNS included')
  })

  it('a lookup that fails, throws, or finds nothing is a ConnectError', async () => {
    const broken = new Error('the resolver is broken')
    const failing = tcp({ lookup: (_host, _options, done) => done(broken, []) })
    const throwing = tcp({
      lookup: () => {
        throw broken
      },
    })
    const nothing = tcp({ lookup: resolvingTo() })
    expect((await hello({ host: 'a', transport: failing })).error).toMatchObject({
      name: 'ConnectError',
      cause: broken,
    })
    expect((await hello({ host: 'a', transport: throwing })).error).toMatchObject({
      name: 'ConnectError',
      cause: broken,
    })
    const { error } = await hello({ host: 'a', transport: nothing })
    expect(error).toMatchObject({ name: 'ConnectError', cause: { code: 'ENOTFOUND' } })
    expect((error as Error).message).toContain('a has no address')
  })

  it.each([
    ['ENOTFOUND', false],
    ['EAI_AGAIN', true],
  ])('a lookup that fails with %s: a name that there is not is not tried again, a resolver is', async (code, again) => {
    const failure = Object.assign(new Error(`getaddrinfo ${code} brokr-1`), { code })
    const { error } = await hello({ host: 'brokr-1', transport: tcp({ lookup: (_h, _o, done) => done(failure, []) }) })
    expect(error).toMatchObject({ name: 'ConnectError', retriable: again })
    expect((error as Error).message).toMatch(/brokr-1; is the name right, and can this machine resolve it\?$/)
  })

  it('a lookup may answer with one bare address, as node does without `all`', async () => {
    await using listener = await greeter('127.0.0.1')
    const transport = tcp({ lookup: (_host, _options, done) => done(null, '127.0.0.1', 4) })
    expect(await hello({ host: 'one-address', port: listener.port, transport })).toEqual(greeting)
  })

  it('`family` picks among them', async () => {
    await using listener = await greeter('::1')
    const transport = tcp({ lookup: resolvingTo('127.0.0.1', '::1') })
    const { port } = listener
    expect(await hello({ host: 'two-addresses', port, family: 6, transport })).toEqual(greeting)
    const { error } = await hello({
      host: 'one-address',
      port,
      family: 6,
      transport: tcp({ lookup: resolvingTo('127.0.0.1') }),
    })
    expect((error as Error).message).toContain('one-address has no address of IPv6')
  })

  it('a literal of the wrong family is an ArgumentError that names both', () => {
    expect(() => connect({ host: '127.0.0.1', family: 6 })).toThrow(ArgumentError)
    expect(() => connect({ host: '127.0.0.1', family: 6 })).toThrow(/127\.0\.0\.1 is an IPv4 .* family asks for IPv6/)
    expect(() => connect({ host: '[::1]', family: 4 })).toThrow(/::1 is an IPv6 .* family asks for IPv4/)
  })

  it.each(['::1', '[::1]'])('%s works', async host => {
    await using listener = await greeter('::1')
    expect(await hello({ ...listener, host })).toEqual(greeting)
    expect(await hello({ ...listener, host, family: 6 })).toEqual(greeting)
  })

  it('a name is looked up with the resolver of this machine', async () => {
    await using listener = await greeter('127.0.0.1')
    expect(await hello({ ...listener, host: 'localhost' })).toEqual(greeting)
  })
})

describe('keepAlive', () => {
  it.each([
    ['60 s of idling by default', {}, 60],
    ['as asked', { keepAlive: 600_000 }, 600],
    ['a second, where less is asked of node than it can', { keepAlive: 1 }, 1],
    ['not at all', { keepAlive: false as const }, undefined],
  ])('probes after %s', async (_name, options, seconds) => {
    await using both = await pair(options)
    await vi.waitFor(() => {
      const timer = kernelTimer(both.connection)
      if (seconds === undefined) expect(timer).toEqual({ keepAlive: false })
      else expect(timer.keepAlive && Math.abs(timer.seconds - seconds) < 2).toBe(true)
    })
  })

  /** What the kernel waits for on this end of a connection. */
  function kernelTimer({
    localPort,
    remotePort,
  }: Connection): { keepAlive: false } | { keepAlive: true; seconds: number } {
    const [local, remote] = [localPort, remotePort].map(
      port => `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`,
    )
    const rows = readFileSync('/proc/net/tcp', 'latin1').split('\n')
    const row = rows.map(line => line.trim().split(/\s+/)).find(([, from, to]) => from === local && to === remote)
    const [timer, hundredths] = row?.[5]?.split(':') ?? []
    expect(timer).toBeDefined()
    return timer === '02'
      ? { keepAlive: true, seconds: Number.parseInt(hundredths ?? '', 16) / 100 }
      : { keepAlive: false }
  }
})

describe('a Channel of tcp()', () => {
  const endpoint = { host: '127.0.0.1', family: 0, tls: false, noDelay: true, keepAlive: false, timeout: 1500 } as const
  const open = ({ port }: Peer): Promise<Channel> =>
    new Promise(resolve => tcp()({ ...endpoint, port, scheduler: asyncScheduler }).subscribe(resolve))

  it('loses nothing when it is left and resumed after every chunk', async () => {
    const sent = Buffer.alloc(2_000_000, 'abcdefghijklmnopqrstuvwxyz ')
    await using listener = await peer(socket => socket.end(sent))
    const { incoming } = await open(listener)
    const enough = scan((count: number, chunk: Buffer) => count + chunk.length, 0)
    const received: Buffer[] = []
    await course(
      incoming.pipe(
        take(1),
        repeat({ delay: 1 }),
        tap(chunk => received.push(chunk)),
        enough,
        takeWhile(count => count < sent.length),
      ),
    )
    expect(Buffer.concat(received).equals(sent)).toBe(true)
  })

  it('is not read before it is subscribed to', async () => {
    const [chunk, most] = [Buffer.alloc(1_000_000), 100_000_000]
    let taken = 0
    const push = (socket: Socket): void => {
      socket.write(chunk, () => {
        taken += chunk.length
        if (taken < most) push(socket)
      })
    }
    await using listener = await peer(push)
    await open(listener)
    await sleep(300)
    expect(taken).toBeLessThan(most)
  })
})
