import { concat, EMPTY, finalize, NEVER, Observable, of, Subject, takeUntil, throwError, timer } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { lend } from '../../src/connection/lend.js'
import { ArgumentError } from '../../src/errors.js'
import { marbles } from '../marbles.js'

describe('lend', () => {
  it('mirrors what is made of the thing, leaves it at the end, then tells the end', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const opened = cold('--o---------')
      expectObservable(lend(opened, () => cold('-a--b|'))).toBe('---a--b|')
      expectSubscriptions(opened.subscriptions).toBe('           ^------!')
    })
  })

  it('leaves the thing before the end is told, so that the next finds its place free', () => {
    const told: string[] = []
    const things = new Subject<string>()
    const opened = things.pipe(finalize(() => told.push('left')))
    lend(opened, () => EMPTY).subscribe({ complete: () => told.push('complete') })
    lend(opened, () => throwError(() => 'no')).subscribe({ error: () => told.push('error') })
    things.next('thing')
    expect(told).toEqual(['left', 'complete', 'left', 'error'])
  })

  it('flushes after `use`, not when `use` fails', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const flush = cold<never>('--|')
      const opened = cold('o---------')
      expectObservable(
        lend(
          opened,
          () => cold('-a|'),
          () => flush,
        ),
      ).toBe('-a--|')
      expectSubscriptions(flush.subscriptions).toBe('--^-!')
      const failing = cold('o---------')
      expectObservable(
        lend(
          failing,
          () => cold('-#'),
          () => flush,
        ),
      ).toBe('-#')
      expectSubscriptions(failing.subscriptions).toBe('^!')
    })
  })

  it('errors as the thing does, even if `use` looks away', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(lend(cold('-o-#'), () => NEVER)).toBe('---#')
    })
  })

  it('goes on when what opened it has completed, and completes where it never opened', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(lend(cold('o|'), () => cold('---a|'))).toBe('---a|')
      expectObservable(lend(cold('--|'), () => NEVER)).toBe('--|')
    })
  })

  it('leaves both when it is unsubscribed, in the middle of a synchronous `use` too', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const [opened, used] = [cold('o---'), cold('-a--')]
      expectObservable(lend(opened, () => used).pipe(takeUntil(timer(2)))).toBe('-a|')
      expectSubscriptions(opened.subscriptions).toBe('^-!')
      expectSubscriptions(used.subscriptions).toBe('  ^-!')
    })
    const left = new Subject<void>()
    let emitted = 0
    const endless = new Observable<number>(subscriber => {
      while (!subscriber.closed && emitted < 100) subscriber.next(emitted++)
    })
    lend(concat(of('thing'), NEVER), () => endless)
      .pipe(takeUntil(left))
      .subscribe(value => value === 2 && left.next())
    expect(emitted).toBe(3)
  })

  it.each([
    [undefined, 'got undefined: is a `return` missing in it?'],
    [null, 'got null'],
    [7, 'got 7'],
  ])('says that `use` returned %s', (returned, message) => {
    const errors: Error[] = []
    lend(of('thing'), () => returned as never).subscribe({ error: error => errors.push(error) })
    expect(errors[0]).toBeInstanceOf(ArgumentError)
    expect(errors[0]?.message).toBe(`use must return an Observable, a Promise or an iterable; ${message}`)
  })
})
