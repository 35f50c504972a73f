import { map, merge, mergeMap } from 'rxjs'
import { describe, expect, it, vi } from 'vitest'
import { ClosedError, type Connection, ConnectionError, connect, receive } from '../../src/connection/index.js'
import { type Course, course, pair, peer, sleep } from './peer.js'
import { unhandledErrors } from './unhandled.js'

const big = 50_000_000

unhandledErrors()

describe('unsubscribe from `connect()`, or `close()`', () => {
  /** Two readers and two writers that have nothing to do but wait. */
  const pending = (connection: Connection): Promise<Course<unknown>>[] => [
    course(connection),
    course(connection.pipe(receive(4))),
    course(connection.write(Buffer.alloc(big))),
    course(connection.write(Buffer.from('queued'))),
  ]
  const errors = async (courses: Promise<Course<unknown>>[]) => (await Promise.all(courses)).map(({ error }) => error)

  it('`close()` ends pending readers and writers with ClosedError, and `connect()` completes', async () => {
    await using both = await pair()
    const courses = pending(both.connection)
    await sleep(10)
    both.connection.close()
    expect(both.connection.closed).toBe(true)
    const [reader, waiting, begun, queued] = await errors(courses)
    for (const error of [reader, waiting, begun, queued]) expect(error).toBeInstanceOf(ClosedError)
    expect((reader as Error).message).toContain('was closed here')
    expect(begun).toMatchObject({ outcome: 'unknown' })
    expect(queued).toMatchObject({ outcome: 'unsent' })
    expect(await both.ended).toEqual({ values: [both.connection] })
  })

  it('unsubscribing ends them likewise', async () => {
    await using listener = await peer()
    const opened = new Promise<Promise<Course<unknown>>[]>(resolve => {
      const subscription = connect(listener).subscribe(connection => {
        resolve(pending(connection))
        setTimeout(() => subscription.unsubscribe(), 10)
      })
    })
    for (const error of await errors(await opened)) expect(error).toBeInstanceOf(ClosedError)
  })

  it('destroys the socket at once, and again is nothing', async () => {
    await using both = await pair()
    both.socket.resume()
    const gone = new Promise(resolve => both.socket.once('end', resolve))
    both.connection.close()
    both.connection.close()
    await gone
    expect((await course(both.connection)).error).toBeInstanceOf(ClosedError)
  })

  it('drops what was held: `close()` means at once', async () => {
    await using both = await pair()
    both.socket.end('unread')
    await both.ended
    both.connection.close()
    const { values, error } = await course(both.connection)
    expect(values).toEqual([])
    expect(error).toBeInstanceOf(ClosedError)
  })

  const acts: [string, (connection: Connection) => void, unknown?][] = [
    ['close()', connection => connection.close(), ClosedError],
    ['send.error()', connection => connection.send.error(new Error('from inside')), ConnectionError],
    ['send.complete()', connection => connection.send.complete()],
    ['a read', connection => connection.subscribe({ error: () => {} })],
    ['a write', connection => connection.write(Buffer.from('x')).subscribe({ error: () => {} })],
  ]
  it.each(acts)('%s from inside `next` is allowed', async (_name, act, end) => {
    await using both = await pair()
    const values: string[] = []
    const error = await new Promise(resolve => {
      both.connection.pipe(receive(1), map(String)).subscribe({
        next: value => {
          if (values.push(value) === 1) act(both.connection)
        },
        error: resolve,
        complete: () => resolve(undefined),
      })
      both.socket.end('1234')
    })
    expect(values).toEqual(end === undefined ? ['1', '2', '3', '4'] : ['1'])
    if (end !== undefined) expect(error).toBeInstanceOf(end)
    else expect(error).toBeUndefined()
  })

  it('unsubscribing from inside `next` leaves the rest to the next reader', async () => {
    await using both = await pair()
    const seen: string[] = []
    const reader = both.connection.pipe(receive(2), map(String)).subscribe(slice => {
      seen.push(slice)
      reader.unsubscribe()
    })
    both.socket.end('abcdef')
    await vi.waitFor(() => expect(seen).toEqual(['ab']))
    expect(await course(both.connection.pipe(receive(2), map(String)))).toEqual({ values: ['cd', 'ef'] })
  })

  it('unsubscribing from `connect()` inside a reader of its own ends everything', async () => {
    await using listener = await peer(socket => socket.write('abcd'))
    const seen: string[] = []
    let connection: Connection | undefined
    const subscription = connect(listener)
      .pipe(
        mergeMap(opened => {
          connection = opened
          return merge(opened.pipe(receive(1)), opened.write(Buffer.alloc(big)))
        }),
      )
      .subscribe(value => {
        seen.push(String(value))
        subscription.unsubscribe()
      })
    await vi.waitFor(() => expect(connection?.closed).toBe(true))
    expect(seen).toEqual(['a'])
  })
})
