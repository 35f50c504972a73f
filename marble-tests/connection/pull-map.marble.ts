import { catchError, concat, map, mergeMap, NEVER, of, Subject, take, throwError, timer } from 'rxjs'
import { describe, it } from 'vitest'
import { byteSource, decodeFrames, pullMap, receive } from '../../src/connection/index.js'
import { text } from '../../src/testing/index.js'
import { marbles, over } from '../marbles.js'

const abc = { x: Buffer.from('abc') }

describe('`pullMap(project, k)`', () => {
  it('reads the next value when the inner before it has ended', () => {
    marbles(({ expectObservable, expectSubscriptions, cold }) => {
      const inner = cold('--i|')
      const letters = over({ incoming: '-x--------------|', bytes: { x: 'abc' } }, c =>
        c.pipe(
          receive(1),
          text,
          pullMap(letter => inner.pipe(map(() => letter))),
        ),
      )
      expectObservable(letters).toBe('---a--b--c------|')
      expectSubscriptions(inner.subscriptions).toBe(['-^--!', '----^--!', '-------^--!'])
    })
  })

  it('leaves the source while enough run, and comes back when one ends', () => {
    marbles(({ expectObservable, expectSubscriptions, cold, hot }) => {
      const source = hot('                      -a-b---c-----|')
      const inner = cold('                      ---i|')
      expectObservable(source.pipe(pullMap(() => inner))).toBe('----i-----i--|')
      expectSubscriptions(source.subscriptions).toBe(['^!', '-----^-!', '-----------^-!'])
    })
  })

  it('runs k at once', () => {
    marbles(({ expectObservable, expectSubscriptions, cold }) => {
      const inner = cold('---i|')
      const two = over({ incoming: '-x---------------|', bytes: { x: 'abcd' } }, c =>
        c.pipe(
          receive(1),
          text,
          pullMap(letter => inner.pipe(map(() => letter)), 2),
        ),
      )
      expectObservable(two).toBe('----(ab)(cd)-----|')
      expectSubscriptions(inner.subscriptions).toBe(['-^---!', '-^---!', '-----^---!', '-----^---!'])
    })
  })

  it('starts the next as soon as any ends', () => {
    marbles(({ expectObservable }) => {
      const durations: Record<string, number> = { a: 5, b: 1, c: 2, d: 4 }
      const letters = over({ incoming: '-x-------------|', bytes: { x: 'abcd' } }, c =>
        c.pipe(
          receive(1),
          text,
          pullMap(letter => timer(durations[letter] ?? 0).pipe(map(() => letter)), 2),
        ),
      )
      // a: 1 to 6, b: 1 to 2, c: 2 to 4, d: 4 to 8
      expectObservable(letters).toBe('--b-c-a-d------|')
    })
  })

  it('holds the peer back: nothing is read while the handler runs', () => {
    marbles(({ expectObservable, expectSubscriptions, cold }) => {
      const source = cold('-x------', abc)
      const slow = byteSource(source).pipe(
        receive(1),
        pullMap(() => timer(2).pipe(map(() => 'i'))),
      )
      // abc holds three; then it is resumed, and this source begins anew.
      expectObservable(slow, '                   ^---------!').toBe('---i-i-i--')
      expectSubscriptions(source.subscriptions).toBe(['^!', '-------^!'])
    })
  })

  it('gives back what was not projected yet when it is left', () => {
    marbles(({ expectObservable }) => {
      const left = over({ incoming: '-x------|', bytes: { x: 'abcde' } }, c => {
        const handled = c.pipe(
          receive(1),
          text,
          pullMap(letter => timer(2).pipe(map(() => letter))),
        )
        return concat(handled.pipe(take(1)), c.pipe(text))
      })
      expectObservable(left).toBe('---(xy)-|', { x: 'a', y: 'bcde' })
    })
  })

  it('cancels what runs when unsubscribed', () => {
    marbles(({ expectObservable, expectSubscriptions, cold, hot }) => {
      const source = hot('-a-b--')
      const inner = cold(' ----i')
      expectObservable(source.pipe(pullMap(() => inner, 3)), '^-----!').toBe('-----i')
      expectSubscriptions(inner.subscriptions).toBe(['-^----!', '---^--!'])
      expectSubscriptions(source.subscriptions).toBe('^-----!')
    })
  })

  it('completes when the source and all inner Observables have', () => {
    marbles(({ expectObservable, hot }) => {
      const inner = () => timer(3).pipe(map(() => 'i'))
      expectObservable(hot('-a|').pipe(pullMap(inner, 2))).toBe('----(i|)')
      expectObservable(hot('--|').pipe(pullMap(inner))).toBe('   --|')
    })
  })

  it('fails as the source does, as an inner does, or as `project` throws, and leaves the rest', () => {
    marbles(({ expectObservable, expectSubscriptions, cold, hot }) => {
      const source = hot('-a-b--#')
      const inner = cold('---i')
      expectObservable(source.pipe(pullMap(() => inner, 3))).toBe('----i-#')
      expectSubscriptions(inner.subscriptions).toBe(['-^----!', '---^--!'])
      const failing = (_: string, index: number) =>
        index === 0 ? NEVER : timer(1).pipe(mergeMap(() => throwError(() => 'inner')))
      expectObservable(hot('-a-b--').pipe(pullMap(failing, 3))).toBe('----#', undefined, 'inner')
      const throwing = (_: string, index: number) => {
        if (index === 1) throw new Error('thrown')
        return NEVER
      }
      expectObservable(hot('-a-b--').pipe(pullMap(throwing, 3))).toBe('---#', undefined, 'Error: thrown')
    })
  })

  it('starts what comes from inside `project` when there is room', () => {
    marbles(({ expectObservable, hot }) => {
      const source = new Subject<string>()
      hot('-a').subscribe(source)
      const letters = source.pipe(
        pullMap(letter => {
          if (letter === 'a') for (const next of 'bc') source.next(next)
          return timer(2).pipe(map(() => letter))
        }),
      )
      expectObservable(letters, '^--------!').toBe('---a-b-c')
    })
  })

  it('reads frames no faster than they are handled', () => {
    marbles(({ expectObservable }) => {
      const frames = '\0\0\0\u0001a\0\0\0\u0001b\0\0\0\u0002cd'
      const handled = over({ incoming: '-x--------------|', bytes: { x: frames } }, c =>
        c.pipe(
          decodeFrames(),
          text,
          pullMap(frame => concat(of(`<${frame}`), timer(4).pipe(map(() => `${frame}>`)))),
        ),
      )
      const values = { a: '<a', A: 'a>', b: '<b', B: 'b>', c: '<cd', C: 'cd>' }
      expectObservable(handled).toBe('-a---(Ab)(Bc)C--|', values)
    })
  })

  it('sees the end of the source when it comes back to it', () => {
    marbles(({ expectObservable }) => {
      const handled = over({ incoming: '-x-|', bytes: { x: 'a' } }, c =>
        c.pipe(
          receive(1),
          pullMap(() => timer(4).pipe(map(() => 'i'))),
          catchError(() => of('failed')),
        ),
      )
      expectObservable(handled).toBe('-----(i|)')
    })
  })
})
