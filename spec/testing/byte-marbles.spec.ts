import { asapScheduler, map, merge, of, Subject, scheduled, switchMap, takeUntil, tap, throwError, timer } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { EndOfStreamError } from '../../src/errors.js'
import { byteMarbles, hex, text } from '../../src/testing/index.js'

const marbles = byteMarbles((actual, expected) => expect(actual).toEqual(expected))
const abc = Buffer.from('abc')

/** What a comparison that fails hands to the test runner. */
function compared(test: Parameters<typeof marbles>[0]): { actual: unknown; expected: unknown } {
  let seen = {}
  byteMarbles((actual, expected) => {
    seen = { actual, expected }
  })(test)
  return seen as { actual: unknown; expected: unknown }
}

describe('text and hex', () => {
  it('make bytes readable values', () => {
    marbles(({ expectObservable }) => {
      expectObservable(of(abc).pipe(text)).toBe('(x|)', { x: 'abc' })
      expectObservable(of(new Uint8Array([0, 10, 255])).pipe(hex)).toBe('(x|)', { x: '000aff' })
    })
  })
})

describe('byteMarbles', () => {
  it('runs in virtual time and returns what the test returns', () => {
    expect(marbles(({ time }) => time('---|'))).toBe(3)
    marbles(({ expectObservable }) => expectObservable(timer(3_600_000)).toBe('60m (a|)', { a: 0 }))
  })

  it('fails where bytes, frames, ends or errors differ', () => {
    const differing = ['(x|)', '-(a|)', 'a', 'a#']
    for (const diagram of differing) {
      const differ = () =>
        marbles(({ expectObservable }) => expectObservable(of(abc)).toBe(diagram, { a: abc, x: Buffer.from('abx') }))
      expect(differ, diagram).toThrow()
    }
    const other = () => marbles(({ expectObservable }) => expectObservable(throwError(() => new Error('a'))).toBe('#'))
    expect(other).toThrow()
  })

  it('shows a difference as lines: when, what, and the bytes as text', () => {
    const error = new EndOfStreamError('closed 2 bytes into a 4-byte read', { part: Buffer.from('ab'), wanted: 4 })
    const { actual, expected } = compared(({ expectObservable, cold }) => {
      const source = cold('-a--b#', { a: abc, b: 7 }, error)
      expectObservable<unknown>(source).toBe('-a-|', { a: Buffer.from('abd') })
    })
    expect(actual).toEqual([
      '1 ms: next bytes "abc"',
      '4 ms: next 7',
      '5 ms: error EndOfStreamError: closed 2 bytes into a 4-byte read',
    ])
    expect(expected).toEqual(['1 ms: next bytes "abd"', '3 ms: complete'])
  })

  it('throws what the test runner makes of these lines', () => {
    const differ = () =>
      marbles(({ expectObservable, cold }) => expectObservable(cold('-a|', { a: abc })).toBe('--a|', { a: abc }))
    const lines = {
      actual: ['1 ms: next bytes "abc"', '2 ms: complete'],
      expected: ['2 ms: next bytes "abc"', '3 ms: complete'],
    }
    expect(differ).toThrow(expect.objectContaining(lines))
  })

  it('shows bytes and errors inside other values too', () => {
    const { actual } = compared(({ expectObservable }) =>
      expectObservable(of([abc, { error: new TypeError('no'), count: 1n }])).toBe(''),
    )
    expect(actual).toEqual([{ '0 ms: next': ['bytes "abc"', { error: 'TypeError: no', count: 1n }] }, '0 ms: complete'])
  })

  it('takes an expected error as its name and message', () => {
    marbles(({ expectObservable }) =>
      expectObservable(throwError(() => new RangeError('far'))).toBe('#', undefined, 'RangeError: far'),
    )
  })

  it('does not take text for bytes', () => {
    const confused = () => marbles(({ expectObservable }) => expectObservable(of('abc')).toBe('(a|)', { a: abc }))
    expect(confused).toThrow()
    marbles(({ expectObservable }) => expectObservable(of('abc').pipe(map(String))).toBe('(a|)', { a: 'abc' }))
  })

  it('lets an immediate clear a timer that is due in the same frame', () => {
    marbles(({ expectObservable }) => {
      const cleared = new Subject<string>()
      const first = timer(2).pipe(switchMap(() => scheduled(['x'], asapScheduler).pipe(tap(() => cleared.next('y')))))
      const both = merge(first, timer(2).pipe(takeUntil(cleared)))
      expectObservable<unknown>(both).toBe('--(x|)')
    })
  })

  it('lets every other error through', () => {
    const thrown = new Error('thrown by an action')
    const throwing = () =>
      marbles(() => {
        asapScheduler.schedule(() => {
          throw thrown
        })
      })
    expect(throwing).toThrow(thrown)
  })
})
