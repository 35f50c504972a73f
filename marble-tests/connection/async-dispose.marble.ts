import { map, mergeMap, NEVER, Subject, tap } from 'rxjs'
import { describe, it } from 'vitest'
import { connect } from '../../src/connection/index.js'
import { type Script, scripted, text } from '../../src/testing/index.js'
import { marbles, tellingFin } from '../marbles.js'

const host = 'broker'
const opened = map(() => 'o')

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
