import {
  catchError,
  concat,
  defer,
  EMPTY,
  from,
  map,
  merge,
  mergeMap,
  NEVER,
  type Observable,
  of,
  Subject,
  take,
  tap,
  timer,
} from 'rxjs'
import { describe, it } from 'vitest'
import { type Connection, type ConnectOptions, connect, receive } from '../../src/connection/index.js'
import { type Script, scripted, text } from '../../src/testing/index.js'
import { marbles, over, tellingFin } from '../marbles.js'

const host = 'broker'
const opened = map(() => 'o')
const KIB = 1024

/** A connection over the script, on which `act` is called once it is out, and what its peer gets. */
function talk(script: Script, act: (connection: Connection) => void, options: Partial<ConnectOptions> = {}) {
  const transport = scripted(script)
  const fin = new Subject<string>()
  const acting = (c: Connection): Observable<never> => {
    act(c)
    return EMPTY
  }
  const connection = connect({ host, transport: tellingFin(transport, fin), ...options }).pipe(
    mergeMap(c =>
      concat(
        of('o'),
        defer(() => acting(c)),
      ),
    ),
  )
  return { connection, sent: transport.sent.pipe(text), fin }
}

/** Sends each letter in its frame. */
const sending = (letters: Observable<string>) => (connection: Connection) =>
  void letters.subscribe(letter => connection.send.next(Buffer.from(letter)))

describe('`send.next(bytes)`', () => {
  it('hands the first message on at once; what gathers while a write runs is the next', () => {
    marbles(({ expectObservable, cold }) => {
      const { connection, sent } = talk({ write: '----|' }, sending(cold('abc---d--e-f')))
      expectObservable(connection).toBe('o')
      expectObservable(sent).toBe('      a---x---d---y', { a: 'a', x: 'bc', d: 'd', y: 'ef' })
    })
  })

  it('keeps the order of all that is sent or written', () => {
    marbles(({ expectObservable }) => {
      const { connection, sent } = talk({ write: '--|' }, c => {
        c.send.next(Buffer.from('a'))
        c.send.next(Buffer.from('b'))
        c.write(Buffer.from('c')).subscribe()
        c.send.next(Buffer.from('d'))
        c.write([Buffer.from('e'), Buffer.from('f')]).subscribe()
      })
      expectObservable(connection).toBe('o')
      expectObservable(sent).toBe('      a-(x)', { a: 'a', x: 'bcdef' })
    })
  })

  it('gathers at most 1 MiB for one write, unless one message alone is longer', () => {
    marbles(({ expectObservable }) => {
      const transport = scripted({ write: '--|' })
      const sizes = [1, 512, 512, 1, 3000, 4, 4]
      const sending = connect({ host, transport }).pipe(
        tap(({ send }) => {
          for (const size of sizes) send.next(Buffer.alloc(size * KIB))
        }),
        opened,
      )
      const sent = transport.sent.pipe(map(({ length }) => length / KIB))
      expectObservable(sending).toBe('o')
      expectObservable(sent).toBe('   a-b-c-d-e', { a: 1, b: 1024, c: 1, d: 3000, e: 8 })
    })
  })

  it('joins small neighbours into one buffer, and copies no large one', () => {
    marbles(({ expectObservable }) => {
      const large = Buffer.alloc(5 * KIB)
      const transport = scripted({ write: '--|' })
      const writes = new Subject<readonly Uint8Array[]>()
      const watched = connect({
        host,
        transport: endpoint =>
          transport(endpoint).pipe(
            map(channel => ({
              ...channel,
              write: (buffers: readonly Uint8Array[]) => {
                writes.next(buffers)
                return channel.write(buffers)
              },
            })),
          ),
      }).pipe(
        tap(({ send }) => {
          for (const bytes of [Buffer.alloc(1), Buffer.alloc(2), Buffer.alloc(3), large, Buffer.alloc(4)])
            send.next(bytes)
        }),
        opened,
      )
      const shape = map((buffers: readonly Uint8Array[]) =>
        buffers.map(part => (part === large ? 'large' : part.length)),
      )
      expectObservable(watched).toBe('           o')
      expectObservable(writes.pipe(shape)).toBe('a-b', { a: [1], b: [5, 'large', 4] })
    })
  })

  it('fails the connection, through its own errors, for what cannot be sent', () => {
    marbles(({ expectObservable }) => {
      const sendingOf = (bytes: unknown) =>
        talk({}, ({ send }) => send.next(bytes as Uint8Array), { maxMessageBytes: 4 }).connection
      const wrong = 'ArgumentError: expected bytes (a Uint8Array or Buffer); got'
      const length = 'ArgumentError: a message must have 1 to 4 bytes (maxMessageBytes); this has'
      expectObservable(sendingOf('abc')).toBe('          (o#)', undefined, `${wrong} the string "abc"`)
      expectObservable(sendingOf(undefined)).toBe('      (o#)', undefined, `${wrong} undefined`)
      expectObservable(sendingOf(Buffer.alloc(0))).toBe('(o#)', undefined, `${length} 0`)
      expectObservable(sendingOf(Buffer.alloc(5))).toBe('(o#)', undefined, `${length} 5`)
    })
  })

  it('fails the connection when the backlog grows too long', () => {
    marbles(({ expectObservable, cold }) => {
      const { connection, sent } = talk({ write: '----|' }, sending(cold('aa-a-a')), {
        maxMessageBytes: 3,
        maxQueuedBytes: 3,
      })
      const error = 'BacklogError: 3 bytes wait to be written to broker:9092; 1 more would exceed maxQueuedBytes (3)'
      expectObservable(sent).toBe('      a---x---a', { a: 'a', x: 'aa' })
      expectObservable(connection).toBe('o----', undefined, error)
      const { connection: full } = talk({ write: NEVER }, sending(cold('aa-a-a')), { maxQueuedBytes: 3 })
      expectObservable(full).toBe('      o----#', undefined, error)
    })
  })

  it('fails the connection when the peer does not take a batch within `timeout`', () => {
    marbles(({ expectObservable, cold }) => {
      const { connection } = talk({ write: '---|' }, sending(cold('ab')), { timeout: 4 })
      expectObservable(connection).toBe('o')
      const slow = talk({ write: '---|' }, sending(cold('ab')), { timeout: 2 })
      const error =
        'SendTimeoutError: a write that had begun was not taken within 2 ms to broker:9092, which does not read: ' +
        'the connection is given up, since a begun write cannot be withdrawn'
      expectObservable(slow.connection).toBe('o-#', undefined, error)
    })
  })

  it('counts what is queued, and what is written', () => {
    marbles(({ expectObservable, cold }) => {
      const counts = over({ write: '---|' }, connection => {
        sending(cold('ab'))(connection)
        return from([0, 2, 4, 7]).pipe(
          mergeMap(ms => timer(ms)),
          map(() => [connection.queuedBytes, connection.bytesWritten]),
        )
      })
      expectObservable(counts).toBe('a-b-c--(d|)', { a: [1, 0], b: [2, 0], c: [1, 1], d: [0, 2] })
    })
  })
})

describe('`send.complete()` / `send.error(e)`', () => {
  it('flushes, then sends FIN; reading goes on', () => {
    marbles(({ expectObservable, cold }) => {
      const letters = cold('ab|')
      const { connection, sent, fin } = talk({ incoming: '-------x|', write: '---|' }, ({ send }) =>
        letters.pipe(map(letter => Buffer.from(letter))).subscribe(send),
      )
      expectObservable(sent).toBe('      a--b')
      expectObservable(fin).toBe('       ------F')
      expectObservable(connection).toBe('o-------|')
    })
  })

  it('lets who reads read on after the FIN', () => {
    marbles(({ expectObservable }) => {
      const read = over({ incoming: '---a|' }, c => {
        c.send.complete()
        return c.pipe(text)
      })
      expectObservable(read).toBe('---a|')
    })
  })

  it('fails with what it was given as the cause', () => {
    marbles(({ expectObservable, cold }) => {
      const cause = new Error('of mine')
      const { connection, fin } = talk({}, ({ send }) => void cold<Uint8Array>('--#', {}, cause).subscribe(send))
      const told = connection.pipe(catchError(error => of(`${error.message} ${error.cause === cause}`)))
      expectObservable(told).toBe('o-(e|)', {
        o: 'o',
        e: 'the connection to broker:9092 failed: send was given an error: of mine true',
      })
      expectObservable(fin).toBe('')
    })
  })
})

describe('`send.next` after the end', () => {
  const nextAfter = (act: (connection: Connection) => void) => {
    const { connection, sent } = talk({}, c => {
      act(c)
      c.send.next(Buffer.from('ignored'))
    })
    return merge(connection.pipe(catchError(() => of('f'))), sent)
  }

  it('is ignored', () => {
    marbles(({ expectObservable }) => {
      expectObservable(nextAfter(({ send }) => send.complete())).toBe('      o')
      expectObservable(nextAfter(connection => connection.close())).toBe('   o')
      expectObservable(nextAfter(({ send }) => send.error('mine'))).toBe('   (of)')
    })
  })

  it('is an error of `write()`, which has somebody to tell', () => {
    marbles(({ expectObservable }) => {
      const error = 'ClosedError: nothing more can be written to broker:9092: send has completed'
      const written = over({ incoming: NEVER }, connection => {
        connection.send.complete()
        return connection.write(Buffer.from('a'))
      })
      expectObservable(written).toBe('#', undefined, error)
    })
  })
})

describe('a read or write that could end inside its own subscribe', () => {
  it('ends in the same frame, but after the subscribe', () => {
    marbles(({ expectObservable }) => {
      const order = (c: Connection, operation: Observable<unknown>) => {
        const log: string[] = []
        operation.subscribe({ next: () => log.push('ends'), error: () => log.push('fails') })
        log.push('subscribed')
        return timer(0).pipe(
          map(() => log.join(' ')),
          tap(() => c.close()),
          catchError(() => NEVER),
        )
      }
      const held = (read: (c: Connection) => Observable<unknown>) =>
        over({ incoming: 'a' }, c => timer(1).pipe(mergeMap(() => order(c, read(c).pipe(take(1))))))
      const closed = (use: (c: Connection) => Observable<unknown>) =>
        over({}, c => {
          c.close()
          return order(c, use(c))
        })
      const values = { e: 'subscribed ends', f: 'subscribed fails' }
      expectObservable(held(c => c)).toBe('                    -(e|)', values)
      expectObservable(held(c => c.pipe(receive(1)))).toBe('   -(e|)', values)
      expectObservable(held(c => c.pipe(receive(() => 0)))).toBe('-(e|)', values)
      expectObservable(held(c => c.write(Buffer.from('a')))).toBe('-(e|)', values)
      expectObservable(closed(c => c)).toBe('                  (f|)', values)
      expectObservable(closed(c => c.write(Buffer.from('a')))).toBe('(f|)', values)
    })
  })
})
