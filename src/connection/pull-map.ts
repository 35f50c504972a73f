import { from, Observable, type ObservableInput, type OperatorFunction, Subscriber, Subscription } from 'rxjs'
import { describe } from '../errors/check-options.js'
import { ArgumentError } from '../errors.js'
import { checkFunction } from './check-arguments.js'
import { follow } from './follow.js'

/**
 * `mergeMap` with demand: while `concurrency` inner Observables run, the source is not subscribed to.
 *
 * With that many running it unsubscribes from the source, which keeps what is not wanted yet, and subscribes again when
 * one ends. So `connection.pipe(decodeFrames(), pullMap(handle))` reads no faster than `handle`, and TCP holds the peer
 * back. The source must be one that can be left and resumed, as everything that reads a {@link ByteSource} is; one that
 * starts over when subscribed again is started over.
 *
 * ```text
 * source        --a b c------|     left after a, resumed when its inner ends
 * pullMap(x)    ----A---B---C|     x: --X|
 * ```
 *
 * @param project  what to do with a value; its index counts from 0
 * @param concurrency  how many may run at once, a positive integer or Infinity; default 1
 * @throws {ArgumentError} when `concurrency` is not one
 * Errors with what `project` throws, and as the source and the inner Observables do; completes when all have.
 *
 * @example
 * connection.pipe(decodeFrames(), pullMap(frame => handle(frame), 4)).subscribe()
 */
export function pullMap<T, R>(
  project: (value: T, index: number) => ObservableInput<R>,
  concurrency = 1,
): OperatorFunction<T, R> {
  checkFunction('project', project)
  if (concurrency !== Number.POSITIVE_INFINITY && !(Number.isInteger(concurrency) && concurrency > 0)) {
    throw new ArgumentError(`concurrency must be a positive integer or Infinity; got ${describe(concurrency)}`)
  }
  return source =>
    new Observable(subscriber => {
      const running = new Subscription()
      let count = 0
      let index = 0
      /** What came while it could not be started: only from a source that emits inside `project`. */
      const early: T[] = []
      let starting = false
      let upstream: Subscription | undefined
      let ended = false

      function pull(): void {
        upstream = new Subscription()
        running.add(upstream)
        follow(source, upstream, {
          next: value => {
            early.push(value)
            startMore()
          },
          error: error => subscriber.error(error),
          complete: () => {
            ended = true
            startMore()
          },
        })
      }

      /** Starts what may run, then sees to the source. A loop: inners that complete at once must not recurse. */
      function startMore(): void {
        if (starting) return
        starting = true
        while (early.length > 0 && count < concurrency && !subscriber.closed) start(early.shift() as T)
        starting = false
        if (subscriber.closed) return
        if (count >= concurrency) leave()
        else if (!ended) upstream ?? pull()
        else if (count === 0) subscriber.complete()
      }

      function leave(): void {
        upstream?.unsubscribe()
        upstream = undefined
      }

      /** After the inner's own teardown, as in mergeMap: what it held is free when the next one starts. */
      function finished(): void {
        count--
        startMore()
      }

      function start(value: T): void {
        count++
        let result: Observable<R>
        try {
          result = from(project(value, index++))
        } catch (error) {
          subscriber.error(error)
          return
        }
        const inner = new Inner(subscriber)
        result.subscribe(inner)
        if (!inner.closed) running.add(inner)
        inner.add(finished)
      }

      subscriber.add(running)
      pull()
    })
}

/**
 * Reads one inner Observable. One that ends inside `subscribe` is never added to what runs, which would cost more than
 * all else here; left from inside its own emission, it finds out for itself.
 */
class Inner<R> extends Subscriber<R> {
  private readonly outer: Subscriber<R>

  constructor(outer: Subscriber<R>) {
    super()
    this.outer = outer
  }

  protected override _next(value: R): void {
    this.outer.next(value)
    if (this.outer.closed) this.unsubscribe()
  }

  protected override _error(error: unknown): void {
    this.outer.error(error)
    this.unsubscribe()
  }

  protected override _complete(): void {
    this.unsubscribe()
  }
}
