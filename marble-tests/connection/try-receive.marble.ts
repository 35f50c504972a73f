import { concat, merge, mergeMap, timer } from 'rxjs'
import { describe, it } from 'vitest'
import { tryReceive } from '../../src/connection/index.js'
import { text } from '../../src/testing/index.js'
import { marbles, over } from '../marbles.js'

describe('`tryReceive(n)`', () => {
  it('emits what there is, and completes', () => {
    marbles(({ expectObservable }) => {
      const bytes = { a: 'abc' }
      expectObservable(over({ incoming: '--a--b', bytes }, c => c.pipe(tryReceive(9), text))).toBe('--(a|)', bytes)
    })
  })

  it('emits at most n bytes; the surplus goes back', () => {
    marbles(({ expectObservable }) => {
      const read = over({ incoming: '--a-----b', bytes: { a: 'abcde' } }, c => {
        const two = c.pipe(tryReceive(2))
        return concat(two, two, two, two).pipe(text)
      })
      expectObservable(read).toBe('  --(xyz)-(b|)', { x: 'ab', y: 'cd', z: 'e', b: 'b' })
    })
  })

  it('completes empty at EOF', () => {
    marbles(({ expectObservable }) => {
      expectObservable(over({ incoming: '--|' }, c => c.pipe(tryReceive(2)))).toBe('--|')
    })
  })

  it('takes what was read ahead', () => {
    marbles(({ expectObservable }) => {
      const later = over({ incoming: '-a' }, c => timer(3).pipe(mergeMap(() => c.pipe(tryReceive(2), text))))
      expectObservable(later).toBe('---(a|)')
    })
  })

  it('wants something within `timeout`', () => {
    marbles(({ expectObservable }) => {
      const error = 'ReceiveTimeoutError: received 0 of 2 bytes from broker:9092 within 3 ms'
      expectObservable(over({ incoming: '---- a' }, c => c.pipe(tryReceive(2, { timeout: 3 })))).toBe(
        '---#',
        undefined,
        error,
      )
      expectObservable(over({}, c => c.pipe(tryReceive(2)), { timeout: 3 })).toBe(
        '                    ---#',
        undefined,
        error,
      )
    })
  })

  it('says so when it waited behind another reader', () => {
    marbles(({ expectObservable }) => {
      const error =
        'ReceiveTimeoutError: received 0 of 2 bytes from broker:9092 within 3 ms (it waited behind another reader)'
      const waited = over({}, c => merge(c, c.pipe(tryReceive(2, { timeout: 3 }))))
      expectObservable(waited).toBe('---#', undefined, error)
    })
  })
})
