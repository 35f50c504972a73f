import { catchError, concat, map, merge, type Observable, of, take, takeUntil, timer } from 'rxjs'
import { describe, it } from 'vitest'
import { byteSource, type Connection, type EndOfStreamError, receive, tryReceive } from '../../src/connection/index.js'
import { text } from '../../src/testing/index.js'
import { marbles, over } from '../marbles.js'

describe('EOF between slices / inside one', () => {
  it('completes between slices', () => {
    marbles(({ expectObservable }) => {
      const slices = over({ incoming: '-a-|', bytes: { a: 'abcd' } }, c => c.pipe(receive(4), text))
      expectObservable(slices).toBe('  -x-|', { x: 'abcd' })
    })
  })

  it('is an error inside one, that asks what the listener is', () => {
    marbles(({ expectObservable }) => {
      const slices = over({ incoming: '-a-b-|', bytes: { a: 'abcd', b: 'ef' } }, c => c.pipe(receive(4), text))
      const error = 'EndOfStreamError: closed 2 bytes into a 4-byte read from broker:9092; is the listener TLS?'
      expectObservable(slices).toBe('  -x---#', { x: 'abcd' }, error)
    })
  })

  it('carries what had come, which is not given back', () => {
    marbles(({ expectObservable }) => {
      const slices = over({ incoming: '-a-b-|' }, c => {
        const part = c.pipe(
          receive(4),
          catchError(({ had, wanted, part }: EndOfStreamError) => of(Buffer.from(`${part} ${had}/${wanted}`))),
        )
        return concat(part, c).pipe(text)
      })
      const error = 'ClosedError: nothing more can be read from broker:9092: the peer has closed'
      expectObservable(slices).toBe('  -----(x#)', { x: 'ab 2/4' }, error)
    })
  })

  it('is the end of a header when its body has not begun', () => {
    marbles(({ expectObservable }) => {
      const bytes = { a: '3' }
      const length = (previous?: Buffer) => (previous ? Number(previous.toString()) : 1)
      expectObservable(over({ incoming: '-a-|', bytes }, c => c.pipe(receive(length), text))).toBe('-a-|', bytes)
    })
  })
})

describe('unsubscribe, `take(k)`, timeout or an error downstream in mid-slice', () => {
  const rest = (c: Connection) => c.pipe(tryReceive(9), text)

  it('gives back what was read and not emitted: unsubscribe', () => {
    marbles(({ expectObservable }) => {
      const slices = over({ incoming: '-a-b-' }, c => concat(c.pipe(receive(4), takeUntil(timer(4)), text), rest(c)))
      expectObservable(slices).toBe('  ----(x|)', { x: 'ab' })
    })
  })

  it('gives back what was read and not emitted: take(k)', () => {
    marbles(({ expectObservable }) => {
      const script = { incoming: '-a', bytes: { a: 'abcdef' } }
      const slices = over(script, c => concat(c.pipe(receive(2), take(2), text), rest(c)))
      expectObservable(slices).toBe('-(xyz|)', { x: 'ab', y: 'cd', z: 'ef' })
    })
  })

  it('gives back what was read and not emitted: timeout', () => {
    marbles(({ expectObservable }) => {
      const slices = over({ incoming: '-a-b-' }, c =>
        c.pipe(
          receive(4, { timeout: 4 }),
          text,
          catchError(() => rest(c)),
        ),
      )
      expectObservable(slices).toBe('  ----(x|)', { x: 'ab' })
    })
  })

  it('gives back what was read and not emitted: an error downstream', () => {
    marbles(({ expectObservable }) => {
      const slices = over({ incoming: '-a', bytes: { a: 'abcdef' } }, c =>
        c.pipe(
          receive(2),
          map((slice, index) => {
            if (index === 1) throw new Error(`not ${slice}`)
            return slice
          }),
          text,
          catchError(({ message }) => concat(of(message), rest(c))),
        ),
      )
      expectObservable(slices).toBe('-(xyz|)', { x: 'ab', y: 'not cd', z: 'ef' })
    })
  })

  it('gives back in order the parts of a long slice', () => {
    marbles(({ expectObservable }) => {
      const script = { incoming: '-a-b-c', bytes: { a: 'abc', b: 'de', c: 'f' } }
      const left = over(script, c =>
        concat(c.pipe(receive(1024 * 1024), takeUntil(timer(6)), text), c.pipe(receive(6), take(1), text)),
      )
      expectObservable(left).toBe('------(x|)', { x: 'abcdef' })
    })
  })

  it('gives back to a reader that waits already', () => {
    marbles(({ expectObservable }) => {
      const slices = over({ incoming: '-a-b-' }, c => merge(c.pipe(receive(4), takeUntil(timer(4)), text), rest(c)))
      expectObservable(slices).toBe('  ----(x|)', { x: 'ab' })
    })
  })

  it('drops it where another operator stands between, unless that is wrapped', () => {
    marbles(({ expectObservable }) => {
      const script = { incoming: '-a---b', bytes: { a: 'abcd', b: 'ef' } }
      const twice = (source: Observable<Buffer>) =>
        concat(source.pipe(receive(3), take(1), text), source.pipe(tryReceive(9), text))
      expectObservable(over(script, c => twice(c.pipe(map(chunk => chunk))))).toBe('            -x---(y|)', {
        x: 'abc',
        y: 'ef',
      })
      expectObservable(over(script, c => twice(byteSource(c.pipe(map(chunk => chunk)))))).toBe('-(xy|)   ', {
        x: 'abc',
        y: 'd',
      })
    })
  })
})
