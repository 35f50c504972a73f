import {
  concat,
  count,
  EMPTY,
  lastValueFrom,
  NEVER,
  of,
  repeat,
  type SchedulerLike,
  Subject,
  startWith,
  throwError,
  toArray,
} from 'rxjs'
import { describe, expect, it } from 'vitest'
import { byteSource, tryReceive } from '../../src/connection/index.js'
import { text } from '../../src/testing/index.js'
import { endless, eventsOf } from './events.js'

const MANY = 100_000
const bytes = (string: string) => Buffer.from(string)

describe('tryReceive(n)', () => {
  it('emits the first bytes and completes, at once where they come at once', () => {
    expect(eventsOf(of(bytes(''), bytes('ab'), bytes('c')).pipe(tryReceive(4), text)).events).toEqual([
      'ab',
      'complete',
    ])
    expect(eventsOf(of(bytes('abc')).pipe(tryReceive(2), text)).events).toEqual(['ab', 'complete'])
  })

  it('completes empty when its source does, and fails as it does', () => {
    expect(eventsOf(EMPTY.pipe(tryReceive(4))).events).toEqual(['complete'])
    expect(eventsOf(throwError(() => new Error('of the source')).pipe(tryReceive(4))).events).toEqual([
      'Error: of the source',
    ])
  })

  it('leaves its source when unsubscribed, and when it has what it wants', () => {
    const source = new Subject<Buffer>()
    eventsOf(source.pipe(tryReceive(2))).subscription.unsubscribe()
    expect(source.observed).toBe(false)
    eventsOf(source.pipe(tryReceive(2)))
    source.next(bytes('a'))
    expect(source.observed).toBe(false)
    const letters = endless(bytes('a'))
    expect(eventsOf(letters.source.pipe(tryReceive(2), text)).events).toEqual(['a', 'complete'])
    expect(letters.emitted).toBe(1)
  })

  it('emits once, whatever its subscriber causes to come', () => {
    const source = new Subject<Buffer>()
    const events: string[] = []
    source.pipe(tryReceive(2), text).subscribe(slice => {
      events.push(slice)
      source.next(bytes('cd'))
    })
    source.next(bytes('ab'))
    expect(events).toEqual(['ab'])
  })

  it('may be repeated 100,000 times over one chunk', async () => {
    const source = byteSource(NEVER.pipe(startWith(Buffer.alloc(MANY))))
    expect(await lastValueFrom(source.pipe(tryReceive(1), repeat(MANY), count()))).toBe(MANY)
  })

  it('emits a view', () => {
    const chunk = bytes('abcdef')
    const [slice] = eventsOf(of(chunk).pipe(tryReceive(3))).events
    expect(slice).toMatchObject({ buffer: chunk.buffer, byteOffset: chunk.byteOffset })
  })

  it('takes a positive integer, and says so at the call', () => {
    expect(() => tryReceive(1, { scheduler: {} as SchedulerLike })).toThrow('scheduler must be a SchedulerLike')
    expect(() => tryReceive(0)).toThrow('length must be a positive integer; got 0')
    expect(() => tryReceive(2, { timeout: Number.NaN })).toThrow('timeout must be a positive number of ms')
  })

  it('gives the surplus back before the next reader', async () => {
    const source = byteSource(concat(of(bytes('abcde')), NEVER))
    const two = source.pipe(tryReceive(2), text)
    expect(await lastValueFrom(concat(two, two, two).pipe(toArray()))).toEqual(['ab', 'cd', 'e'])
  })
})
