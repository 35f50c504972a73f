import { catchError, map, mergeMap, NEVER, type Observable, of, repeat, retry, switchMap, take } from 'rxjs'
import { describe, it } from 'vitest'
import { type ConnectError, type Connection, connect } from '../../src/connection/index.js'
import { type Script, scripted, text } from '../../src/testing/index.js'
import { marbles, over } from '../marbles.js'

const host = 'broker'
const opened = map(() => 'o')
const failed = 'ConnectionError: the connection to broker:9092 failed: read ECONNRESET'
const closed =
  'ClosedError: the connection to broker:9092 was closed here, by unsubscribing from what opened it, as ' +
  '`firstValueFrom`, `take(1)`, an aborted signal and the end of `use` do: stay inside `use`, or take `open()`'

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
