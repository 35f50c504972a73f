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
  retry,
  Subject,
  switchMap,
  take,
  tap,
  timer,
} from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  type ConnectError,
  type Connection,
  connect,
  decodeFrames,
  type KafkaError,
  receive,
  tryReceive,
} from '../../src/connection/index.js'
import { type Script, scripted, text } from '../../src/testing/index.js'
import { marbles, over, tellingFin } from '../marbles.js'

const host = 'broker'
const opened = map(() => 'o')
const failed = 'ConnectionError: the connection to broker:9092 failed: read ECONNRESET'
const closed = 'ClosedError: the connection to broker:9092 was closed here'

function opening(...scripts: [Script, ...Script[]]): Observable<string> {
  return connect({ host, transport: scripted(...scripts), timeout: 5 }).pipe(opened)
}

describe('subscribe to `connect()`', () => {
  it('emits the open connection once, and stays', () => {
    marbles(({ expectObservable }) => {
      expectObservable(opening({ connect: '--o' })).toBe('--o----')
    })
  })

  it('opens one socket a subscription, and none before it', () => {
    marbles(({ expectObservable, expectSubscriptions, cold }) => {
      const first = cold<Uint8Array>('-----')
      const second = cold<Uint8Array>('-----')
      const connecting = opening({ incoming: first }, { connect: '--o', incoming: second })
      expectObservable(connecting, '-^--!  ').toBe('-o')
      expectObservable(connecting, '---^--!').toBe('-----o')
      expectSubscriptions(first.subscriptions).toBe('-^--!')
      expectSubscriptions(second.subscriptions).toBe('---^--!')
    })
  })

  it('fails with ConnectError when it cannot', () => {
    marbles(({ expectObservable }) => {
      const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
      const told = opening({ connect: '--#', error: refused }).pipe(
        catchError(({ name, code, host, port, cause, retriable }: ConnectError) =>
          of({ name, code, host, port, refused: cause === refused, retriable }),
        ),
      )
      const e = { name: 'ConnectError', code: 'CONNECT', host, port: 9092, refused: true, retriable: true }
      expectObservable<unknown>(told).toBe('--(e|)', { e })
    })
  })

  it('says what to look at', () => {
    marbles(({ expectObservable }) => {
      const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
      const error =
        'ConnectError: cannot connect to broker:9092: connect ECONNREFUSED; ' +
        'is the broker running, and is this the port of its listener?'
      expectObservable(opening({ connect: '#', error: refused })).toBe('#', undefined, error)
    })
  })

  it('fails at its deadline, to the frame', () => {
    marbles(({ expectObservable, expectSubscriptions, cold }) => {
      const incoming = cold<Uint8Array>('---')
      const error = 'ConnectError: cannot connect to broker:9092: no connection within 5 ms, DNS included'
      expectObservable(opening({ connect: '------o', incoming })).toBe('-----#', undefined, error)
      expectSubscriptions(incoming.subscriptions).toBe('               ^----!')
    })
  })

  it('meets its deadline in the last frame', () => {
    marbles(({ expectObservable }) => {
      expectObservable(opening({ connect: '-----o' })).toBe('-----o--')
    })
  })

  it('counts TLS in, and none with Infinity', () => {
    marbles(({ expectObservable }) => {
      const transport = scripted({ connect: '60m o' })
      const error = 'ConnectError: cannot connect to broker:9092: no connection within 1500 ms, DNS and TLS included'
      expectObservable(connect({ host, transport, tls: true })).toBe('1500ms #', undefined, error)
      const patient = connect({ host, transport, timeout: Number.POSITIVE_INFINITY })
      expectObservable(patient.pipe(opened)).toBe('60m o')
    })
  })

  it('fails when the transport ends without a channel', () => {
    marbles(({ expectObservable, cold }) => {
      const error = 'ConnectError: cannot connect to broker:9092: the transport gave no channel'
      expectObservable(connect({ host, transport: () => cold('--|') })).toBe('--#', undefined, error)
    })
  })

  it('closes at once when taken from: `take(1)` is not a way to keep one', () => {
    marbles(({ expectObservable, expectSubscriptions, cold }) => {
      const incoming = cold<Uint8Array>('-----')
      const read = connect({ host, transport: scripted({ connect: '--o', incoming }) }).pipe(
        take(1),
        mergeMap(connection => connection),
      )
      expectObservable(read).toBe('                   --#', undefined, closed)
      expectSubscriptions(incoming.subscriptions).toBe('^-!')
    })
  })

  it('emits a connection whose peer has hung up already, bytes and all', () => {
    marbles(({ expectObservable }) => {
      const early = scripted({ connect: '---o', incoming: 'a-|' })
      const chunks = (connection: Connection) => connection.pipe(text)
      expectObservable(connect({ host, transport: early }).pipe(opened)).toBe('   ---(o|)')
      expectObservable(connect({ host, transport: early }).pipe(switchMap(chunks))).toBe('---(a|)')
    })
  })

  it('reconnects with `retry({ delay })`', () => {
    marbles(({ expectObservable }) => {
      const transport = scripted({ connect: '--#' }, { incoming: '-a--#' }, { connect: '-o', incoming: '--b--' })
      const read = over(transport, c => c.pipe(text)).pipe(retry({ delay: 3 }))
      // fails at 2, opens at 5, fails at 9, opens at 13
      expectObservable(read).toBe('------a-------b')
    })
  })

  it('reconnects with `repeat`', () => {
    marbles(({ expectObservable }) => {
      const transport = scripted({ incoming: '-a-|' }, { incoming: '--b|' })
      const read = over(transport, c => c.pipe(text)).pipe(repeat({ count: 2, delay: 2 }))
      expectObservable(read).toBe('-a-----b|')
    })
  })
})

describe('subscribe to `connect()`, with `use`', () => {
  it('mirrors what `use` returns, and closes at its end', () => {
    marbles(({ expectObservable, expectSubscriptions, cold }) => {
      const incoming = cold<Uint8Array>('---------')
      expectObservable(over({ connect: '-o', incoming }, () => cold('-a-b-|'))).toBe('--a-b-|')
      expectSubscriptions(incoming.subscriptions).toBe('                       ^-----!')
    })
  })

  it('takes any ObservableInput', () => {
    marbles(({ expectObservable }) => {
      expectObservable(over({ connect: '-o' }, () => ['a', 'b'])).toBe('-(ab|)')
    })
  })

  it('flushes what was queued before it closes', () => {
    marbles(({ expectObservable, expectSubscriptions, cold }) => {
      const incoming = cold<Uint8Array>('---------')
      const transport = scripted({ incoming, write: '---|' })
      const sending = over(transport, ({ send }) => {
        send.next(Buffer.from('a'))
        send.next(Buffer.from('b'))
        return of('sent')
      })
      expectObservable(sending).toBe('                       s-----|', { s: 'sent' })
      expectObservable(transport.sent.pipe(text)).toBe('     a--b')
      expectSubscriptions(incoming.subscriptions).toBe('     ^-----!')
    })
  })

  it('fails when `use` throws, or as what it returns does, and closes', () => {
    marbles(({ expectObservable, expectSubscriptions, cold }) => {
      const incoming = cold<Uint8Array>('---------')
      const throwing = () => {
        throw new Error('thrown')
      }
      expectObservable(over({ connect: '-o', incoming }, throwing)).toBe('        -#', undefined, 'Error: thrown')
      expectObservable(over({ connect: '-o', incoming }, () => cold('--#'))).toBe('---#')
      expectSubscriptions(incoming.subscriptions).toBe(['                      ^!', '^--!'])
    })
  })

  it('fails with the connection, even while `use` looks away', () => {
    marbles(({ expectObservable }) => {
      expectObservable(over({ incoming: '---#' }, () => NEVER)).toBe('---#', undefined, failed)
    })
  })

  it('lets `use` end what it began when the peer closes', () => {
    marbles(({ expectObservable, cold }) => {
      expectObservable(over({ incoming: '-|' }, () => cold('--a-b|'))).toBe('--a-b|')
    })
  })

  it('closes when unsubscribed, `use` first', () => {
    marbles(({ expectObservable, expectSubscriptions, cold }) => {
      const incoming = cold<Uint8Array>('----')
      const used = cold('-a-b')
      expectObservable(
        over({ incoming }, () => used),
        '^-!',
      ).toBe('-a-')
      expectSubscriptions(incoming.subscriptions).toBe('          ^-!')
      expectSubscriptions(used.subscriptions).toBe('              ^-!')
    })
  })
})

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
      expectObservable(opening({ connect: '---o', incoming }), '^-!').toBe('')
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
      const x = 'the connection to broker:9092 was closed here'
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

describe('asyncDispose', () => {
  const dispose = (script: Script, timeout = 9) => {
    const fin = new Subject<string>()
    const transport = scripted(script)
    const disposed = connect({ host, transport: tellingFin(transport, fin), timeout }).pipe(
      tap(connection => {
        connection.send.next(Buffer.from('a'))
        void connection[Symbol.asyncDispose]()
      }),
      opened,
    )
    return { disposed, fin, sent: transport.sent.pipe(text) }
  }

  it('flushes, sends FIN, reads to EOF, then destroys', () => {
    marbles(({ expectObservable, expectSubscriptions, cold }) => {
      const incoming = cold<Uint8Array>('-a---b-|', { a: Buffer.from('a'), b: Buffer.from('b') })
      const { disposed, fin, sent } = dispose({ incoming, write: '---|' })
      expectObservable(sent).toBe('                             a')
      expectObservable(fin).toBe('                              ---F')
      expectObservable(disposed).toBe('                         o------|')
      expectSubscriptions(incoming.subscriptions).toBe('        ^------!')
    })
  })

  it('takes at most `timeout` in all, whether the peer takes or says nothing', () => {
    marbles(({ expectObservable, expectSubscriptions, cold }) => {
      const incoming = cold<Uint8Array>('---------------')
      const silent = dispose({ incoming, write: '---|' })
      expectObservable(silent.fin).toBe('                       ---F')
      expectObservable(silent.disposed).toBe('                  o--------|')
      expectSubscriptions(incoming.subscriptions).toBe('        ^--------!')
    })
  })

  it('closes then even if a write has no deadline of its own', () => {
    marbles(({ expectObservable }) => {
      const patient = connect({ host, transport: scripted({ write: NEVER }), timeout: 9 }).pipe(
        tap(connection => {
          connection.write(Buffer.from('a'), { timeout: Number.POSITIVE_INFINITY }).subscribe({ error: () => {} })
          void connection[Symbol.asyncDispose]()
        }),
        opened,
      )
      expectObservable(patient).toBe('o--------|')
    })
  })

  it('waits its turn behind a reader, who reads on', () => {
    marbles(({ expectObservable, cold }) => {
      const ending = cold('--x')
      const reading = connect({ host, transport: scripted({ incoming: '-a-b|' }) }).pipe(
        tap(connection => ending.subscribe(() => void connection[Symbol.asyncDispose]())),
        mergeMap(connection => connection.pipe(text)),
      )
      expectObservable(reading).toBe('-a-b|')
    })
  })
})
