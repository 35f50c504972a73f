import { concat, count, lastValueFrom, map, NEVER, Observable, of, repeat, Subject, startWith, take, tap } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { byteSource, ClosedError, receive } from '../../src/connection/index.js'
import { text } from '../../src/testing/index.js'
import { endless, eventsOf } from './events.js'

const MANY = 100_000
const bytes = (string: string) => Buffer.from(string)
const holding = (string: string) => byteSource(concat(of(bytes(string)), NEVER))
/** When all that could be done at once has been. */
const settled = () => new Promise(resolve => setImmediate(resolve))

describe('byteSource', () => {
  it('reads nothing until somebody does, and then one turn later', async () => {
    const source = new Subject<Buffer>()
    const reader = byteSource(source)
    expect(source.observed).toBe(false)
    const { subscription } = eventsOf(reader)
    expect(source.observed).toBe(false)
    await settled()
    expect(source.observed).toBe(true)
    subscription.unsubscribe()
    expect(source.observed).toBe(false)
  })

  it('completes its reader when the source does, and every later one gets ClosedError', async () => {
    const source = byteSource(of(bytes('a'), bytes('b')))
    const [first, waiting] = [eventsOf(source.pipe(text)), eventsOf(source.pipe(text))]
    await settled()
    expect([first.events, waiting.events]).toEqual([['a', 'b', 'complete'], ['complete']])
    const later = eventsOf(source)
    expect(later.events).toEqual([])
    await settled()
    expect(later.events).toEqual([String(new ClosedError('nothing more can be read: the peer has closed'))])
  })

  it('fails its readers when the source does', async () => {
    const source = new Subject<Buffer>()
    const reader = byteSource(source)
    const both = [eventsOf(reader), eventsOf(reader.pipe(receive(4)))]
    await settled()
    source.error(new Error('of the source'))
    expect(both.map(({ events }) => events)).toEqual([['Error: of the source'], ['Error: of the source']])
  })

  it('fails when the source emits what is not bytes', async () => {
    const { events } = eventsOf(byteSource(concat(of('abc' as unknown as Uint8Array), NEVER)))
    await settled()
    expect(events).toEqual(['ArgumentError: expected bytes (a Uint8Array or Buffer); got the string "abc"'])
  })

  it('leaves an endless synchronous source at once', async () => {
    const letters = endless(bytes('a'))
    const { events } = eventsOf(byteSource(letters.source).pipe(receive(1), take(3), text))
    await settled()
    expect(events).toEqual(['a', 'a', 'a', 'complete'])
    expect(letters.emitted).toBe(3)
  })

  it('lets a reader be subscribed, left and given back to from inside `next`', async () => {
    const source = holding('abcdef')
    const events: string[] = []
    const outer = source.pipe(receive(2), text).subscribe(slice => {
      events.push(slice)
      source.pipe(receive(1), take(1), text).subscribe(letter => {
        events.push(letter)
        source.unread(bytes('!'))
        source.pipe(text).subscribe(rest => events.push(rest))
      })
      outer.unsubscribe()
    })
    await settled()
    expect(events).toEqual(['ab', 'c', '!', 'def'])
  })

  it('gives what a source emits from inside `next` after what it emitted before', async () => {
    const source = new Subject<Buffer>()
    const { events } = eventsOf(
      byteSource(source).pipe(
        text,
        tap(chunk => {
          if (chunk === 'a') for (const next of 'bc') source.next(bytes(next))
          if (chunk === 'b') source.complete()
        }),
      ),
    )
    await settled()
    source.next(bytes('a'))
    expect(events).toEqual(['a', 'b', 'c', 'complete'])
  })

  it('keeps what a reader leaves in whose `next` the source completes', async () => {
    const source = new Subject<Buffer>()
    const reader = byteSource(source)
    const first = reader.pipe(
      receive(2),
      tap(() => source.complete()),
      take(1),
    )
    const { events } = eventsOf(concat(first, reader).pipe(text))
    await settled()
    source.next(bytes('abcd'))
    await settled()
    expect(events).toEqual(['ab', 'cd', 'complete'])
  })

  it('serves 100,000 repeated reads of one chunk', async () => {
    const source = byteSource(NEVER.pipe(startWith(Buffer.alloc(MANY))))
    expect(await lastValueFrom(source.pipe(receive(1), take(1), repeat(MANY), count()))).toBe(MANY)
  })

  it('serves 100,000 readers who wait, in order', async () => {
    const source = byteSource(NEVER.pipe(startWith(Buffer.alloc(MANY))))
    const order: number[] = []
    for (let n = 0; n < MANY; n++) source.pipe(receive(1), take(1)).subscribe(() => order.push(n))
    await settled()
    expect(order).toHaveLength(MANY)
    expect(order.every((n, index) => n === index)).toBe(true)
  })

  it('takes 100,000 bytes back, the last first', async () => {
    const source = byteSource(NEVER)
    for (let n = MANY; n-- > 0; ) source.unread(Buffer.alloc(1, n))
    const all = await lastValueFrom(source.pipe(receive(MANY), take(1)))
    expect(all.equals(Uint8Array.from({ length: MANY }, (_, n) => n))).toBe(true)
  })

  it('lets those who wait leave, in time that grows with their number alone', () => {
    const leaving = (count: number) => {
      const source = byteSource(NEVER)
      const waiting = Array.from({ length: count }, () => source.subscribe())
      const before = process.cpuUsage()
      for (const subscription of waiting) subscription.unsubscribe()
      expect(waiting.some(subscription => source.isWaiting(subscription))).toBe(false)
      return Math.max(process.cpuUsage(before).user / 1000, 5)
    }
    // 16 times as many; 256 times as long, were it to grow with the square.
    expect(leaving(160_000) / leaving(10_000)).toBeLessThan(64)
  })

  it('is made of nothing but an Observable', () => {
    expect(() => byteSource(undefined as unknown as Observable<Buffer>)).toThrow(
      'byteSource reads an Observable; got undefined',
    )
  })

  it('takes back nothing but bytes', () => {
    expect(() => holding('').unread('abc' as unknown as Uint8Array)).toThrow('expected bytes (a Uint8Array or Buffer)')
  })

  it('is an Observable, and what is piped from it an ordinary one', () => {
    const source = holding('')
    expect(source).toBeInstanceOf(Observable)
    expect(source.pipe(map(chunk => chunk))).not.toHaveProperty('unread')
  })
})
