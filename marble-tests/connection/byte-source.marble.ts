import {
  catchError,
  concat,
  defer,
  EMPTY,
  map,
  merge,
  mergeMap,
  NEVER,
  type Observable,
  type OperatorFunction,
  of,
  take,
  takeUntil,
  tap,
  timer,
} from 'rxjs'
import { describe, it } from 'vitest'
import { byteSource, type Connection, connect, receive, tryReceive } from '../../src/connection/index.js'
import { scripted, text } from '../../src/testing/index.js'
import { marbles, over } from '../marbles.js'

const host = 'broker'
const bytes = (a: string) => ({ a: Buffer.from(a) })

/** What `read` makes of a connection that nobody has read for a while. */
function readingFrom(ms: number, incoming: string, read: (connection: Connection) => Observable<unknown>) {
  const half = Buffer.alloc(32 * 1024)
  const transport = scripted({ incoming, bytes: { a: half, b: half, c: half } })
  return connect({ host, transport }).pipe(mergeMap(c => timer(ms).pipe(mergeMap(() => read(c)))))
}

describe('subscribe to the Connection', () => {
  it('emits raw chunks as they come', () => {
    marbles(({ expectObservable }) => {
      expectObservable(over({ incoming: '-a-b--c|' }, c => c.pipe(text))).toBe('-a-b--c|')
    })
  })

  it('keeps what comes while nobody reads', () => {
    marbles(({ expectObservable }) => {
      const later = over({ incoming: '-a-b-----c|' }, c => timer(5).pipe(mergeMap(() => c.pipe(text))))
      expectObservable(later).toBe('  -----(ab)c|')
    })
  })

  it('reads ahead until 64 KiB are held', () => {
    marbles(({ expectObservable }) => {
      const read = (c: Connection) => of(c.bytesRead / 1024)
      expectObservable(readingFrom(2, '-a-b-c', read)).toBe('    --n', { n: 32 })
      expectObservable(readingFrom(9, '-a-b-c', read)).toBe('    ---------n', { n: 64 })
    })
  })

  it('so notices FIN at once while less is unread, else when that has been read', () => {
    marbles(({ expectObservable }) => {
      const nothing = () => NEVER
      const lengths = (c: Connection) => c.pipe(map(({ length }) => length / 1024))
      const ends = (incoming: string, read: (c: Connection) => Observable<unknown>) =>
        readingFrom(7, incoming, read).pipe(takeUntil(timer(9)))
      expectObservable(
        connect({ host, transport: scripted({ incoming: '-a-|' }) }).pipe(
          take(2),
          map(() => 'o'),
        ),
      ).toBe('o--|')
      expectObservable(ends('-a-b-|', nothing)).toBe('---------|')
      expectObservable(ends('-a-b-|', lengths)).toBe('-------(nn|)', { n: 32 })
    })
  })

  it('pauses the source while nobody reads: byteSource', () => {
    marbles(({ expectObservable, expectSubscriptions, cold }) => {
      const source = cold('-a-', bytes('abcd'))
      const reader = byteSource(source)
      expectObservable(concat(reader.pipe(receive(2), take(2), text), NEVER)).toBe('-(xy)', { x: 'ab', y: 'cd' })
      expectSubscriptions(source.subscriptions).toBe('^!')
    })
  })
})

describe('two subscribers', () => {
  it('read in turns, first come first served', () => {
    marbles(({ expectObservable }) => {
      const readers = over({ incoming: '-a-b-c-d|' }, c => {
        const reader = (name: string, count: number) =>
          c.pipe(
            take(count),
            text,
            map(chunk => name + chunk),
          )
        return merge(reader('1', 2), reader('2', 1), reader('3', 9))
      })
      expectObservable(readers).toBe('-a-b-c-d|', { a: '1a', b: '1b', c: '2c', d: '3d' })
    })
  })

  it('share a chunk where one leaves it', () => {
    marbles(({ expectObservable }) => {
      const readers = over({ incoming: '-a---------|', bytes: { a: 'abcdefgh' } }, c => {
        const reader = (length: number) => c.pipe(receive(length), take(1), text)
        return merge(reader(1), reader(3), reader(2), c.pipe(text))
      })
      expectObservable(readers).toBe('-(wxyz)----|', { w: 'a', x: 'bcd', y: 'ef', z: 'gh' })
    })
  })

  it('skip who left while waiting', () => {
    marbles(({ expectObservable }) => {
      const readers = over({ incoming: '---a---b|' }, c =>
        merge(
          c.pipe(take(1), text),
          c.pipe(
            takeUntil(timer(1)),
            map(() => 'left'),
          ),
          c.pipe(
            text,
            map(chunk => `3${chunk}`),
          ),
        ),
      )
      expectObservable(readers).toBe('---a---b|', { a: 'a', b: '3b' })
    })
  })

  it('give the turn on when one fails', () => {
    marbles(({ expectObservable }) => {
      const readers = over({ incoming: '-a---b|' }, c =>
        merge(
          c.pipe(
            receive(2, { timeout: 3 }),
            catchError(() => NEVER),
          ),
          c.pipe(text),
        ),
      )
      expectObservable(readers.pipe(takeUntil(timer(8)))).toBe('---a-b--|')
    })
  })

  it('start anew behind those who wait when they come again', () => {
    marbles(({ expectObservable }) => {
      const readers = over({ incoming: '-a-b-c|' }, c => {
        const one = (name: string) =>
          c.pipe(
            take(1),
            text,
            map(chunk => name + chunk),
          )
        return merge(concat(one('1'), one('1')), one('2'))
      })
      expectObservable(readers).toBe('-a-b-(c|)', { a: '1a', b: '2b', c: '1c' })
    })
  })
})

describe('`unread(bytes)`', () => {
  const peek = (c: Connection) => c.pipe(tryReceive(2), text)

  it('is the first thing that the next reader sees', () => {
    marbles(({ expectObservable }) => {
      const read = over({ incoming: '-a-----|', bytes: { a: 'cd' } }, c =>
        concat(
          peek(c),
          defer(() => {
            c.unread(Buffer.from('ab'))
            return c.pipe(text)
          }),
        ),
      )
      expectObservable(read).toBe('-(xy)--|', { x: 'cd', y: 'ab' })
    })
  })

  it('is seen first by a reader who waits already', () => {
    marbles(({ expectObservable }) => {
      const read = over({ incoming: '-a---b|', bytes: { a: 'abcd', b: 'ef' } }, c =>
        merge(
          c.pipe(tryReceive(2), tap({ complete: () => c.unread(Buffer.from('<')) }), text),
          c.pipe(receive(3), take(1), text),
        ),
      )
      expectObservable(read).toBe('-(xy|)', { x: 'ab', y: '<cd' })
    })
  })

  it('is read before what was unread before it', () => {
    marbles(({ expectObservable }) => {
      const read = over({ incoming: '-a', bytes: { a: 'cd' } }, c => {
        c.unread(Buffer.from('b'))
        c.unread(Buffer.from('a'))
        return c.pipe(receive(4), take(1), text)
      })
      expectObservable(read).toBe('-(x|)', { x: 'abcd' })
    })
  })

  it('wakes a reader who waits for bytes', () => {
    marbles(({ expectObservable }) => {
      const read = over({}, c => {
        timer(3).subscribe(() => c.unread(Buffer.from('a')))
        return c.pipe(tryReceive(2), text)
      })
      expectObservable(read).toBe('---(a|)')
    })
  })

  it('comes before what a read that is cut short gives back', () => {
    marbles(({ expectObservable }) => {
      const cutShort = (read: (c: Connection) => Observable<Buffer>) =>
        over({ incoming: '-a', bytes: { a: 'abcde' } }, c => {
          const again = defer(() => {
            c.unread(Buffer.from('ab'))
            return c.pipe(receive(5), take(1))
          })
          return concat(read(c).pipe(catchError(() => EMPTY)), again).pipe(text)
        })
      const emitted = { x: 'ab', y: 'abcde' }
      const slices = receive((_, index) => (index === 0 ? 2 : 4), { timeout: 2 })
      expectObservable(cutShort(c => c.pipe(slices, takeUntil(timer(2))))).toBe('-x(y|)', emitted)
      expectObservable(cutShort(c => c.pipe(slices))).toBe('                     -x-(y|)', emitted)
    })
  })

  it('is read again by the very read that goes on', () => {
    marbles(({ expectObservable }) => {
      const reread = (operator: OperatorFunction<Uint8Array, Buffer>) =>
        over({ incoming: '-a', bytes: { a: 'abcdef' } }, c => {
          const unreadFirst = map((slice: Buffer, index) => {
            if (index === 0) c.unread(slice)
            return slice
          })
          return c.pipe(operator, take(3), unreadFirst, text)
        })
      const slices = receive(2)
      expectObservable(reread(slices)).toBe('             -(xxy|)', { x: 'ab', y: 'cd' })
      expectObservable(reread(receive(() => 2))).toBe('-(xxy|)', { x: 'ab', y: 'cd' })
    })
  })

  it('looks ahead from inside `next`, what the read leaves included', () => {
    marbles(({ expectObservable }) => {
      const script = { incoming: '-a', bytes: { a: 'abcdef' } }
      const whole = (c: Connection) => c.pipe(receive(6), take(1), text)
      const peekedBy = (peek: (c: Connection) => Observable<Buffer>) =>
        over(script, c =>
          peek(c).pipe(
            mergeMap(first => {
              c.unread(first)
              return concat(of(first).pipe(text), whole(c))
            }),
          ),
        )
      expectObservable(peekedBy(c => c.pipe(tryReceive(2)))).toBe('     -(xy|)', { x: 'ab', y: 'abcdef' })
      expectObservable(peekedBy(c => c.pipe(receive(2), take(1)))).toBe('-(xy|)', { x: 'ab', y: 'abcdef' })
    })
  })
})

describe('byteSource', () => {
  it('reads any source in turns, and gives back', () => {
    marbles(({ expectObservable, hot }) => {
      const source = byteSource(hot('-a---b|', { a: Buffer.from('abc'), b: Buffer.from('d') }))
      expectObservable(source.pipe(receive(2), take(1), text)).toBe('-(x|)', { x: 'ab' })
      expectObservable(source.pipe(receive(2), take(1), text)).toBe('-----(y|)', { y: 'cd' })
    })
  })

  it('tells its readers when the source fails, and reads on when it is mended', () => {
    marbles(({ expectObservable, cold }) => {
      let attempts = 0
      const source = byteSource(
        defer(() => (attempts++ === 0 ? cold('-a#', bytes('a')) : cold('-b', { b: Buffer.from('b') }))),
      )
      const read = source.pipe(receive(2), text)
      expectObservable(
        merge(
          read.pipe(catchError(() => read)),
          source.pipe(
            catchError(() => of(Buffer.from('told'))),
            text,
          ),
        ),
      ).toBe('--tx', { t: 'told', x: 'ab' })
    })
  })

  it('ends once: the next reader gets ClosedError', () => {
    marbles(({ expectObservable, cold }) => {
      const source = byteSource(cold('-a|', bytes('a')))
      const error = 'ClosedError: nothing more can be read: the peer has closed'
      expectObservable(concat(source, source).pipe(text)).toBe('-a#', undefined, error)
    })
  })
})
