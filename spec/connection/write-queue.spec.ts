import { concatMap, from, map, of, range, tap } from 'rxjs'
import { describe, expect, it, vi } from 'vitest'
import { BacklogError, ClosedError, ConnectionError, receive, SendTimeoutError } from '../../src/connection/index.js'
import { arrivals, course, pair, sleep } from './peer.js'

/** More than the kernel takes of a peer that does not read. */
const big = 50_000_000
const never = Number.POSITIVE_INFINITY

describe('`send.next(bytes)`', () => {
  it('keeps order, whatever the sizes, with what is written beside it', async () => {
    await using both = await pair()
    const { connection, socket } = both
    const arrived = arrivals(socket)
    const sizes = [1, 4096, 4097, 100_000, 3_000_000, 1, 1, 5000, 2]
    const messages = sizes.map((size, index) => Buffer.alloc(size, `${index}`))
    messages.forEach((message, index) => {
      if (index % 3 === 2) connection.write(message).subscribe()
      else connection.send.next(message)
    })
    connection.send.complete()
    await both.halfClosed
    expect(Buffer.concat(arrived).equals(Buffer.concat(messages))).toBe(true)
  })

  it('never blocks, and holds what the peer does not read', async () => {
    await using both = await pair({ timeout: never, maxQueuedBytes: 2 * big })
    both.connection.send.next(Buffer.alloc(big))
    both.connection.send.next(Buffer.alloc(big))
    await sleep(20)
    expect(both.connection.queuedBytes).toBe(2 * big)
    expect(both.connection.closed).toBe(false)
  })

  it.each<[string, unknown, RegExp]>([
    ['not bytes', 'text', /expected bytes .* got the string "text"/],
    ['no bytes', Buffer.alloc(0), /1 to 1000 bytes \(maxMessageBytes\); this has 0/],
    ['more than maxMessageBytes', Buffer.alloc(1001), /this has 1001/],
  ])('%s fail the connection with ArgumentError', async (_name, message, says) => {
    await using both = await pair({ maxMessageBytes: 1000 })
    const reading = course(both.connection)
    expect(() => both.connection.send.next(message as Buffer)).not.toThrow()
    const { error } = await both.ended
    expect(error).toMatchObject({ name: 'ArgumentError', message: expect.stringMatching(says) })
    expect((await reading).error).toBe(error)
  })

  it('a backlog above maxQueuedBytes fails the connection with BacklogError', async () => {
    await using both = await pair({ maxMessageBytes: 20_000_000, maxQueuedBytes: 25_000_000 })
    const { connection, ended } = both
    const message = Buffer.alloc(20_000_000)
    const writing = course(connection.write(message))
    expect(() => connection.send.next(message)).not.toThrow()
    const { error } = await ended
    expect(error).toBeInstanceOf(BacklogError)
    expect(error).toMatchObject({ outcome: 'unsent' })
    expect((error as Error).message).toContain('20000000 bytes wait to be written')
    expect((error as Error).message).toContain('20000000 more would exceed maxQueuedBytes (25000000)')
    // That write was under way: of it nobody knows.
    expect((await writing).error).toMatchObject({ name: 'ConnectionError', outcome: 'unknown' })
  })

  it('what the peer does not take within `timeout` fails the connection with SendTimeoutError', async () => {
    await using both = await pair({ timeout: 50 })
    both.connection.send.next(Buffer.alloc(big))
    const { error } = await both.ended
    expect(error).toBeInstanceOf(SendTimeoutError)
    expect(error).toMatchObject({ started: true, outcome: 'unknown', retriable: true })
    expect((error as Error).message).toContain('not taken within 50 ms')
  })

  it('what gathers while a write is under way goes out as one, not as a write a message', async () => {
    await using both = await pair()
    const { connection, socket } = both
    const sizes: number[] = []
    socket.on('data', chunk => sizes.push(chunk.length))
    range(10_000).subscribe(() => connection.send.next(Buffer.alloc(100)))
    connection.send.complete()
    await both.halfClosed
    expect(sizes.reduce((sum, size) => sum + size)).toBe(1_000_000)
    expect(sizes.length).toBeLessThan(100)
  })
})

describe('`send.complete()` / `send.error(e)`', () => {
  it('complete flushes, then sends FIN; reading goes on', async () => {
    await using both = await pair()
    const { connection, socket } = both
    const arrived = arrivals(socket)
    connection.send.next(Buffer.alloc(5_000_000))
    connection.send.complete()
    await both.halfClosed
    expect(Buffer.concat(arrived)).toHaveLength(5_000_000)
    expect(connection.closed).toBe(false)
    const reading = course(connection.pipe(receive(4), map(String)))
    socket.end('late')
    expect(await reading).toEqual({ values: ['late'] })
    expect(await both.ended).toEqual({ values: [connection] })
  })

  it('so `source.subscribe(connection.send)` half-closes when source completes', async () => {
    await using both = await pair()
    const arrived = arrivals(both.socket)
    from(['one ', 'two']).pipe(map(Buffer.from)).subscribe(both.connection.send)
    await both.halfClosed
    expect(String(Buffer.concat(arrived))).toBe('one two')
  })

  it('error destroys, with the error as the cause, and drops what was queued', async () => {
    await using both = await pair()
    const mistake = new Error('no more')
    const reading = course(both.connection)
    both.connection.send.error(mistake)
    const { error } = await both.ended
    expect(error).toBeInstanceOf(ConnectionError)
    expect(error).toMatchObject({ cause: mistake, message: expect.stringContaining('no more') })
    expect((await reading).error).toBe(error)
    expect(both.connection.closed).toBe(true)
  })
})

describe('`send.next` after the end', () => {
  it('is ignored after send.complete(), after close() and after a failure', async () => {
    for (const end of ['complete', 'close', 'fail'] as const) {
      await using both = await pair()
      const { connection, socket } = both
      const arrived = arrivals(socket)
      if (end === 'complete') connection.send.complete()
      else if (end === 'close') connection.close()
      else connection.send.error(new Error('enough'))
      expect(() => connection.send.next(Buffer.from('late'))).not.toThrow()
      expect(connection.queuedBytes).toBe(0)
      await sleep(10)
      expect(arrived).toEqual([])
    }
  })

  it('`write()` errors with ClosedError, unsent', async () => {
    await using both = await pair()
    const { connection } = both
    const cold = connection.write(Buffer.from('late'))
    connection.send.complete()
    const half = (await course(cold)).error
    expect(half).toBeInstanceOf(ClosedError)
    expect(half).toMatchObject({ outcome: 'unsent', message: expect.stringContaining('send has completed') })
    connection.close()
    expect((await course(cold)).error).toMatchObject({ name: 'ClosedError', outcome: 'unsent' })
  })
})

describe('`write(bytes)`', () => {
  it('is cold, and emits the byte count when the kernel has taken them', async () => {
    await using both = await pair()
    const arrived = arrivals(both.socket)
    const writing = both.connection.write([Buffer.from('in '), Buffer.alloc(0), Buffer.from('parts')])
    await sleep(10)
    expect(both.connection.queuedBytes).toBe(0)
    expect(await course(writing)).toEqual({ values: [8] })
    expect(await course(writing)).toEqual({ values: [8] })
    await vi.waitFor(() => expect(String(Buffer.concat(arrived))).toBe('in partsin parts'))
  })

  it('takes a message of very many parts', async () => {
    await using both = await pair()
    const arrived = arrivals(both.socket)
    const parts = Array.from({ length: 300_000 }, (_, index) => Buffer.from(String(index % 10)))
    expect(await course(both.connection.write(parts))).toEqual({ values: [300_000] })
    both.connection.send.complete()
    await both.halfClosed
    expect(Buffer.concat(arrived).equals(Buffer.concat(parts))).toBe(true)
  })

  it('checks its arguments at the call', async () => {
    await using both = await pair({ maxMessageBytes: 10 })
    const { connection } = both
    expect(() => connection.write('text' as never)).toThrow(/expected bytes/)
    expect(() => connection.write([Buffer.from('a'), 'b' as never])).toThrow(/expected bytes/)
    expect(() => connection.write([])).toThrow(/1 to 10 bytes/)
    expect(() => connection.write([Buffer.alloc(6), Buffer.alloc(5)])).toThrow(/this has 11/)
    expect(() => connection.write(Buffer.alloc(1), { timeout: 0 })).toThrow(/timeout/)
    expect(connection.closed).toBe(false)
  })

  it('unsubscribed while queued: withdrawn whole, the connection lives', async () => {
    await using both = await pair()
    const { connection, socket } = both
    const first = course(connection.write(Buffer.alloc(big, 'a')))
    connection.write(Buffer.from('withdrawn')).subscribe().unsubscribe()
    connection.send.next(Buffer.from('last'))
    connection.send.complete()
    const arrived = arrivals(socket)
    await both.halfClosed
    const bytes = Buffer.concat(arrived)
    expect(bytes).toHaveLength(big + 4)
    expect(String(bytes.subarray(big))).toBe('last')
    expect(await first).toEqual({ values: [big] })
  })

  it('timed out while queued: SendTimeoutError { started: false }, unsent, the connection lives', async () => {
    await using both = await pair({ timeout: 10_000 })
    const { connection, socket } = both
    connection.send.next(Buffer.alloc(big))
    const { error } = await course(connection.write(Buffer.from('withdrawn'), { timeout: 30 }))
    expect(error).toBeInstanceOf(SendTimeoutError)
    expect(error).toMatchObject({ started: false, outcome: 'unsent', message: expect.stringContaining('within 30 ms') })
    expect(connection.closed).toBe(false)
    expect(connection.queuedBytes).toBe(big)
    const arrived = arrivals(socket)
    expect(await course(connection.write(Buffer.from('last')))).toEqual({ values: [4] })
    await vi.waitFor(() => expect(String(Buffer.concat(arrived).subarray(big))).toBe('last'))
  })

  it('timed out once started: SendTimeoutError { started: true }, and the connection fails', async () => {
    await using both = await pair({ timeout: 10_000 })
    const { connection } = both
    const begun = course(connection.write(Buffer.alloc(big), { timeout: 30 }))
    const queued = course(connection.write(Buffer.from('queued behind it')))
    const { error } = await both.ended
    expect(error).toBeInstanceOf(SendTimeoutError)
    expect(error).toMatchObject({ started: true, outcome: 'unknown', message: expect.stringContaining('within 30 ms') })
    expect(await begun).toEqual({ values: [], error })
    expect((await queued).error).toMatchObject({ name: 'ConnectionError', outcome: 'unsent', cause: error })
  })

  it('a begun write that is unsubscribed still goes out whole', async () => {
    await using both = await pair()
    const { connection, socket } = both
    connection.write(Buffer.alloc(big)).subscribe().unsubscribe()
    connection.send.complete()
    const arrived = arrivals(socket)
    await both.halfClosed
    expect(Buffer.concat(arrived)).toHaveLength(big)
  })

  it('fails alone with BacklogError, unsent, where it would take the backlog over maxQueuedBytes', async () => {
    await using both = await pair({ maxMessageBytes: 20_000_000, maxQueuedBytes: 25_000_000 })
    const { connection, socket } = both
    const message = Buffer.alloc(20_000_000)
    const first = course(connection.write(message))
    const { error } = await course(connection.write(message))
    expect(error).toBeInstanceOf(BacklogError)
    expect(error).toMatchObject({ outcome: 'unsent' })
    expect(connection.closed).toBe(false)
    socket.resume()
    expect(await first).toEqual({ values: [20_000_000] })
    expect(await course(connection.write(message))).toEqual({ values: [20_000_000] })
  })

  it('concatMap of writes reads its source no faster than the peer reads', async () => {
    await using both = await pair({ timeout: never })
    const { connection, socket } = both
    let written = 0
    const writing = course(
      range(100).pipe(
        concatMap(() => connection.write(Buffer.alloc(1_000_000))),
        tap(length => (written += length)),
      ),
    )
    await sleep(100)
    expect(written).toBeLessThan(50_000_000)
    expect(connection.queuedBytes).toBe(1_000_000)
    socket.resume()
    expect((await writing).values).toHaveLength(100)
  })

  it('a callback may write, and its write is in order', async () => {
    await using both = await pair()
    const { connection, socket } = both
    const arrived = arrivals(socket)
    const inner = of('b', 'c').pipe(concatMap(letter => connection.write(Buffer.from(letter))))
    await course(connection.write(Buffer.from('a')).pipe(concatMap(() => inner)))
    await vi.waitFor(() => expect(String(Buffer.concat(arrived))).toBe('abc'))
  })
})
