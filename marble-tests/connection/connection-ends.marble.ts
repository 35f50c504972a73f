import {
  catchError,
  concat,
  finalize,
  map,
  merge,
  mergeMap,
  NEVER,
  type Observable,
  of,
  repeat,
  take,
  tap,
  timer,
} from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  type Connection,
  connect,
  decodeFrames,
  type KafkaError,
  receive,
  tryReceive,
} from '../../src/connection/index.js'
import { type Script, scripted, text } from '../../src/testing/index.js'
import { marbles, over } from '../marbles.js'

const host = 'broker'
const opened = map(() => 'o')
const failed = 'ConnectionError: the connection to broker:9092 failed: read ECONNRESET'
const closed = 'ClosedError: the connection to broker:9092 was closed here, by close()'

describe('the peer closes cleanly', () => {
  it('gives readers what came before, then completes them and `connect()`', () => {
    marbles(({ expectObservable }) => {
      const transport = scripted({ incoming: '-a-b|' })
      expectObservable(connect({ host, transport }).pipe(opened)).toBe('o---|')
      expectObservable(over(transport, c => c.pipe(text))).toBe('       -a-b|')
    })
  })

  it('gives a reader who comes later what was held, then completes it', () => {
    marbles(({ expectObservable }) => {
      const late = connect({ host, transport: scripted({ incoming: '-a-b|' }) }).pipe(
        mergeMap(connection => timer(6).pipe(mergeMap(() => connection.pipe(text)))),
      )
      expectObservable(late).toBe('------(ab|)')
    })
  })

  it('flushes what is queued before `connect()` completes', () => {
    marbles(({ expectObservable }) => {
      const transport = scripted({ incoming: '-|', write: '---|' })
      const connecting = connect({ host, transport }).pipe(
        tap(({ send }) => {
          send.next(Buffer.from('a'))
          send.next(Buffer.from('b'))
        }),
        opened,
      )
      expectObservable(connecting).toBe('               o-----|')
      expectObservable(transport.sent.pipe(text)).toBe(' a--b')
    })
  })

  it('fails when that takes longer than `timeout` after the end', () => {
    marbles(({ expectObservable }) => {
      const slow = scripted({ incoming: '--|', write: '----|' })
      const connecting = connect({ host, transport: slow, timeout: 5 }).pipe(
        tap(({ send }) =>
          timer(0, 3)
            .pipe(take(3))
            .subscribe(index => send.next(Buffer.from(`${index}`))),
        ),
        opened,
      )
      const error =
        'SendTimeoutError: what was queued could not be flushed within 5 ms to broker:9092, which had closed its side'
      expectObservable(connecting, '^-----------!').toBe('o------#', undefined, error)
    })
  })

  it('tells every later reader that it is over, so that `repeat()` ends', () => {
    marbles(({ expectObservable }) => {
      const repeated = over({ incoming: '-a-|' }, c => c.pipe(receive(1), repeat(), text))
      const error = 'ClosedError: nothing more can be read from broker:9092: the peer has closed'
      expectObservable(repeated).toBe('-a-#', undefined, error)
    })
  })

  it('completes waiting readers too', () => {
    marbles(({ expectObservable }) => {
      const both = over({ incoming: '-a-|' }, c => merge(c.pipe(receive(1)), c.pipe(receive(2))).pipe(text))
      expectObservable(both).toBe('-a-|')
    })
  })

  it('ends writers with ClosedError only when they come after the end', () => {
    marbles(({ expectObservable }) => {
      const write = (c: Connection, after: number) => timer(after).pipe(mergeMap(() => c.write(Buffer.from('abc'))))
      const error = 'ClosedError: broker:9092 has closed the connection'
      expectObservable(over({ incoming: '-|', write: '---|' }, c => write(c, 0))).toBe('---(n|)', { n: 3 })
      expectObservable(over({ incoming: '-|' }, c => write(c, 2))).toBe('               --#', undefined, error)
    })
  })
})

describe('the socket fails', () => {
  it('destroys it first, then tells reader, waiting reader, writers and `connect()`, in that order', () => {
    const told: string[] = []
    const tell = (who: string) => ({ error: (error: Error) => told.push(`${who}: ${error.message}`) })
    marbles(({ cold }) => {
      const incoming = cold<Uint8Array>('---#', {}, 'reset').pipe(finalize(() => told.push('socket')))
      connect({ host, transport: scripted({ incoming, write: NEVER }) })
        .pipe(
          tap(connection => {
            connection.write(Buffer.from('a')).subscribe(tell('begun writer'))
            connection.write(Buffer.from('b')).subscribe(tell('queued writer'))
            connection.subscribe(tell('reader'))
            connection.pipe(receive(4)).subscribe(tell('waiting reader'))
          }),
        )
        .subscribe(tell('connect()'))
    })
    expect(told).toEqual([
      'socket',
      'reader: the connection to broker:9092 failed: reset',
      'waiting reader: the connection to broker:9092 failed: reset',
      'begun writer: the connection to broker:9092 failed: reset',
      'queued writer: the connection to broker:9092 failed: reset (this write was not sent)',
      'connect(): the connection to broker:9092 failed: reset',
    ])
  })

  it('tells the reader first whose own `next` made it fail', () => {
    const told: string[] = []
    const tell = (who: string) => ({ error: () => told.push(who) })
    marbles(() => {
      connect({ host, transport: scripted({ incoming: '-a', write: NEVER }) })
        .pipe(
          tap(connection => {
            connection.write(Buffer.from('a')).subscribe(tell('writer'))
            connection.subscribe({ next: () => connection.send.error('mine'), ...tell('reader') })
          }),
        )
        .subscribe(tell('connect()'))
    })
    expect(told).toEqual(['reader', 'writer', 'connect()'])
  })

  it('gives all one cause, and writers what became of theirs', () => {
    marbles(({ expectObservable }) => {
      const cause = new Error('reset')
      const told = map(() => '')
      const outcome = catchError((error: KafkaError) => of(`${error.cause === cause} ${error.outcome}`))
      const script: Script = { incoming: '---#', error: cause, write: NEVER }
      const everybody = connect({ host, transport: scripted(script) }).pipe(
        mergeMap(c =>
          merge(
            c.write(Buffer.from('a')).pipe(told, outcome),
            c.write(Buffer.from('b')).pipe(told, outcome),
            c.pipe(told, outcome),
          ),
        ),
        outcome,
      )
      const values = { r: 'true unknown', b: 'true unknown', q: 'true unsent', c: 'true unknown' }
      expectObservable(everybody).toBe('---(rbqc|)', values)
    })
  })

  it('gives readers what came before', () => {
    marbles(({ expectObservable }) => {
      const held = connect({ host, transport: scripted({ incoming: '-a-b#' }) }).pipe(
        catchError(() => NEVER),
        mergeMap(connection => timer(6).pipe(mergeMap(() => connection.pipe(text)))),
      )
      expectObservable(held).toBe('------(ab#)', undefined, failed)
    })
  })

  it('is told once: later readers and writers get ClosedError with the reason', () => {
    marbles(({ expectObservable }) => {
      const later = connect({ host, transport: scripted({ incoming: '-#' }) }).pipe(
        catchError(() => NEVER),
        mergeMap(c =>
          c.pipe(
            catchError(() => c),
            text,
          ),
        ),
      )
      const error =
        'ClosedError: nothing more can be read from broker:9092: the connection to broker:9092 failed: read ECONNRESET'
      expectObservable(later).toBe('-#', undefined, error)
    })
  })

  it('ends a read in mid-slice with what the socket failed of', () => {
    marbles(({ expectObservable }) => {
      expectObservable(over({ incoming: '-a-#' }, c => c.pipe(receive(4)))).toBe('---#', undefined, failed)
      expectObservable(over({ incoming: '-a-#' }, c => c.pipe(tryReceive(4), text))).toBe('-(a|)')
    })
  })

  it('fails the connection when a write does', () => {
    marbles(({ expectObservable }) => {
      const transport = scripted({ write: '--#' })
      const connecting = connect({ host, transport }).pipe(
        tap(({ send }) => send.next(Buffer.from('a'))),
        opened,
      )
      expectObservable(connecting).toBe('o-#', undefined, failed)
    })
  })
})

describe('unsubscribe from `connect()`, or `close()`', () => {
  it('destroys the socket at once', () => {
    marbles(({ expectObservable, expectSubscriptions, cold }) => {
      const incoming = cold<Uint8Array>('-----')
      const connecting = connect({ host, transport: scripted({ incoming }) })
      expectObservable(connecting.pipe(opened), '^--!').toBe('o---')
      const closing = connecting.pipe(
        tap(connection => timer(2).subscribe(() => connection.close())),
        opened,
      )
      expectObservable(closing).toBe('                        o-|')
      expectSubscriptions(incoming.subscriptions).toBe([' ^--!', '^-!'])
    })
  })

  it('withdraws a connect under way', () => {
    marbles(({ expectObservable, expectSubscriptions, cold }) => {
      const incoming = cold<Uint8Array>('-----')
      expectObservable(connect({ host, transport: scripted({ connect: '---o', incoming }) }), '^-!').toBe('')
      expectSubscriptions(incoming.subscriptions).toBe('            ^-!')
    })
  })

  it('ends pending readers, waiting ones too, with ClosedError', () => {
    marbles(({ expectObservable, cold }) => {
      const closing = cold('--x')
      const told = catchError<Buffer, Observable<Buffer>>(error => of(Buffer.from(error.message)))
      const readers = connect({ host, transport: scripted({ incoming: '-a--b' }) }).pipe(
        tap(connection => closing.subscribe(() => connection.close())),
        mergeMap(c => merge(c.pipe(receive(2), told), c.pipe(receive(4), told), c.pipe(decodeFrames(), told))),
        text,
      )
      const x = 'the connection to broker:9092 was closed here, by close()'
      expectObservable(readers).toBe('--(xxx|)', { x })
    })
  })

  it('ends pending writers with ClosedError, and says what became of theirs', () => {
    marbles(({ expectObservable, cold }) => {
      const closing = cold('--x')
      const told = catchError((error: KafkaError) => of(`${error.name} ${error.outcome}`))
      const writers = connect({ host, transport: scripted({ write: '-----|' }) }).pipe(
        tap(connection => closing.subscribe(() => connection.close())),
        mergeMap(c => merge(c.write(Buffer.from('a')).pipe(told), c.write(Buffer.from('b')).pipe(told))),
      )
      expectObservable<unknown>(writers).toBe('--(bq|)', { b: 'ClosedError unknown', q: 'ClosedError unsent' })
    })
  })

  it('is idempotent, and final for readers and writers to come', () => {
    marbles(({ expectObservable }) => {
      const told = catchError((error: KafkaError) => of(error.name))
      const after = connect({ host, transport: scripted({ incoming: 'a' }) }).pipe(
        mergeMap((connection): Observable<unknown> => {
          connection.close()
          connection.close()
          connection.send.next(Buffer.from('ignored'))
          const unsent = connection.write(Buffer.from('a'))
          return concat(of(connection.closed), connection.pipe(told), unsent.pipe(told))
        }),
      )
      expectObservable<unknown>(after).toBe('(tcc|)', { t: true, c: 'ClosedError' })
    })
  })

  it('may come from inside `next`', () => {
    marbles(({ expectObservable }) => {
      const script: Script = { incoming: '-a', bytes: { a: 'abcdef' } }
      const closing = over(script, connection =>
        connection.pipe(
          receive(2),
          tap(() => connection.close()),
          text,
        ),
      )
      expectObservable(closing).toBe('-#', undefined, closed)
    })
  })
})
