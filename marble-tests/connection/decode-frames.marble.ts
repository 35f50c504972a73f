import { catchError, concat, map, merge, mergeMap, NEVER, of, startWith, take, takeUntil, timer } from 'rxjs'
import { describe, it } from 'vitest'
import {
  byteSource,
  type Connection,
  decodeFrames,
  type EndOfStreamError,
  type FrameError,
  receive,
} from '../../src/connection/index.js'
import { hex, text } from '../../src/testing/index.js'
import { marbles, over } from '../marbles.js'

/** `abc` and `de`, each behind its length, in three chunks. */
const bytes = { 1: '\0\0\0\u0003ab', 2: 'c\0\0\0\u0002d', 3: 'e', l: '\0\0\0\u0003', m: '\0\0' }
const frames = { A: 'abc', B: 'de' }
const decode = (c: Connection) => c.pipe(decodeFrames(), text)

describe('`decodeFrames()`', () => {
  it('takes the length off each frame, however it is cut', () => {
    marbles(({ expectObservable }) => {
      expectObservable(over({ incoming: '-1-2-3|', bytes }, decode)).toBe('---A-B|', frames)
    })
  })

  it('emits all frames of one chunk in its frame', () => {
    marbles(({ expectObservable }) => {
      const both = { x: `${bytes[1]}${bytes[2]}${bytes[3]}` }
      expectObservable(over({ incoming: '-x----|', bytes: both }, decode)).toBe('-(AB)-|', frames)
    })
  })

  it('emits an empty body', () => {
    marbles(({ expectObservable }) => {
      const empty = { x: '\0\0\0\0\0\0\0\0' }
      expectObservable(over({ incoming: '-x----|', bytes: empty }, decode)).toBe('-(ee)-|', { e: '' })
    })
  })

  it('waits between frames for ever', () => {
    marbles(({ expectObservable }) => {
      const incoming = '60m 1-2-3 60m |'
      expectObservable(over({ incoming, bytes }, decode)).toBe('60m --A-B 60m |', frames)
    })
  })

  it('wants a frame to end within `timeout` of its first byte', () => {
    marbles(({ expectObservable }) => {
      const error = 'ReceiveTimeoutError: received 6 of 7 bytes from broker:9092 within 4 ms'
      const late = over({ incoming: '-1-----2-3', bytes }, decode, { timeout: 4 })
      expectObservable(late).toBe('  -----#', undefined, error)
      const inTime = over({ incoming: '-1---2---3', bytes }, decode, { timeout: 4 })
      expectObservable(inTime).toBe('-----A---B', frames)
    })
  })

  it('wants that of a frame that begins behind another in one chunk', () => {
    marbles(({ expectObservable }) => {
      const error = 'ReceiveTimeoutError: received 5 of 6 bytes from broker:9092 within 4 ms'
      expectObservable(over({ incoming: '-1-2', bytes }, decode, { timeout: 4 })).toBe('---A---#', frames, error)
    })
  })

  it('counts from the first byte of the length, and bytes that trickle in do not extend that', () => {
    marbles(({ expectObservable }) => {
      const length = over({ incoming: '-m', bytes }, decode, { timeout: 4 })
      const error = 'ReceiveTimeoutError: received 2 of 4 bytes from broker:9092 within 4 ms'
      expectObservable(length).toBe('-----#', undefined, error)
      const trickle = over({ incoming: '-l-a-b-c', bytes }, decode, { timeout: 4 })
      const two = 'ReceiveTimeoutError: received 6 of 7 bytes from broker:9092 within 4 ms'
      expectObservable(trickle).toBe('-----#', undefined, two)
    })
  })

  it('gives the whole frame back at its timeout, length included', () => {
    marbles(({ expectObservable }) => {
      const retried = over({ incoming: '-1-----2-3|', bytes }, c =>
        c.pipe(
          decodeFrames({ timeout: 4 }),
          catchError(() => timer(1).pipe(mergeMap(() => c.pipe(decodeFrames())))),
          text,
        ),
      )
      expectObservable(retried).toBe('       -------A-B|', frames)
    })
  })

  it('is resumable: unsubscribed in mid-frame it gives everything back', () => {
    marbles(({ expectObservable }) => {
      const resumed = over({ incoming: '-1-2-3|', bytes }, c => concat(decode(c).pipe(takeUntil(timer(2))), decode(c)))
      expectObservable(resumed).toBe('  ---A-B|', frames)
      const taken = over({ incoming: '-1-2-3|', bytes }, c => concat(decode(c).pipe(take(1)), c.pipe(receive(6), hex)))
      expectObservable(taken).toBe('    ---A-R|', { A: 'abc', R: '000000026465' })
    })
  })

  it('gives everything back when the subscriber downstream throws', () => {
    marbles(({ expectObservable }) => {
      const script = { incoming: '-x----|', bytes: { x: `${bytes[1]}${bytes[2]}${bytes[3]}` } }
      const throwing = over(script, c =>
        c.pipe(
          decodeFrames(),
          map(() => {
            throw new Error('no')
          }),
          catchError(() => decode(c)),
        ),
      )
      expectObservable<unknown>(throwing).toBe('-B----|', frames)
    })
  })

  it('completes between frames, and fails inside one, the length included', () => {
    marbles(({ expectObservable }) => {
      const part = (incoming: string) =>
        over({ incoming, bytes }, c =>
          c.pipe(
            decodeFrames(),
            hex,
            catchError(({ had, wanted, part }: EndOfStreamError) => of(`${had} of ${wanted}: ${part.toString('hex')}`)),
          ),
        )
      expectObservable(part('-1-2-3|')).toBe('---A-B|', { A: '616263', B: '6465' })
      expectObservable(part('-1|')).toBe('    --(p|)', { p: '6 of 7: 000000036162' })
      expectObservable(part('-m|')).toBe('    --(p|)', { p: '2 of 4: 0000' })
    })
  })

  it('fails at once, before the body comes, where the length cannot be right', () => {
    marbles(({ expectObservable }) => {
      const negative = { x: Buffer.from('fffffffe', 'hex') }
      const error =
        'FrameError: a frame from broker:9092 claims -2 bytes, which is negative; ' +
        'this is not a Kafka listener, or the reader has lost its place in the stream'
      expectObservable(over({ incoming: '-x', bytes: negative }, decode)).toBe('-#', undefined, error)
      const limited = over({ incoming: '-1', bytes }, decode, { maxMessageBytes: 2 })
      const long = error.replace('-2 bytes, which is negative', '3 bytes, above the limit of 2')
      expectObservable(limited).toBe('-#', undefined, long)
    })
  })

  it('emits the frames before it, and gives it back', () => {
    marbles(({ expectObservable }) => {
      const wrong = { x: Buffer.from('0000000161ffffffff62', 'hex') }
      const read = over({ incoming: '-x-----|', bytes: wrong }, c =>
        c.pipe(
          decodeFrames(),
          catchError((error: FrameError) => concat(of(Buffer.from(`${error.length}`)), c)),
          hex,
        ),
      )
      expectObservable(read).toBe('           -(ABC)-|', { A: '61', B: '2d31', C: 'ffffffff62' })
    })
  })

  it('reads again what is unread from inside `next`', () => {
    marbles(({ expectObservable }) => {
      const two = { x: '\0\0\0\u0001a\0\0\0\u0001b' }
      const reread = over({ incoming: '-x------|', bytes: two }, c =>
        c.pipe(
          decodeFrames(),
          map((frame, index) => {
            if (index === 0) c.unread(Buffer.from('\0\0\0\u0001!'))
            return frame
          }),
          text,
        ),
      )
      expectObservable(reread).toBe('-(axb)--|', { a: 'a', x: '!', b: 'b' })
    })
  })

  it('takes turns, and no deadline runs while it waits', () => {
    marbles(({ expectObservable }) => {
      const both = over({ incoming: '-----1-2-3|', bytes }, c => merge(decode(c).pipe(take(1)), decode(c)), {
        timeout: 3,
      })
      expectObservable(both).toBe('           -------A-B|', frames)
    })
  })

  it('works over any source', () => {
    marbles(({ expectObservable, cold }) => {
      const source = () => cold('-a-b|', { a: Buffer.from(bytes[1]), b: Buffer.from('c') })
      expectObservable(source().pipe(decodeFrames(), text)).toBe('---A|', frames)
      const hot = byteSource(NEVER.pipe(startWith(Buffer.from(bytes[1]))))
      const cut = hot.pipe(decodeFrames(), takeUntil(timer(2)))
      const rest = hot.pipe(receive(6), take(1))
      expectObservable(concat(cut, rest).pipe(hex)).toBe('--(r|)', { r: '000000036162' })
    })
  })
})
