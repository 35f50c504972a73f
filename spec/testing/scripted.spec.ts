import { concat, map, mergeMap, NEVER, type Observable, of, Subject, take, timer } from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { Channel, Endpoint } from '../../src/connection/index.js'
import { connect } from '../../src/connection/index.js'
import { byteMarbles, hex, type Script, scripted, text } from '../../src/testing/index.js'

const marbles = byteMarbles((actual, expected) => expect(actual).toEqual(expected))
const opened = map(() => 'o')
const connecting = (...scripts: [Script, ...Script[]]) => connect({ host: 'broker', transport: scripted(...scripts) })

/** What `use` makes of the channel itself, without a connection around it. */
function channelOf<R>(script: Script, use: (channel: Channel) => Observable<R>): Observable<R> {
  return connectless(script).pipe(mergeMap(use))
}

function connectless(script: Script): Observable<Channel> {
  let endpoint: Endpoint | undefined
  // The endpoint that a connection would ask for.
  connect({
    host: 'broker',
    transport: asked => {
      endpoint = asked
      return NEVER
    },
  })
    .subscribe()
    .unsubscribe()
  return scripted(script)(endpoint as Endpoint)
}

describe('scripted', () => {
  it('refuses what no script has, and takes what is undefined for what is left out', () => {
    const misspelt = { incomming: 'a' } as Script
    expect(() => scripted({}, misspelt)).toThrow('scripted() has no option "incomming": did you mean incoming?')
    expect(scripted({ connect: undefined, bytes: undefined, answer: undefined })).toBeTypeOf('function')
  })

  it('opens at once and stays, where the script says nothing', () => {
    marbles(({ expectObservable }) => {
      expectObservable(connecting({}).pipe(opened)).toBe('o')
    })
  })

  it('opens, and fails to, as `connect` says', () => {
    marbles(({ expectObservable }) => {
      const error = 'ConnectError: cannot connect to broker:9092: read ECONNRESET'
      expectObservable(connecting({ connect: '--o' }).pipe(opened)).toBe('--o')
      expectObservable(connecting({ connect: '--#' }).pipe(opened)).toBe('--#', undefined, error)
    })
  })

  it('counts all marbles from the subscribe', () => {
    marbles(({ expectObservable }) => {
      const script: Script = { connect: '---o', incoming: '-a--b|' }
      const chunks = connecting(script).pipe(mergeMap(connection => connection.pipe(text)))
      expectObservable(timer(2).pipe(mergeMap(() => chunks))).toBe('--   ---ab|')
    })
  })

  it('lets letters stand for themselves, for other text, or for bytes', () => {
    marbles(({ expectObservable }) => {
      const bytes = { b: 'text', c: new Uint8Array([0, 255]) }
      const chunks = channelOf({ incoming: 'a-b-c', bytes }, ({ incoming }) => incoming.pipe(hex))
      expectObservable(chunks).toBe('a-b-c', { a: '61', b: '74657874', c: '00ff' })
    })
  })

  it('fails as the script says, or as a reset', () => {
    marbles(({ expectObservable }) => {
      const error = 'ConnectionError: the connection to broker:9092 failed: of mine'
      const reset = 'ConnectionError: the connection to broker:9092 failed: read ECONNRESET'
      expectObservable(connecting({ incoming: '--#', error: new Error('of mine') }).pipe(opened)).toBe(
        'o-#',
        undefined,
        error,
      )
      expectObservable(connecting({ incoming: '--#' }).pipe(opened)).toBe('o-#', undefined, reset)
    })
  })

  it('follows one script an attempt, and the last one ever after', () => {
    marbles(({ expectObservable }) => {
      const attempts = connecting({ connect: 'o' }, { connect: '-o' }, { connect: '--o' }).pipe(take(1), opened)
      expectObservable(concat(attempts, attempts, attempts, attempts)).toBe('oo-o-(o|)')
    })
  })

  it('keeps what comes while nobody reads, in the middle of a burst too, and its end', () => {
    marbles(({ expectObservable }) => {
      const script: Script = { incoming: 'a-b-(cde)-----|' }
      const resumed = channelOf(script, ({ incoming }) =>
        concat(
          incoming.pipe(take(1)),
          timer(6).pipe(mergeMap(() => incoming.pipe(take(2)))),
          incoming,
          of(Buffer.from('E')),
        ).pipe(text),
      )
      expectObservable(resumed).toBe('a-----(bcde)--E')
    })
  })

  it('takes each write as long as the script says, from when it begins', () => {
    marbles(({ expectObservable }) => {
      const write = (channel: Channel) => channel.write([Buffer.from('a')])
      const twice = (script: Script) =>
        channelOf(script, channel => concat(write(channel), of('w'), write(channel), of('w')))
      expectObservable(twice({ write: '--|' })).toBe('--w-w')
      expectObservable(twice({ write: '--#' })).toBe('--#', undefined, 'Error: read ECONNRESET')
      expectObservable(twice({})).toBe('               (ww)')
    })
  })

  it('shows in `sent` each write as it begins, of all attempts, those before the subscribe included', () => {
    marbles(({ expectObservable }) => {
      const transport = scripted({ write: '--|' })
      const attempt = connect({ host: 'broker', transport }, connection =>
        connection.write([Buffer.from('a'), Buffer.from('b')]),
      )
      expectObservable(concat(attempt, attempt)).toBe('                        --n-(n|)', { n: 2 })
      expectObservable(transport.sent.pipe(text)).toBe('                       x-x', { x: 'ab' })
      expectObservable(
        timer(1)
          .pipe(mergeMap(() => transport.sent))
          .pipe(text),
      ).toBe('-xx', { x: 'ab' })
    })
  })

  it('answers each write, later or not at all, and stops when closed', () => {
    marbles(({ expectObservable }) => {
      const answer = (bytes: Buffer) =>
        `${bytes}` === 'no' ? undefined : timer(2).pipe(map(() => Buffer.from(`<${bytes}`)))
      const talk = connect({ host: 'broker', transport: scripted({ answer }) }, connection => {
        for (const [at, bytes] of ['a', 'no', 'b'].entries())
          timer(at).subscribe(() => connection.send.next(Buffer.from(bytes)))
        return connection.pipe(text, take(2))
      })
      expectObservable(talk).toBe('--a-(b|)', { a: '<a', b: '<b' })
      const closed = new Subject<string>()
      const late = scripted({
        answer: () =>
          timer(5).pipe(
            map(() => {
              closed.next('answered')
              return Buffer.from('x')
            }),
          ),
      })
      expectObservable(
        connect({ host: 'broker', transport: late }, ({ send }) => {
          send.next(Buffer.from('a'))
          return timer(2)
        }),
      ).toBe('--(n|)', { n: 0 })
      expectObservable(closed).toBe('')
    })
  })

  it('takes Observables in place of marbles', () => {
    marbles(({ expectObservable, cold }) => {
      const script: Script = {
        connect: cold('-o'),
        incoming: cold('---a---|', { a: Buffer.from('abc') }),
        write: cold('--|'),
      }
      const talk = connecting(script).pipe(
        mergeMap(connection => concat(connection.write(Buffer.from('w')), connection.pipe(text))),
      )
      expectObservable<unknown>(talk).toBe('---(na)|', { n: 1, a: 'abc' })
    })
  })

  it('gives no socket before it is subscribed to, and closes it when that is left', () => {
    marbles(({ expectSubscriptions, expectObservable, cold }) => {
      const incoming = cold<Uint8Array>('-----')
      const connection = connecting({ incoming })
      expectObservable(connection.pipe(opened), '-^--!').toBe('-o')
      expectSubscriptions(incoming.subscriptions).toBe('-^--!')
    })
  })

  it('names the addresses of the two ends', () => {
    marbles(({ expectObservable }) => {
      const addresses = channelOf({}, ({ remoteAddress, remotePort, localAddress, localPort }) =>
        of(`${remoteAddress}:${remotePort} ${localAddress}:${localPort}`),
      )
      expectObservable(addresses).toBe('a', { a: 'broker:9092 scripted:0' })
    })
  })

  it('lets what a read causes to come wait until the read returns', () => {
    marbles(({ expectObservable }) => {
      const echo = connect({ host: 'broker', transport: scripted({ incoming: 'a', answer: bytes => of(bytes) }) }, c =>
        c.pipe(
          text,
          map(letter => {
            if (letter < 'd') c.send.next(Buffer.from(String.fromCharCode(letter.charCodeAt(0) + 1)))
            return letter
          }),
          take(4),
        ),
      )
      expectObservable(echo).toBe('(abcd|)')
    })
  })
})
