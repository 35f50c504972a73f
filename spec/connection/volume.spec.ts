import {
  count,
  EMPTY,
  map,
  merge,
  mergeMap,
  type Observable,
  of,
  range,
  repeat,
  Subject,
  shareReplay,
  take,
} from 'rxjs'
import { describe, expect, it } from 'vitest'
import { type Connection, connect, decodeFrames, encodeFrames, pullMap, receive } from '../../src/connection/index.js'
import { course, frame, hasRead, pair, peer } from './peer.js'

const many = 100_000

/**
 * Runs it for a tenth of `many`, then for `many`: what takes 25 times as long is not linear. A machine that was busy
 * with something else gets another chance.
 */
async function scales(run: (n: number) => Promise<unknown>): Promise<void> {
  const took = async (n: number): Promise<number> => {
    const start = performance.now()
    await run(n)
    return performance.now() - start
  }
  await run(100)
  const ratios: number[] = []
  do {
    const tenth = await took(many / 10)
    ratios.push((await took(many)) / Math.max(tenth, 20))
  } while (Math.min(...ratios) > 25 && ratios.length < 3)
  expect(Math.min(...ratios)).toBeLessThan(25)
}

/** Reads from a peer that sends `bytes` and closes. */
async function reading<T>(bytes: Buffer, read: (connection: Connection) => Observable<T>): Promise<T[]> {
  await using listener = await peer(socket => socket.end(bytes))
  const { values, error } = await course(connect({ ...listener, timeout: 30_000 }, read))
  expect(error).toBeUndefined()
  return values
}

/** Reads from a peer that echoes. */
async function echoing<T>(use: (connection: Connection) => Observable<T>): Promise<T[]> {
  await using listener = await peer(socket => socket.pipe(socket))
  const { values, error } = await course(connect({ ...listener, timeout: 30_000 }, use))
  expect(error).toBeUndefined()
  return values
}

/** Subscribes to all at once and counts what they emit. By hand: mergeMap is quadratic in those that run together. */
function allOf(n: number, make: () => Observable<unknown>): Observable<number> {
  const emitted = new Subject<void>()
  const counted = emitted.pipe(take(n), count(), shareReplay())
  counted.subscribe()
  for (let index = 0; index < n; index++) make().subscribe({ next: () => emitted.next(), error: () => {} })
  return counted
}

describe('neither overflows the stack nor slows down quadratically:', () => {
  it('100,000 slices in one chunk', async () => {
    await scales(async n => {
      expect(await reading(Buffer.alloc(n), connection => connection.pipe(receive(1), count()))).toEqual([n])
    })
    await using both = await pair()
    both.connection.unread(Buffer.alloc(many))
    both.socket.end()
    expect(await course(both.connection.pipe(receive(1), count()))).toEqual({ values: [many] })
  })

  it('100,000 frames in one chunk', async () => {
    const one = frame('')
    await scales(async n => {
      const frames = Buffer.alloc(n * one.length)
      expect(await reading(frames, connection => connection.pipe(decodeFrames(), count()))).toEqual([n])
    })
  })

  it('100,000 synchronous sends', async () => {
    await scales(async n => {
      const echoed = (connection: Connection) => {
        const sending = range(n).pipe(
          mergeMap(() => {
            connection.send.next(Buffer.from('x'))
            return EMPTY
          }),
        )
        return merge(connection.pipe(receive(1), take(n), count()), sending)
      }
      expect(await echoing(echoed)).toEqual([n])
    })
  })

  it('100,000 writes at once', async () => {
    await scales(async n => {
      const written = (connection: Connection) => {
        allOf(n, () => connection.write(Buffer.from('x')))
        return connection.pipe(receive(1), take(n), count())
      }
      expect(await echoing(written)).toEqual([n])
    })
  })

  it('100,000 writes withdrawn', async () => {
    await scales(async n => {
      await using both = await pair({ timeout: 30_000 })
      both.connection.send.next(Buffer.alloc(20_000_000))
      const subscriptions = Array.from({ length: n }, () => both.connection.write(Buffer.from('x')).subscribe())
      for (const subscription of subscriptions) subscription.unsubscribe()
      expect(both.connection.queuedBytes).toBe(20_000_000)
    })
  })

  it('100,000 times take(1), repeat()', async () => {
    await scales(async n => {
      const read = (connection: Connection) => connection.pipe(receive(1), take(1), repeat(n), count())
      expect(await reading(Buffer.alloc(n), read)).toEqual([n])
    })
  })

  it('100,000 times take(1), repeat() of a frame', async () => {
    await scales(async n => {
      const read = (connection: Connection) => connection.pipe(decodeFrames(), take(1), repeat(n), count())
      expect(await reading(Buffer.alloc(4 * n), read)).toEqual([n])
    })
  })

  it('100,000 readers that wait their turn, and leave when it comes', async () => {
    await scales(async n => {
      await using both = await pair()
      const readers = Array.from({ length: n }, () => both.connection.subscribe())
      const last = course(both.connection.pipe(receive(4), take(1), map(String)))
      for (const reader of readers) reader.unsubscribe()
      both.socket.end('last')
      expect(await last).toEqual({ values: ['last'] })
    })
  })

  it('100,000 frames through pullMap over synchronous inners', async () => {
    await scales(async n => {
      const read = (connection: Connection) =>
        connection.pipe(
          decodeFrames(),
          pullMap(body => of(body)),
          count(),
        )
      expect(await reading(Buffer.alloc(4 * n), read)).toEqual([n])
    })
  })

  it('100,000 bodies through encodeFrames, and back', async () => {
    await scales(async n => {
      const echoed = (connection: Connection) => {
        range(n)
          .pipe(
            mergeMap(() => of(Buffer.from('body'))),
            encodeFrames(),
          )
          .subscribe(bytes => connection.send.next(bytes))
        return connection.pipe(decodeFrames(), take(n), count())
      }
      expect(await echoing(echoed)).toEqual([n])
    })
  })

  it('100,000 single bytes given back', async () => {
    await scales(async n => {
      await using both = await pair()
      both.socket.end('end')
      await hasRead(both.connection, 3)
      for (let index = 0; index < n; index++) both.connection.unread(Buffer.from('x'))
      expect(await course(both.connection.pipe(receive(1), count()))).toEqual({ values: [n + 3] })
    })
  })
})
