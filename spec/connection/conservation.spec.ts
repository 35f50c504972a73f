import fc from 'fast-check'
import {
  asyncScheduler,
  catchError,
  concat,
  defer,
  delay,
  EMPTY,
  type MonoTypeOperatorFunction,
  map,
  merge,
  mergeMap,
  NEVER,
  type Observable,
  type OperatorFunction,
  of,
  take,
  takeUntil,
  tap,
  timer,
} from 'rxjs'
import { expect, it } from 'vitest'
import {
  type ByteSource,
  byteSource,
  ClosedError,
  connect,
  decodeFrames,
  EndOfStreamError,
  type Endpoint,
  pullMap,
  receive,
  tryReceive,
} from '../../src/connection/index.js'
import { byteMarbles, scripted } from '../../src/testing/index.js'

const endpoint = { host: 'broker', port: 9092, scheduler: asyncScheduler } as unknown as Endpoint
const inVirtualTime = byteMarbles((actual, expected) => expect(actual).toEqual(expected))

/** What a reader does; all times in ms. */
type Read =
  | { readonly kind: 'raw' }
  | { readonly kind: 'receive'; readonly length: number; readonly timeout: number }
  | { readonly kind: 'receiveEach'; readonly lengths: readonly number[]; readonly timeout: number }
  | { readonly kind: 'tryReceive'; readonly length: number; readonly timeout: number }
  | { readonly kind: 'decodeFrames'; readonly maxLength: number; readonly timeout: number }

/** How it ends, if the read does not end of itself. */
type End =
  | { readonly kind: 'take'; readonly count: number }
  | { readonly kind: 'throw'; readonly count: number }
  | { readonly kind: 'unsubscribe'; readonly after: number }

interface Step {
  readonly read: Read
  readonly end: End
  /** Whatever happens, it is left after so long. */
  readonly left: number
  /** Handles what it reads in a pullMap, so long each (0: at once), so many at once. */
  readonly handle: { readonly duration: number; readonly concurrency: number } | undefined
  /** How many of the last bytes to unread: from inside its last `next`, when it has ended, or some time later. */
  readonly unread: { readonly count: number; readonly when: 'next' | 'end' | 'later' } | undefined
}

interface Plan {
  readonly chunks: readonly { readonly bytes: Buffer; readonly after: number }[]
  readonly fin: boolean
  /** Readers that read at the same time, each one step after another. */
  readonly readers: readonly (readonly Step[])[]
}

const small = fc.integer({ min: 1, max: 9 })
const timeout = fc.oneof({ weight: 3, arbitrary: small }, fc.constant(Number.POSITIVE_INFINITY))
const read: fc.Arbitrary<Read> = fc.oneof(
  fc.record({ kind: fc.constant('raw' as const) }),
  fc.record({ kind: fc.constant('receive' as const), length: small, timeout }),
  fc.record({
    kind: fc.constant('receiveEach' as const),
    lengths: fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 4 }),
    timeout,
  }),
  fc.record({ kind: fc.constant('tryReceive' as const), length: small, timeout }),
  fc.record({ kind: fc.constant('decodeFrames' as const), maxLength: fc.constantFrom(3, 9), timeout }),
)
const end: fc.Arbitrary<End> = fc.oneof(
  fc.record({ kind: fc.constant('take' as const), count: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant('throw' as const), count: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constant('unsubscribe' as const), after: fc.integer({ min: 0, max: 5 }) }),
)
const step: fc.Arbitrary<Step> = fc.record({
  read,
  end,
  left: fc.integer({ min: 0, max: 12 }),
  handle: fc.option(fc.record({ duration: fc.integer({ min: 0, max: 3 }), concurrency: small }), { nil: undefined }),
  unread: fc.option(
    fc.record({ count: fc.integer({ min: 0, max: 5 }), when: fc.constantFrom('next', 'end', 'later') }),
    { nil: undefined },
  ),
})

/** A frame, or bytes that make no sense as one. */
const piece = fc.oneof(
  { weight: 3, arbitrary: fc.uint8Array({ maxLength: 6 }).map(body => frame(body)) },
  fc.uint8Array({ maxLength: 5 }).map(bytes => Buffer.from(bytes)),
)
const chunks = fc
  .tuple(
    fc.array(piece, { maxLength: 8 }).map(Buffer.concat),
    fc.array(fc.tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 0, max: 3 })), { minLength: 1, maxLength: 20 }),
  )
  .map(([stream, cuts]) => cut(stream, cuts))
const plan: fc.Arbitrary<Plan> = fc.record({
  chunks,
  fin: fc.boolean(),
  readers: fc.array(fc.array(step, { maxLength: 6 }), { minLength: 1, maxLength: 3 }),
})

it('a ByteSource emits every byte once and in order, whoever reads it how', () => {
  fc.assert(
    fc.property(plan, plan => {
      const channels = scripted({ incoming: arriving(plan) })(endpoint)
      expectConserved(plan, channels.pipe(map(channel => byteSource(channel.incoming))))
    }),
    { numRuns: 700 },
  )
})

it('a Connection emits every byte once and in order, whoever reads it how', () => {
  fc.assert(
    fc.property(plan, plan => {
      const transport = scripted({ incoming: arriving(plan) })
      expectConserved(plan, connect({ host: 'broker', transport }))
    }),
    { numRuns: 700 },
  )
})

/** All that is emitted, carried by an EndOfStreamError, and left in the end, is all that was sent. */
function expectConserved(plan: Plan, sources: Observable<ByteSource>): void {
  const ledger = new Ledger()
  inVirtualTime(() => {
    const reading = sources.pipe(
      mergeMap(source => {
        const readers = plan.readers.map(steps => concat(...steps.map(step => perform(source, step, ledger))))
        const rest = source.pipe(
          tap({ next: bytes => ledger.add(bytes), complete: () => ledger.end() }),
          catchError(closed),
          takeUntil(timer(10)),
        )
        return concat(merge(...readers), timer(100), rest)
      }),
      takeUntil(timer(1000)),
    )
    reading.subscribe()
  })
  expect(ledger.bytes.toString('hex')).toBe(Buffer.concat(plan.chunks.map(({ bytes }) => bytes)).toString('hex'))
  expect(ledger.ended).toBe(plan.fin)
}

/** What became of the bytes so far. */
class Ledger {
  bytes = Buffer.alloc(0)
  ended = false

  add(bytes: Uint8Array): void {
    this.bytes = Buffer.concat([this.bytes, bytes])
  }

  end(): void {
    this.ended = true
  }

  /** Once the end is told, nobody will read what is given back. */
  unread(source: ByteSource, count: number): void {
    if (this.ended) return
    const rest = Math.max(0, this.bytes.length - count)
    const last = this.bytes.subarray(rest)
    this.bytes = this.bytes.subarray(0, rest)
    source.unread(last)
  }
}

function perform(source: ByteSource, { read, end, left, handle, unread }: Step, ledger: Ledger): Observable<unknown> {
  const unreadAt = (when: string) => () => {
    if (unread?.when === when) ledger.unread(source, unread.count)
  }
  const enter = (bytes: Buffer) => ledger.add(read.kind === 'decodeFrames' ? frame(bytes) : bytes)
  const handled = handle
    ? pullMap((bytes: Buffer) => {
        enter(bytes)
        return handle.duration === 0 ? of(bytes) : of(bytes).pipe(delay(handle.duration))
      }, handle.concurrency)
    : tap(enter)
  return defer(() =>
    concat(
      slicesOf(source, read, ledger).pipe(
        handled,
        endedBy(end, unreadAt('next')),
        takeUntil(timer(left)),
        tap({ complete: unreadAt('end'), error: unreadAt('end') }),
        catchError(() => EMPTY),
      ),
      timer(1).pipe(tap(unreadAt('later'))),
    ),
  )
}

function slicesOf(source: ByteSource, read: Read, ledger: Ledger): Observable<Buffer> {
  return defer(() => {
    let empty = true
    const watched = tap<Buffer>({
      next: () => {
        empty = false
      },
      complete: () => {
        // A tryReceive that emits completes of itself.
        if (read.kind !== 'tryReceive' || empty) ledger.end()
      },
      error: error => {
        if (!(error instanceof EndOfStreamError)) return
        ledger.add(error.part)
        ledger.end()
      },
    })
    return source.pipe(operatorOf(read), watched)
  })
}

function operatorOf(read: Read): OperatorFunction<Uint8Array, Buffer> {
  switch (read.kind) {
    case 'raw':
      return map(bytes => bytes as Buffer)
    case 'receive':
      return receive(read.length, read)
    case 'receiveEach':
      // A last length of 1, since nothing but empty slices would have no end.
      return receive((_, index) => [...read.lengths, 1][index % (read.lengths.length + 1)] as number, read)
    case 'tryReceive':
      return tryReceive(read.length, read)
    case 'decodeFrames':
      return decodeFrames(read)
  }
}

function endedBy<T>(end: End, last: () => void): MonoTypeOperatorFunction<T> {
  if (end.kind === 'unsubscribe') return takeUntil(timer(end.after))
  const { count } = end
  const inLast = tap<T>(() => {
    if (--left === 0) last()
  })
  let left = count
  if (end.kind === 'take') return source => source.pipe(inLast, take(count))
  return map(value => {
    if (--left === 0) throw new Error('thrown downstream')
    return value
  })
}

function closed(error: unknown): Observable<never> {
  expect(error).toBeInstanceOf(ClosedError)
  return EMPTY
}

function arriving({ chunks, fin }: Plan): Observable<Uint8Array> {
  const each = chunks.map(({ bytes, after }) => (after === 0 ? of(bytes) : of(bytes).pipe(delay(after))))
  return concat(...each, fin ? EMPTY : NEVER)
}

/** Cuts the stream at what may be anywhere; the last chunk has the rest. */
function cut(stream: Buffer, cuts: readonly (readonly [length: number, after: number])[]): Plan['chunks'] {
  let at = 0
  const chunks = cuts.map(([length, after]) => {
    at += length
    return { bytes: stream.subarray(at - length, at), after }
  })
  return [...chunks, { bytes: stream.subarray(at), after: 1 }]
}

function frame(body: Uint8Array): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length)
  return Buffer.concat([length, body])
}
