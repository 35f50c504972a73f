import { catchError, concat, map, merge, mergeMap, NEVER, of, take, takeUntil, timer } from 'rxjs'
import { describe, it } from 'vitest'
import {
  type Connection,
  connect,
  encodeFrames,
  type KafkaError,
  receive,
  type SendTimeoutError,
} from '../../src/connection/index.js'
import { hex, type Script, scripted, text } from '../../src/testing/index.js'
import { marbles, over } from '../marbles.js'

const host = 'broker'
const forever = { timeout: Number.POSITIVE_INFINITY }

describe('`write(bytes)`', () => {
  const write = (c: Connection, bytes: string, options = {}) => c.write(Buffer.from(bytes), options)
  const told = catchError((error: SendTimeoutError) => of(`${error.name} ${error.started} ${error.outcome}`))

  it('does nothing until it is subscribed to, and writes each time', () => {
    marbles(({ expectObservable }) => {
      const transport = scripted({ write: '--|' })
      const twice = over(transport, c => {
        const abc = write(c, 'abc')
        return timer(2).pipe(mergeMap(() => concat(abc, abc)))
      })
      expectObservable(transport.sent.pipe(text)).toBe('--x-x', { x: 'abc' })
      expectObservable(twice).toBe('                     ----n-(n|)', { n: 3 })
    })
  })

  it('emits the count and completes when the kernel has taken all of its parts', () => {
    marbles(({ expectObservable }) => {
      const transport = scripted({ write: '---|' })
      const parts = over(transport, c => c.write([Buffer.from('ab'), Buffer.from('cde')]))
      expectObservable(parts).toBe('                    ---(n|)', { n: 5 })
      expectObservable(transport.sent.pipe(text)).toBe('x', { x: 'abcde' })
    })
  })

  it('ends each when the write that holds it has ended', () => {
    marbles(({ expectObservable }) => {
      const three = over({ write: '--|' }, c => merge(write(c, 'a'), write(c, 'bb'), write(c, 'ccc')))
      expectObservable(three).toBe('--x-(yz|)', { x: 1, y: 2, z: 3 })
    })
  })

  it('is withdrawn whole when unsubscribed while queued', () => {
    marbles(({ expectObservable }) => {
      const transport = scripted({ write: '-----|' })
      const withdrawn = over(transport, c =>
        merge(write(c, 'a'), write(c, 'bb').pipe(takeUntil(timer(2))), write(c, 'ccc')),
      )
      expectObservable(withdrawn).toBe('               -----x----(z|)', { x: 1, z: 3 })
      expectObservable(transport.sent.pipe(text)).toBe('a----c', { a: 'a', c: 'ccc' })
    })
  })

  it('is withdrawn whole when it times out while queued, and the connection lives', () => {
    marbles(({ expectObservable }) => {
      const transport = scripted({ write: '-----|' })
      const withdrawn = over(transport, c =>
        merge(write(c, 'a'), write(c, 'bb', { timeout: 2 }).pipe(told), write(c, 'ccc')),
      )
      expectObservable<unknown>(withdrawn).toBe('      --t--x----(z|)', {
        x: 1,
        z: 3,
        t: 'SendTimeoutError false unsent',
      })
      expectObservable(transport.sent.pipe(text)).toBe('a----c', { a: 'a', c: 'ccc' })
    })
  })

  it('says so', () => {
    marbles(({ expectObservable }) => {
      const error =
        'SendTimeoutError: a write still queued was not taken within 2 ms to broker:9092, which does not read: ' +
        'it was withdrawn unsent'
      const queued = over({ write: NEVER }, c => merge(write(c, 'a', forever), write(c, 'b', { timeout: 2 })))
      expectObservable(queued).toBe('--#', undefined, error)
    })
  })

  it('fails the connection when it times out once begun', () => {
    marbles(({ expectObservable }) => {
      const begun = connect({ host, transport: scripted({ write: NEVER }) }).pipe(
        mergeMap(c => merge(write(c, 'a', { timeout: 3 }).pipe(told), write(c, 'b').pipe(told), c.pipe(text, told))),
        told,
      )
      const values = {
        r: 'SendTimeoutError true unknown',
        q: 'ConnectionError undefined unsent',
      }
      // The reader, the begun writer, the queued one, connect()
      expectObservable<unknown>(begun).toBe('---(rrqr|)', values)
    })
  })

  it('waits at most until its deadline; once begun it is judged from then on, however long it waited', () => {
    marbles(({ expectObservable }) => {
      const takes5 = { write: '-----|' }
      const begunLate = over(takes5, c => merge(write(c, 'a'), write(c, 'b', { timeout: 6 }).pipe(told)))
      expectObservable<unknown>(begunLate).toBe('-----x----(x|)', { x: 1 })
      const error =
        'SendTimeoutError: a write that had begun was not taken within 4 ms to broker:9092, which does not read: ' +
        'the connection is given up, since a begun write cannot be withdrawn'
      const t = 'SendTimeoutError true unknown'
      const tooLong = over(takes5, c => concat(write(c, 'a'), write(c, 'b', { timeout: 4 }).pipe(told)))
      expectObservable<unknown>(tooLong).toBe('-----x---(t#)', { x: 1, t }, error)
    })
  })

  it('goes out whole once begun, even if unsubscribed', () => {
    marbles(({ expectObservable }) => {
      const transport = scripted({ write: '---|' })
      const left = over(transport, c => merge(write(c, 'abc').pipe(takeUntil(timer(1))), write(c, 'd')))
      expectObservable(left).toBe('                     ------(n|)', { n: 1 })
      expectObservable(transport.sent.pipe(text)).toBe('a--d', { a: 'abc', d: 'd' })
    })
  })

  it('fails alone, unsent, where it would take the backlog over the limit', () => {
    marbles(({ expectObservable }) => {
      const script: Script = { write: '--|' }
      const outcome = catchError((error: KafkaError) => of(`${error.name} ${error.outcome}`))
      const over3 = over(script, c => merge(write(c, 'ab'), write(c, 'cd').pipe(outcome), write(c, 'e')), {
        maxQueuedBytes: 3,
      })
      expectObservable<unknown>(over3).toBe('b-n-(m|)', { b: 'BacklogError unsent', n: 2, m: 1 })
    })
  })

  it('emits frames in order whether sent or written', () => {
    marbles(({ expectObservable }) => {
      const transport = scripted({ write: '|' })
      const framed = over(transport, c =>
        of(Buffer.from('ab'), Buffer.from('')).pipe(
          encodeFrames(),
          mergeMap(bytes => c.write(bytes)),
        ),
      )
      expectObservable(framed).toBe('                    (nm|)', { n: 6, m: 4 })
      expectObservable(transport.sent.pipe(hex)).toBe('(xy)', { x: '000000026162', y: '00000000' })
    })
  })

  it('may be answered at once: the reader registers first, then writes', () => {
    marbles(({ expectObservable }) => {
      const echo = over({ answer: bytes => of(bytes) }, c =>
        merge(c.pipe(receive(2), take(1), text), write(c, 'ab').pipe(map(String))),
      )
      expectObservable(echo).toBe('(xn|)', { x: 'ab', n: '2' })
    })
  })
})
