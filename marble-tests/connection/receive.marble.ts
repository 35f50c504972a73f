import {
  catchError,
  concat,
  ignoreElements,
  map,
  merge,
  NEVER,
  of,
  switchMap,
  take,
  timer,
  VirtualTimeScheduler,
} from 'rxjs'
import { describe, it } from 'vitest'
import { connect, type ReceiveTimeoutError, receive, type Transport } from '../../src/connection/index.js'
import { scripted, text } from '../../src/testing/index.js'
import { marbles, over } from '../marbles.js'

describe('receive(n)', () => {
  it('cuts exact slices out of whatever chunks come', () => {
    marbles(({ expectObservable }) => {
      const transport = scripted({ connect: '--o', incoming: '----a-b|', bytes: { a: 'abcde', b: 'fgh' } })
      const slices = connect({ host: 'broker', transport }).pipe(switchMap(c => c.pipe(receive(4), text)))
      expectObservable(slices).toBe('----x-y|', { x: 'abcd', y: 'efgh' })
    })
  })

  it('cuts all slices that one chunk holds, in its frame', () => {
    marbles(({ expectObservable }) => {
      const slices = over({ incoming: '--a-----|', bytes: { a: 'abcdefgh' } }, c => c.pipe(receive(2), text))
      expectObservable(slices).toBe('  --(wxyz)|', { w: 'ab', x: 'cd', y: 'ef', z: 'gh' })
    })
  })

  it('joins a slice from as many chunks as it takes', () => {
    marbles(({ expectObservable }) => {
      expectObservable(over({ incoming: '-a--b-c--d|' }, c => c.pipe(receive(4), text))).toBe('---------x|', {
        x: 'abcd',
      })
    })
  })
})

describe('receive(n), its timeout', () => {
  it('wants each slice within timeout of the slice before it', () => {
    marbles(({ expectObservable }) => {
      const slices = over({ incoming: '--a---b------c' }, c => c.pipe(receive(1), text), { timeout: 5 })
      const error = 'ReceiveTimeoutError: received 0 of 1 bytes from broker:9092 within 5 ms'
      expectObservable(slices).toBe('  --a---b----#', undefined, error)
    })
  })

  it('wants the first slice within timeout of the subscribe', () => {
    marbles(({ expectObservable }) => {
      const slices = over({ connect: '---o' }, c => c.pipe(receive(1)), { timeout: 5 })
      const error = 'ReceiveTimeoutError: received 0 of 1 bytes from broker:9092 within 5 ms'
      expectObservable(slices).toBe('3ms 5ms #', undefined, error)
    })
  })

  it('is absolute: bytes that trickle in do not extend it, and are counted', () => {
    marbles(({ expectObservable }) => {
      const slices = over({ incoming: '-a-b-c-d' }, c => c.pipe(receive(4, { timeout: 6 }), text))
      const error = 'ReceiveTimeoutError: received 3 of 4 bytes from broker:9092 within 6 ms'
      expectObservable(slices).toBe('  ------#', undefined, error)
    })
  })

  it('tells in fields how much had come', () => {
    marbles(({ expectObservable }) => {
      const told = over({ incoming: '-a-b-c' }, c =>
        c.pipe(
          receive(4, { timeout: 4 }),
          map(() => ({})),
          catchError(({ code, had, wanted }: ReceiveTimeoutError) => of({ code, had, wanted })),
        ),
      )
      expectObservable(told).toBe('----(e|)', { e: { code: 'RECEIVE_TIMEOUT', had: 2, wanted: 4 } })
    })
  })

  it('is met by a slice that ends in its last frame', () => {
    marbles(({ expectObservable }) => {
      const slice = over({ incoming: '----a' }, c => c.pipe(receive(1, { timeout: 4 }), take(1), text))
      expectObservable(slice).toBe('  ----(a|)')
    })
  })

  it('begins anew at a slice, for the rest of whose chunk it counts', () => {
    marbles(({ expectObservable }) => {
      const bytes = { a: 'abc' }
      const slices = over({ incoming: '-a---------b', bytes }, c => c.pipe(receive(2, { timeout: 4 }), text))
      const error = 'ReceiveTimeoutError: received 1 of 2 bytes from broker:9092 within 4 ms'
      expectObservable(slices).toBe('  -x---#', { x: 'ab' }, error)
    })
  })

  it('lets bytes win that are found in the turn of I/O after it', () => {
    marbles(({ expectObservable }) => {
      const late = (incoming: string) => over(slowTurns(scripted({ incoming })), c => c.pipe(receive(2), text), at4)
      const at4 = { timeout: 4 }
      const error = 'ReceiveTimeoutError: received 1 of 2 bytes from broker:9092 within 4 ms'
      expectObservable(late('-a---b-|')).toBe('     -----x-|', { x: 'ab' })
      expectObservable(late('-a-----b')).toBe('     ------#', undefined, error)
    })
  })

  it('runs from its own subscribe while it waits behind another reader, and says that it waited', () => {
    marbles(({ expectObservable }) => {
      const waited = over({}, c => merge(c.pipe(ignoreElements()), c.pipe(receive(4, { timeout: 5 }))))
      const error =
        'ReceiveTimeoutError: received 0 of 4 bytes from broker:9092 within 5 ms (it waited behind another reader)'
      expectObservable(waited).toBe('-----#', undefined, error)
    })
  })

  it('is none where it is Infinity, for the read or for the connection', () => {
    marbles(({ expectObservable }) => {
      const script = { incoming: '60m a' }
      const own = over(script, c => c.pipe(receive(1, { timeout: Number.POSITIVE_INFINITY }), take(1), text))
      const whole = over(script, c => c.pipe(receive(1), take(1), text), { timeout: Number.POSITIVE_INFINITY })
      expectObservable(own).toBe('  60m (a|)')
      expectObservable(whole).toBe('60m (a|)')
    })
  })

  it('is 1500 ms on a connection that was given none, and none over another source', () => {
    marbles(({ expectObservable, cold }) => {
      const error = 'ReceiveTimeoutError: received 0 of 1 bytes from broker:9092 within 1500 ms'
      expectObservable(over({}, c => c.pipe(receive(1)))).toBe('1500ms #', undefined, error)
      const late = cold('60m (a|)', { a: Buffer.from('a') }).pipe(receive(1), text)
      expectObservable(late).toBe('60m (a|)')
    })
  })

  it('may be set over any source', () => {
    marbles(({ expectObservable, cold }) => {
      const slices = cold('-a-', { a: Buffer.from('a') }).pipe(receive(2, { timeout: 5 }))
      expectObservable(slices).toBe('-----#', undefined, 'ReceiveTimeoutError: received 1 of 2 bytes within 5 ms')
    })
  })

  it('is counted by the scheduler that it is given', () => {
    marbles(({ expectObservable, cold }) => {
      const clock = new VirtualTimeScheduler()
      const slices = over({}, c => c.pipe(receive(1, { timeout: 60_000, scheduler: clock })))
      const error = 'ReceiveTimeoutError: received 0 of 1 bytes from broker:9092 within 60000 ms'
      cold('---x').subscribe(() => clock.flush())
      expectObservable(slices).toBe('---#', undefined, error)
    })
  })

  it('is counted by the scheduler of the connection', () => {
    marbles(({ expectObservable, cold }) => {
      const clock = new VirtualTimeScheduler()
      const transport = scripted({ connect: NEVER })
      const opening = over(transport, () => NEVER, { scheduler: clock })
      cold('---x').subscribe(() => clock.flush())
      expectObservable(opening).toBe(
        '---#',
        undefined,
        'ConnectError: cannot connect to broker:9092: no connection within 1500 ms, DNS included',
      )
    })
  })

  it('gives back what had come', () => {
    marbles(({ expectObservable }) => {
      const slices = over({ incoming: '-a-b---c|' }, c => {
        const short = c.pipe(receive(3, { timeout: 5 }), text)
        return short.pipe(catchError(() => c.pipe(receive(3), text)))
      })
      expectObservable(slices).toBe('  -------x|', { x: 'abc' })
    })
  })
})

describe('receive(previous => n)', () => {
  const headerThenBody = (previous: Buffer | undefined, index: number) =>
    index % 2 === 0 ? 1 : Number(previous?.toString())

  it('takes each length from the slice before', () => {
    marbles(({ expectObservable }) => {
      const bytes = { a: '3ab', b: 'c2', c: 'de' }
      const slices = over({ incoming: '-a--b---c|', bytes }, c => c.pipe(receive(headerThenBody), text))
      expectObservable(slices).toBe('  -h--(xi)y|', { h: '3', x: 'abc', i: '2', y: 'de' })
    })
  })

  it('emits an empty slice where the length is 0, without waiting for bytes', () => {
    marbles(({ expectObservable }) => {
      const slices = over({ incoming: '-a-----|', bytes: { a: '0' } }, c => c.pipe(receive(headerThenBody), text))
      expectObservable(slices).toBe('  -(hx)--|', { h: '0', x: '' })
    })
  })

  it('asks for the first length before any bytes come', () => {
    marbles(({ expectObservable }) => {
      expectObservable(
        over({}, c =>
          c.pipe(
            receive(() => 0),
            take(1),
            text,
          ),
        ),
      ).toBe('(x|)', { x: '' })
      const error = 'ReceiveTimeoutError: received 0 of 4 bytes from broker:9092 within 3 ms'
      expectObservable(over({}, c => c.pipe(receive(() => 4, { timeout: 3 })))).toBe('---#', undefined, error)
    })
  })

  it('starts at the body when the read before was cancelled between header and body', () => {
    marbles(({ expectObservable }) => {
      const slices = over({ incoming: '-a---|', bytes: { a: '2xy' } }, c =>
        concat(c.pipe(receive(headerThenBody), take(1)), c.pipe(receive(2))).pipe(text),
      )
      expectObservable(slices).toBe('  -(hx)|', { h: '2', x: 'xy' })
    })
  })

  it('has each slice within the timeout', () => {
    marbles(({ expectObservable }) => {
      const slices = over({ incoming: '-a--b', bytes: { a: '3', b: 'a' } }, c =>
        c.pipe(receive(headerThenBody, { timeout: 5 }), text),
      )
      const error = 'ReceiveTimeoutError: received 1 of 3 bytes from broker:9092 within 5 ms'
      expectObservable(slices).toBe('  -h----#', { h: '3' }, error)
    })
  })
})

/** What comes within 2 ms of a deadline is found in the turn of I/O that the deadline waits for. */
function slowTurns(transport: Transport): Transport {
  const ioTurn = timer(2).pipe(ignoreElements())
  return endpoint => transport(endpoint).pipe(map(channel => ({ ...channel, ioTurn })))
}
