import { concat, EMPTY, map, NEVER, Observable, of, range, Subject, take, throwError } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { pullMap } from '../../src/connection/index.js'
import { endless, eventsOf } from './events.js'

const MANY = 100_000

describe('pullMap(project, k)', () => {
  it('is synchronous where the source and the inner Observables are', () => {
    const { events } = eventsOf(range(1, 3).pipe(pullMap((n, index) => [n, index])))
    expect(events).toEqual([1, 0, 2, 1, 3, 2, 'complete'])
  })

  it('completes when nothing comes', () => {
    expect(eventsOf(EMPTY.pipe(pullMap(() => NEVER))).events).toEqual(['complete'])
  })

  it('fails as the source does, as an inner does, or as `project` throws', () => {
    const source = concat(
      of(1),
      throwError(() => new Error('of the source')),
    )
    expect(eventsOf(source.pipe(pullMap(n => of(n)))).events).toEqual([1, 'Error: of the source'])
    const failing = range(1, 3).pipe(pullMap(n => (n === 2 ? throwError(() => new Error('of the inner')) : of(n))))
    expect(eventsOf(failing).events).toEqual([1, 'Error: of the inner'])
    const throwing = range(1, 3).pipe(
      pullMap(n => {
        if (n === 2) throw new Error('thrown')
        return of(n)
      }),
    )
    expect(eventsOf(throwing).events).toEqual([1, 'Error: thrown'])
  })

  it('fails for what is no ObservableInput', () => {
    const [error] = eventsOf(of(1).pipe(pullMap(() => 7 as never))).events
    expect(error).toMatch('TypeError')
  })

  it('leaves an endless synchronous source at once, and an endless synchronous inner', () => {
    const outer = endless(Buffer.alloc(1))
    expect(
      eventsOf(
        outer.source.pipe(
          pullMap(() => of('x')),
          take(3),
        ),
      ).events,
    ).toEqual(['x', 'x', 'x', 'complete'])
    expect(outer.emitted).toBe(3)
    const inner = endless(Buffer.from('i'))
    const { events } = eventsOf(
      of(1, 2).pipe(
        pullMap(() => inner.source),
        take(2),
        map(String),
      ),
    )
    expect(events).toEqual(['i', 'i', 'complete'])
    // One more, after which it looks.
    expect(inner.emitted).toBeLessThanOrEqual(3)
  })

  it('leaves a synchronous source while an inner runs', () => {
    const source = endless(Buffer.alloc(1))
    const { events, subscription } = eventsOf(source.source.pipe(pullMap(() => NEVER, 3)))
    expect(source.emitted).toBe(3)
    expect(events).toEqual([])
    subscription.unsubscribe()
  })

  it('leaves source and inner Observables when unsubscribed', () => {
    const [source, inner] = [new Subject<number>(), new Subject<number>()]
    const { subscription } = eventsOf(source.pipe(pullMap(() => inner, 2)))
    source.next(1)
    expect([source.observed, inner.observed]).toEqual([true, true])
    subscription.unsubscribe()
    expect([source.observed, inner.observed]).toEqual([false, false])
  })

  it('loses nothing that comes from inside `project`, and runs no more than it may', () => {
    const source = new Subject<number>()
    let running = 0
    let most = 0
    const ends = new Subject<void>()
    const { events } = eventsOf(
      source.pipe(
        pullMap(n => {
          if (n === 1) for (const more of [2, 3, 4]) source.next(more)
          return new Observable<number>(subscriber => {
            most = Math.max(most, ++running)
            subscriber.next(n)
            subscriber.add(() => running--)
            subscriber.add(ends.subscribe(() => subscriber.complete()))
          })
        }, 2),
      ),
    )
    source.next(1)
    expect(events).toEqual([1, 2])
    ends.next()
    expect(events).toEqual([1, 2, 3, 4])
    expect(most).toBe(2)
  })

  it('maps 100,000 values to inners that complete at once', () => {
    let seen = 0
    range(0, MANY)
      .pipe(pullMap(n => of(n)))
      .subscribe(() => seen++)
    expect(seen).toBe(MANY)
  })

  it('resumes 100,000 times a source that completes its inners from outside', () => {
    let next = 0
    const source = new Observable<number>(subscriber => {
      while (next < MANY && !subscriber.closed) subscriber.next(next++)
      subscriber.complete()
    })
    const inner = new Subject<never>()
    let seen = 0
    let completed = false
    source
      .pipe(
        pullMap(() => {
          seen++
          return inner.pipe(take(1))
        }),
      )
      .subscribe({
        complete: () => {
          completed = true
        },
      })
    for (let n = 0; n < MANY; n++) inner.next(undefined as never)
    expect([seen, completed]).toEqual([MANY, true])
  })

  it('takes a positive integer or Infinity, and says so at the call', () => {
    for (const concurrency of [0, -1, 1.5, Number.NaN, '2' as unknown as number]) {
      expect(() => pullMap(() => EMPTY, concurrency)).toThrow(
        'concurrency must be a positive integer or Infinity; got ',
      )
    }
    expect(() => pullMap(undefined as unknown as () => never)).toThrow('project must be a function; got undefined')
    const all = eventsOf(range(0, 5).pipe(pullMap(n => concat(of(n), NEVER), Number.POSITIVE_INFINITY)))
    expect(all.events).toEqual([0, 1, 2, 3, 4])
  })
})
