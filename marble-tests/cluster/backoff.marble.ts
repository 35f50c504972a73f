import {
  catchError,
  concatMap,
  defer,
  ignoreElements,
  merge,
  type Observable,
  of,
  Subject,
  throwError,
  timer,
} from 'rxjs'
import { describe, it } from 'vitest'
import type { Transport } from '../../src/connection/index.js'
import { Kafka } from '../../src/index.js'
import { marbles } from '../marbles.js'

/** A server that refuses, and an `x` for each attempt to connect to it. */
function refusing() {
  const attempts = new Subject<string>()
  const transport: Transport = () =>
    defer(() => {
      attempts.next('x')
      return throwError(() => Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }))
    })
  const kafka = new Kafka({
    bootstrap: 'a:1',
    transport,
    random: size => Buffer.alloc(size),
    requestTimeout: 4000,
    retryBackoff: { initial: 100, max: 1000 },
  })
  return { kafka, attempts: attempts as Observable<string> }
}

describe('a server that refuses', () => {
  it('is tried after 100, 200, 400, 800 ms and then each second, until the time of the request is over', () => {
    marbles(({ expectObservable }) => {
      const { kafka, attempts } = refusing()
      expectObservable(attempts).toBe('x 99ms x 199ms x 399ms x 799ms x 999ms x 999ms x')
      expectObservable(kafka.topics().pipe(catchError(({ code }) => of(code)))).toBe('4s (e|)', { e: 'CONNECT' })
    })
  })

  it('is left alone by who comes while it is waited for', () => {
    marbles(({ expectObservable }) => {
      const { kafka, attempts } = refusing()
      const askers = [0, 350, 360, 370].map(at =>
        timer(at).pipe(
          concatMap(() => kafka.topics()),
          ignoreElements(),
        ),
      )
      expectObservable(merge(attempts, ...askers), '^ 1200ms !').toBe('x 99ms x 199ms x 399ms x')
    })
  })

  it('is not tried any more when nobody wants it', () => {
    marbles(({ expectObservable }) => {
      const { kafka, attempts } = refusing()
      expectObservable(attempts).toBe('x 99ms x')
      expectObservable(kafka.topics(), '^ 249ms !').toBe('')
    })
  })
})
