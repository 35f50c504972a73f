import {
  concat,
  count,
  EMPTY,
  lastValueFrom,
  map,
  NEVER,
  of,
  repeat,
  type SchedulerLike,
  Subject,
  startWith,
  take,
  throwError,
} from 'rxjs'
import { describe, expect, it } from 'vitest'
import { byteSource, type EndOfStreamError, type NextLength, receive } from '../../src/connection/index.js'
import { text } from '../../src/testing/index.js'
import { endless, eventsOf } from './events.js'

const MANY = 100_000
const bytes = (string: string) => Buffer.from(string)

describe('receive(n)', () => {
  it('is synchronous over a synchronous source', () => {
    const source = of(bytes('ab'), bytes('cdefgh'), bytes(''), bytes('i'))
    expect(eventsOf(source.pipe(receive(3), text)).events).toEqual(['abc', 'def', 'ghi', 'complete'])
  })

  it('fails as its source does', () => {
    const source = concat(
      of(bytes('abcde')),
      throwError(() => new Error('of the source')),
    )
    expect(eventsOf(source.pipe(receive(4), text)).events).toEqual(['abcd', 'Error: of the source'])
  })

  it('leaves its source when unsubscribed', () => {
    const source = new Subject<Buffer>()
    const { events, subscription } = eventsOf(source.pipe(receive(2), text))
    source.next(bytes('abc'))
    subscription.unsubscribe()
    expect(source.observed).toBe(false)
    expect(events).toEqual(['ab'])
  })

  it('leaves an endless synchronous source at once', () => {
    const letters = endless(bytes('a'))
    expect(eventsOf(letters.source.pipe(receive(2), take(3), text)).events).toEqual(['aa', 'aa', 'aa', 'complete'])
    expect(letters.emitted).toBe(6)
  })

  it('keeps in order what its subscriber causes to come', () => {
    const source = new Subject<Buffer>()
    const { events } = eventsOf(
      source.pipe(
        receive(2),
        text,
        map(slice => {
          if (slice === 'ab') source.next(bytes('efg'))
          if (slice === 'ef') source.complete()
          return slice
        }),
      ),
    )
    source.next(bytes('abcd'))
    const error = 'EndOfStreamError: closed 1 bytes into a 2-byte read'
    expect(events).toEqual(['ab', 'cd', 'ef', error])
  })

  it('cuts 100,000 slices out of one chunk', () => {
    let slices = 0
    of(Buffer.alloc(4 * MANY))
      .pipe(receive(4))
      .subscribe(() => slices++)
    expect(slices).toBe(MANY)
  })

  it('joins a slice from 100,000 chunks of a byte', () => {
    const source = new Subject<Buffer>()
    const { events } = eventsOf(source.pipe(receive(MANY)))
    for (let n = 0; n < MANY; n++) source.next(Buffer.alloc(1, n))
    expect(events).toEqual([Buffer.from(Uint8Array.from({ length: MANY }, (_, n) => n))])
  })

  it('may be repeated 100,000 times over one chunk', async () => {
    const source = byteSource(NEVER.pipe(startWith(Buffer.alloc(MANY))))
    const slices = source.pipe(receive(1), take(1), repeat(MANY), count())
    expect(await lastValueFrom(slices)).toBe(MANY)
  })

  it('emits views of one chunk, and of chunks that lie side by side in memory', () => {
    const memory = Buffer.from('abcdefgh')
    const { events } = eventsOf(of(memory.subarray(0, 3), memory.subarray(3)).pipe(receive(4)))
    for (const [index, slice] of events.slice(0, 2).entries()) {
      expect(slice).toMatchObject({ buffer: memory.buffer, byteOffset: memory.byteOffset + 4 * index, length: 4 })
    }
  })

  it('takes any Uint8Array, and emits Buffers', () => {
    const { events } = eventsOf(of(new Uint8Array([1, 2]), new Uint8Array([3])).pipe(receive(3)))
    expect(events).toEqual([Buffer.from([1, 2, 3]), 'complete'])
  })

  it('fails when its source emits what is not bytes', () => {
    const { events } = eventsOf(of('abc' as unknown as Uint8Array).pipe(receive(1)))
    expect(events).toEqual(['ArgumentError: expected bytes (a Uint8Array or Buffer); got the string "abc"'])
  })

  it('tells in its error how much had come, of how much, and has it', () => {
    let error: EndOfStreamError | undefined
    of(bytes('abcdef'))
      .pipe(receive(4))
      .subscribe({
        error: told => {
          error = told
        },
      })
    expect(error).toMatchObject({ code: 'END_OF_STREAM', had: 2, wanted: 4, part: bytes('ef') })
    expect(Object.keys(error ?? {})).not.toContain('part')
  })

  it('takes a positive integer, and says so at the call', () => {
    for (const length of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '4', undefined] as number[]) {
      expect(() => receive(length)).toThrow('length must be a positive integer; got ')
    }
    expect(() => receive(1, { scheduler: {} as SchedulerLike })).toThrow('scheduler must be a SchedulerLike')
    expect(() => receive(1, { timeout: 0 })).toThrow(
      'timeout must be a positive number of ms, or Infinity for none; got 0',
    )
  })
})

describe('receive(previous => n)', () => {
  const events = (length: NextLength, chunk = 'abcdef') => eventsOf(of(bytes(chunk)).pipe(receive(length), text)).events

  it('is given the slice before and the index', () => {
    const given: unknown[] = []
    const slices = events((previous, index) => {
      given.push(`${previous} ${index}`)
      return index + 1
    })
    expect(given).toEqual(['undefined 0', 'a 1', 'bc 2', 'def 3'])
    expect(slices).toEqual(['a', 'bc', 'def', 'complete'])
  })

  it('begins anew with each subscription', () => {
    const read = of(bytes('abc')).pipe(
      receive((_, index) => index + 1),
      text,
    )
    expect(eventsOf(concat(read, read)).events).toEqual(['a', 'bc', 'a', 'bc', 'complete'])
  })

  it('may return 0, and fails for what is no length, after the slices before it', () => {
    expect(events((_, index) => index % 2)).toEqual([
      '',
      'a',
      '',
      'b',
      '',
      'c',
      '',
      'd',
      '',
      'e',
      '',
      'f',
      '',
      'complete',
    ])
    const error = 'ArgumentError: length must be 0 or a positive integer; got'
    expect(events((_, index) => 1 - 2 * index)).toEqual(['a', `${error} -1`])
    expect(events(() => Number.NaN)).toEqual([`${error} NaN`])
  })

  it('fails as the function throws', () => {
    const throwing = () => {
      throw new Error('thrown')
    }
    expect(events(throwing)).toEqual(['Error: thrown'])
  })

  it('completes when the end comes before any length was asked for', () => {
    expect(eventsOf(EMPTY.pipe(receive(() => 4))).events).toEqual(['complete'])
  })
})
