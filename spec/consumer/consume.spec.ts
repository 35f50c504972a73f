import {
  concat,
  defer,
  EMPTY,
  finalize,
  ignoreElements,
  NEVER,
  type Observable,
  of,
  Subject,
  take,
  throwError,
  timer,
} from 'rxjs'
import { describe, expect, it } from 'vitest'
import { consume } from '../../src/consumer/consume.js'
import type { ConsumeOptions } from '../../src/consumer/consume-options.js'
import type { ConsumerRecord } from '../../src/consumer/consumer-record.js'
import type { HandlerContext } from '../../src/consumer/handler.js'
import { type HandlerError, HandlerTimeoutError } from '../../src/consumer/handler-error.js'
import type { Held } from '../../src/consumer/held.js'
import { PartitionWorld, type PartitionWorldOptions, place } from './partition-world.js'

/** A consume in a world of its own, and what is seen of it. */
class Consumed {
  readonly here: PartitionWorld
  /** Values, errors and `|`. */
  readonly told: unknown[] = []
  /** `0@3` when its handler starts, `-0@3` when that ends or is unsubscribed, both with the time before. */
  readonly log: string[] = []
  readonly #running = new Set<string>()
  most = 0

  constructor(options: PartitionWorldOptions = {}) {
    this.here = new PartitionWorld({ records: 4, portion: 2, batch: 2, ...options })
  }

  consume(options: ConsumeOptions, handle: (record: ConsumerRecord, context: HandlerContext) => Observable<unknown>) {
    const watched = (record: ConsumerRecord, context: HandlerContext) =>
      defer(() => {
        const where = place(record)
        this.log.push(`${this.here.now()} ${where}`)
        this.#running.add(where)
        this.most = Math.max(this.most, this.#running.size)
        return handle(record, context).pipe(
          finalize(() => {
            this.#running.delete(where)
            this.log.push(`${this.here.now()} -${where}`)
          }),
        )
      })
    return consume(this.here, options, watched).subscribe({
      next: value => this.told.push(value),
      error: error => this.told.push(error),
      complete: () => this.told.push('|'),
    })
  }

  get started(): readonly string[] {
    return this.log.filter(line => !line.includes('-'))
  }

  /** Completes after so many ms. */
  after(ms: number): Observable<never> {
    return timer(ms, this.here.scheduler).pipe(ignoreElements())
  }
}

const handled = ({ tenure }: Held) => tenure.handled.offset

describe('consume', () => {
  it('handles one at a time unless told otherwise, emits what handlers emit, and acknowledges', () => {
    const one = new Consumed()
    const held = one.here.hold()
    one.consume({}, ({ value }) => concat(one.after(10), of(`v${value}`)))
    one.here.flush()
    expect(one.told).toEqual(['v0', 'v1', 'v2', 'v3'])
    expect(one.most).toBe(1)
    expect(handled(held)).toBe(4n)
    expect(one.here.count).toBe(4)
    expect(one.here.budget.used).toBe(0)
  })

  it('acknowledges only when a handler completes', () => {
    const one = new Consumed()
    const held = one.here.hold()
    one.consume({}, () => one.after(10))
    one.here.flush(15)
    expect(handled(held)).toBe(1n)
    expect(held.tenure.inWork).toBe(1)
  })

  it('works without a group', () => {
    const one = new Consumed({ isAcknowledged: false })
    one.here.hold()
    one.consume({ concurrency: 3, order: 'none' }, ({ offset }) => one.after(10 - Number(offset)))
    one.here.flush()
    expect(one.started.map(line => line.slice(-3))).toEqual(['0@0', '0@1', '0@2', '0@3'])
    expect(one.here.budget.used).toBe(0)
  })

  it('handles a hundred thousand at once, without recursion', () => {
    const one = new Consumed({ records: 100_000, portion: 10_000, batch: 1000 })
    const held = one.here.hold()
    let count = 0
    consume(one.here, {}, () => {
      count++
      return EMPTY
    }).subscribe()
    one.here.flush()
    expect(count).toBe(100_000)
    expect(handled(held)).toBe(100_000n)
  })

  it('takes Promises and iterables', async () => {
    const one = new Consumed({ records: 2 })
    one.here.hold()
    consume(one.here, {}, async ({ offset }) => `p${offset}`).subscribe(value => one.told.push(value))
    for (let turn = 0; turn < 10; turn++) {
      one.here.flush(turn)
      await Promise.resolve()
    }
    expect(one.told).toEqual(['p0', 'p1'])
    const other = new Consumed({ records: 2 })
    other.here.hold()
    consume(other.here, {}, ({ offset }) => [offset, offset]).subscribe(value => other.told.push(value))
    other.here.flush()
    expect(other.told).toEqual([0n, 0n, 1n, 1n])
  })
})

describe('the order', () => {
  it("'partition' waits for the one before in its partition, and for no other", () => {
    const one = new Consumed({ records: 2 })
    one.here.hold()
    one.here.hold()
    one.consume({ concurrency: 10 }, ({ partition }) => one.after(partition === 0 ? 100 : 10))
    one.here.flush()
    expect(one.started).toEqual(['0 0@0', '0 1@0', '10 1@1', '100 0@1'])
  })

  it("'key' waits for the one before with its key; a record without a key for none", () => {
    const keys = ['a', 'a', 'b', null, null]
    const one = new Consumed({ records: 5, portion: 5, keyOf: offset => keys[offset] ?? null })
    one.here.hold()
    one.consume({ concurrency: 10, order: 'key' }, () => one.after(10))
    one.here.flush()
    // They start in the order of their partition: b waits with the second a.
    expect(one.started).toEqual(['0 0@0', '10 0@1', '10 0@2', '10 0@3', '10 0@4'])
  })

  it("'none' waits for nothing but `concurrency`, and starts them in order all the same", () => {
    const one = new Consumed()
    const held = one.here.hold()
    one.consume({ concurrency: 2, order: 'none' }, ({ offset }) => one.after(offset === 0n ? 100 : 10))
    one.here.flush(50)
    expect(one.started).toEqual(['0 0@0', '0 0@1', '10 0@2', '20 0@3'])
    expect(handled(held)).toBe(0n)
    one.here.flush()
    expect(handled(held)).toBe(4n)
  })

  it('holds over a seek: the next waits for the handler that still runs', () => {
    const one = new Consumed()
    const held = one.here.hold()
    one.consume({ concurrency: 5 }, () => one.after(100))
    one.here.flush(50)
    one.here.seek(held, 2n)
    one.here.flush()
    expect(one.started).toEqual(['0 0@0', '100 0@2', '200 0@3'])
    expect(handled(held)).toBe(4n)
  })

  it('of many partitions lets none of them wait for a slow one, within `concurrency`', () => {
    const one = new Consumed({ records: 20 })
    for (let partition = 0; partition < 4; partition++) one.here.hold()
    one.consume({ concurrency: 2 }, ({ partition }) => (partition === 0 ? NEVER : one.after(1)))
    one.here.flush(1000)
    expect(one.started).toHaveLength(1 + 3 * 20)
    expect(one.most).toBe(2)
  })

  it('is fair: each partition in turn, where there is room for one handler alone', () => {
    const one = new Consumed({ records: 4, portion: 4 })
    one.here.hold()
    one.here.hold()
    one.consume({}, () => one.after(1))
    one.here.flush()
    expect(one.started.map(line => line.slice(-3, -2)).join('')).toBe('01010101')
  })
})

describe('a handler that fails', () => {
  const boom = new Error('no such order')

  it.each([
    [
      'throws',
      () => {
        throw boom
      },
    ],
    ['errors at once', () => throwError(() => boom)],
    [
      'errors later',
      (one: Consumed) =>
        concat(
          one.after(1),
          throwError(() => boom),
        ),
    ],
  ])('and %s ends it with the record, and what was left is handed out again', (_, fail) => {
    const one = new Consumed()
    const held = one.here.hold()
    consume(one.here, {}, record => (record.offset === 2n ? fail(one) : EMPTY)).subscribe({
      error: error => one.told.push(error),
    })
    one.here.flush()
    expect(one.told).toMatchObject([{ name: 'HandlerError', code: 'HANDLER', retriable: false, cause: boom }])
    const [{ record, message }] = one.told as [HandlerError]
    expect(place(record)).toBe('0@2')
    expect(message).toBe('the handler of t-0@2 failed: no such order')
    expect(one.here.restarted).toEqual([held])
    expect([handled(held), held.tenure.position]).toEqual([2n, 2n])
  })

  it('unsubscribes the others, whose records are handed out again too', () => {
    const one = new Consumed()
    const [first, second] = [one.here.hold(), one.here.hold()]
    one.consume({ concurrency: 2 }, ({ partition }) =>
      partition === 0
        ? NEVER
        : concat(
            one.after(5),
            throwError(() => boom),
          ),
    )
    one.here.flush()
    expect(one.log).toContain('5 -0@0')
    expect(new Set(one.here.restarted)).toEqual(new Set([first, second]))
    expect(one.told).toHaveLength(1)
  })

  it('goes to `onError` with the bytes as they came, in its place; completing means handled', () => {
    const deserializers = { value: (bytes: Buffer | null) => Number(bytes) }
    const one = new Consumed({ deserializers })
    const held = one.here.hold()
    const seen: unknown[] = []
    one.consume(
      {
        onError: (error, record) => {
          seen.push(error, record.value)
          return timer(50, one.here.scheduler)
        },
      },
      ({ value }) => ((value as unknown) === 1 ? throwError(() => boom) : of(value)),
    )
    one.here.flush()
    expect(seen).toEqual([boom, Buffer.from('1')])
    expect(one.told).toEqual([0, 2, 3])
    expect(one.log.at(-2)).toBe('50 0@3')
    expect(handled(held)).toBe(4n)
    expect(one.here.restarted).toEqual([])
  })

  it('ends it where `onError` errors too, with that as the cause', () => {
    const worse = new Error('no dead letters')
    for (const onError of [
      () => throwError(() => worse),
      () => {
        throw worse
      },
    ]) {
      const one = new Consumed()
      one.here.hold()
      one.consume({ onError }, () => throwError(() => boom))
      one.here.flush()
      expect(one.told).toMatchObject([{ name: 'HandlerError', cause: worse }])
    }
  })

  it('is skipped a hundred thousand times without recursion', () => {
    const one = new Consumed({ records: 100_000, portion: 10_000, batch: 1000 })
    const held = one.here.hold()
    consume(one.here, { onError: () => EMPTY }, () => throwError(() => boom)).subscribe()
    one.here.flush()
    expect(handled(held)).toBe(100_000n)
  })

  it.each([
    ['nothing', () => undefined, 'is a `return` missing in it?'],
    ['a number', () => 3, 'got 3'],
  ])('to return an Observable but returns %s ends it, whatever `onError` says', (_, handler, hint) => {
    const one = new Consumed()
    one.here.hold()
    consume(one.here, { onError: () => EMPTY }, handler as never).subscribe({ error: error => one.told.push(error) })
    one.here.flush()
    expect(one.told).toMatchObject([{ name: 'ArgumentError' }])
    expect(String(one.told[0])).toContain(hint)
  })

  it('to subscribe to what its Promise resolves to ends it', async () => {
    const one = new Consumed()
    one.here.hold()
    const handler = async () => of('nobody subscribes')
    consume(one.here, { onError: () => EMPTY }, handler as never).subscribe({ error: error => one.told.push(error) })
    for (let turn = 0; turn < 5; turn++) {
      one.here.flush(turn)
      await Promise.resolve()
    }
    expect(one.told).toMatchObject([{ name: 'ArgumentError' }])
  })
})

describe('a deserializer that fails', () => {
  const deserializers = { value: (bytes: Buffer | null) => JSON.parse(`{${bytes}`) as unknown }

  it('goes to `onError` as a handler does, with the raw record', () => {
    const one = new Consumed({ deserializers })
    const held = one.here.hold()
    const seen: unknown[] = []
    one.consume(
      {
        onError: (error, { value }) => {
          seen.push((error as Error).name, value)
          return EMPTY
        },
      },
      () => EMPTY,
    )
    one.here.flush()
    expect(seen.slice(0, 2)).toEqual(['SyntaxError', Buffer.from('0')])
    expect(one.started).toEqual([])
    expect(handled(held)).toBe(4n)
  })

  it('ends it without one, and the record is handed out again', () => {
    const one = new Consumed({ deserializers })
    const held = one.here.hold()
    one.consume({}, () => EMPTY)
    one.here.flush()
    expect(one.told).toMatchObject([{ name: 'HandlerError', cause: { name: 'SyntaxError' } }])
    expect(String(one.told[0])).toContain('a deserializer failed at t-0@0')
    expect(held.tenure.position).toBe(0n)
  })

  it('or takes its time holds up its own partition alone', () => {
    const one: Consumed = new Consumed({
      deserializers: {
        value: bytes => (String(bytes) === '1' ? timer(100, one.here.scheduler).pipe(take(1)) : String(bytes)),
      },
      records: 2,
    })
    one.here.hold()
    one.consume({ concurrency: 2 }, () => EMPTY)
    one.here.flush(10)
    one.here.hold()
    one.here.flush()
    expect(one.started).toEqual(['0 0@0', '10 1@0', '100 0@1', '110 1@1'])
  })
})

describe('handlerTimeout', () => {
  it('unsubscribes a handler that takes longer, and aborts its signal', () => {
    const one = new Consumed()
    one.here.hold()
    let signal: AbortSignal | undefined
    one.consume({ handlerTimeout: 100 }, (_, context) => {
      signal = context.signal
      return NEVER
    })
    one.here.flush()
    expect(one.log).toEqual(['0 0@0', '100 -0@0'])
    expect(signal?.aborted).toBe(true)
    const [error] = one.told as [HandlerTimeoutError]
    expect(error).toBeInstanceOf(HandlerTimeoutError)
    expect(error).toMatchObject({ code: 'HANDLER_TIMEOUT', timeout: 100 })
    expect(error.message).toBe('the handler of t-0@0 took longer than 100 ms')
    expect(place(error.record)).toBe('0@0')
  })

  it('counts for each by itself, and begins anew for its `onError`', () => {
    const one = new Consumed({ records: 3 })
    const held = one.here.hold()
    const times: unknown[] = []
    one.consume(
      {
        handlerTimeout: 100,
        concurrency: 3,
        order: 'none',
        onError: error => {
          times.push([one.here.now(), (error as Error).name])
          return one.after(99)
        },
      },
      ({ offset }) => (offset === 1n ? one.after(99) : NEVER),
    )
    one.here.flush()
    expect(times).toEqual([
      [100, 'HandlerTimeoutError'],
      [100, 'HandlerTimeoutError'],
    ])
    expect(handled(held)).toBe(3n)
  })

  it('ends it where `onError` takes longer, too', () => {
    const one = new Consumed()
    one.here.hold()
    one.consume({ handlerTimeout: 100, onError: () => NEVER }, () => NEVER)
    one.here.flush()
    expect(one.told).toMatchObject([{ message: 'onError of t-0@0 took longer than 100 ms' }])
    expect(one.here.now()).toBe(200)
  })
})

describe('a signal', () => {
  it('is aborted for who asks when the handler has gone, and never when it has completed', () => {
    const one = new Consumed()
    one.here.hold()
    const contexts: HandlerContext[] = []
    const reading = one.consume({}, ({ offset }, context) => {
      contexts.push(context)
      return offset === 0n ? EMPTY : NEVER
    })
    one.here.flush(10)
    reading.unsubscribe()
    expect(contexts.map(({ signal }) => signal.aborted)).toEqual([false, true])
  })
})

describe('its ends', () => {
  it('complete: with nothing running at once, with handlers when they have ended', () => {
    const idle = new Consumed({ records: 0 })
    idle.consume({}, () => EMPTY)
    idle.here.handout.complete()
    expect(idle.told).toEqual(['|'])
    const busy = new Consumed()
    busy.here.hold()
    busy.consume({}, () => busy.after(10))
    busy.here.flush(5)
    busy.here.handout.complete()
    expect(busy.told).toEqual([])
    busy.here.flush()
    expect(busy.told).toEqual(['|'])
    expect(busy.here.count).toBe(1)
  })

  it('error: handlers are unsubscribed before that is told', () => {
    const one = new Consumed()
    one.here.hold()
    one.consume({}, () => NEVER)
    one.here.flush(5)
    const gone = new Error('fenced')
    one.here.handout.fail(gone)
    expect(one.log.at(-1)).toBe('5 -0@0')
    expect(one.told).toEqual([gone])
  })

  it('unsubscribed: handlers too, and what they had is handed out again', () => {
    const one = new Consumed()
    const [first, second] = [one.here.hold(), one.here.hold()]
    const reading = one.consume({ concurrency: 1 }, ({ partition }) => (partition === 0 ? NEVER : EMPTY))
    one.here.flush(5)
    reading.unsubscribe()
    expect(one.log).toEqual(['0 0@0', '5 -0@0'])
    expect(one.here.restarted).toEqual([first])
    const again: string[] = []
    consume(one.here, {}, record => {
      again.push(place(record))
      return EMPTY
    }).subscribe()
    one.here.flush()
    expect(again.filter(where => where.startsWith('0'))).toEqual(['0@0', '0@1', '0@2', '0@3'])
    expect(handled(second)).toBe(4n)
  })

  it('unsubscribed from inside: no handler starts any more', () => {
    for (const handle of [() => of('x'), () => EMPTY]) {
      const one = new Consumed()
      const held = one.here.hold()
      const started: string[] = []
      const reading = consume(one.here, {}, record => {
        started.push(place(record))
        if (record.offset === 1n) reading.unsubscribe()
        return handle()
      }).subscribe()
      one.here.flush()
      expect(started).toEqual(['0@0', '0@1'])
      expect(held.tenure.position).toBe(1n)
    }
  })

  it('take(1) leaves the record unhandled whose handler it cuts short', () => {
    const one = new Consumed()
    const held = one.here.hold()
    consume(one.here, {}, () => of('x'))
      .pipe(take(1))
      .subscribe()
    one.here.flush()
    expect([handled(held), held.tenure.position]).toEqual([0n, 0n])
  })

  it('until emits: no more is handed out, those that run end, then it completes', () => {
    const one = new Consumed()
    const held = one.here.hold()
    const until = new Subject<void>()
    one.consume({ until }, () => one.after(10))
    one.here.flush(5)
    until.next()
    expect(one.told).toEqual([])
    one.here.flush()
    expect(one.told).toEqual(['|'])
    expect(one.started).toEqual(['0 0@0'])
    expect([handled(held), held.tenure.position]).toEqual([1n, 1n])
  })

  it('until that emits inside a handler that completes at once', () => {
    const one = new Consumed()
    const held = one.here.hold()
    const until = new Subject<void>()
    one.consume({ until }, ({ offset }) => {
      if (offset === 1n) until.next()
      return EMPTY
    })
    one.here.flush()
    expect(one.told).toEqual(['|'])
    expect(handled(held)).toBe(2n)
  })

  it('until that has emitted already, that errors, and that completes in silence', () => {
    const over = new Consumed()
    over.consume({ until: of(1) }, () => EMPTY)
    expect(over.told).toEqual(['|'])
    const wrong = new Error('wrong')
    const failed = new Consumed()
    failed.consume({ until: throwError(() => wrong) }, () => EMPTY)
    expect(failed.told).toEqual([wrong])
    const silent = new Consumed()
    silent.here.hold()
    silent.consume({ until: EMPTY }, () => EMPTY)
    silent.here.flush()
    expect(silent.started).toHaveLength(4)
  })
})

describe('a partition that is to be given up', () => {
  it('gets no new handlers; those that run go on and count', () => {
    const one = new Consumed()
    const held = one.here.hold()
    one.consume({}, () => one.after(10))
    one.here.flush(5)
    one.here.halt(held)
    one.here.flush()
    expect(one.started).toEqual(['0 0@0'])
    expect([handled(held), held.tenure.inWork]).toEqual([1n, 0])
  })

  it.each(['cut', 'lost'] as const)('and is %s has its handlers unsubscribed, and their places are free', how => {
    const one = new Consumed()
    const held = one.here.hold()
    one.here.hold()
    one.consume({}, ({ partition }) => (partition === 0 ? NEVER : EMPTY))
    one.here.flush(5)
    expect(one.started).toEqual(['0 0@0'])
    if (how === 'cut') {
      one.here.halt(held)
      one.here.handout.cut(held)
    } else one.here.giveUp(held, how)
    one.here.flush()
    expect(one.log[1]).toBe('5 -0@0')
    expect(one.started).toHaveLength(1 + 4)
    expect(one.here.restarted).toEqual([])
  })
})

describe('the options', () => {
  it.each([
    [{ concurrency: 0 }, 'concurrency must be a positive integer or Infinity; got 0'],
    [{ concurrency: 1.5 }, 'concurrency must be a positive integer or Infinity; got 1.5'],
    [{ order: 'offset' }, "order must be 'partition', 'key' or 'none'; got the string \"offset\""],
    [{ handlerTimeout: 0 }, 'handlerTimeout must be a positive number of ms, or Infinity for none; got 0'],
    [{ onError: 'skip' }, 'onError must be a function; got the string "skip"'],
    [{ until: 5 }, 'until must be an Observable, a Promise or an iterable; got 5'],
    [{ concurency: 5 }, 'consume() has no option "concurency": did you mean concurrency?'],
  ])('%o is refused at the call', (options, message) => {
    const { here } = new Consumed()
    expect(() => consume(here, options as ConsumeOptions, () => EMPTY)).toThrow(message)
  })

  it('and the handler, when it is none', () => {
    const { here } = new Consumed()
    expect(() => consume(here, {}, undefined as never)).toThrow('handler must be a function; got undefined')
  })
})
