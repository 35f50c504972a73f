import { asapScheduler, firstValueFrom, map, of, type Subscription, take, throwError, timer, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { pullMap } from '../../src/connection/pull-map.js'
import { systemScheduler } from '../../src/connection/system-scheduler.js'
import { HandlerError } from '../../src/consumer/handler-error.js'
import { records } from '../../src/consumer/records.js'
import { acknowledge, PartitionWorld, type PartitionWorldOptions, place } from './partition-world.js'

const world = (options: PartitionWorldOptions = {}) => new PartitionWorld(options)
const read = ({ handout, deserializers }: PartitionWorld) => records(handout, deserializers)
const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, index) => index + from)

/** What it tells, in short. */
function listen(source: ReturnType<typeof read>): { readonly told: unknown[]; readonly reading: Subscription } {
  const told: unknown[] = []
  const reading = source.subscribe({
    next: record => told.push(place(record)),
    error: error => told.push(error),
    complete: () => told.push('|'),
  })
  return { told, reading }
}

describe('the records of a consumer', () => {
  it('come in the order of their partition, portion by portion in turn', () => {
    const here = world({ records: 4, portion: 2 })
    const { told } = listen(read(here))
    here.hold()
    here.hold()
    here.flush()
    expect(told).toEqual(['0@0', '0@1', '1@0', '1@1', '0@2', '0@3', '1@2', '1@3'])
  })

  it('never come inside the subscribe', () => {
    const here = world()
    here.hold()
    here.flush()
    const { told } = listen(read(here))
    expect(told).toEqual([])
    here.flush()
    expect(told).toHaveLength(1000)
  })

  it('complete and error as the consumer does, also for who comes after that', () => {
    for (const error of [undefined, new Error('gone')]) {
      const here = world()
      const before = listen(read(here))
      here.flush()
      if (error === undefined) here.handout.complete()
      else here.handout.fail(error)
      const after = listen(read(here))
      here.flush()
      expect(before.told).toEqual([error ?? '|'])
      expect(after.told).toEqual([error ?? '|'])
    }
  })

  it('stop inside the `next` that unsubscribes', () => {
    const here = world()
    here.hold()
    const seen: string[] = []
    read(here)
      .pipe(take(3))
      .subscribe(record => seen.push(place(record)))
    here.flush()
    expect(seen).toEqual(['0@0', '0@1', '0@2'])
    expect(here.handout.held[0]?.tenure.position).toBe(3n)
  })

  it('stop inside the `next` that pauses, and go on when resumed', () => {
    const here = world({ records: 4 })
    const held = here.hold()
    const seen: string[] = []
    read(here).subscribe(record => {
      seen.push(place(record))
      if (record.offset === 1n) here.pause(held)
    })
    here.flush()
    expect(seen).toEqual(['0@0', '0@1'])
    here.resume(held)
    here.flush()
    expect(seen).toEqual(['0@0', '0@1', '0@2', '0@3'])
  })

  it('go on where the `next` that seeks says', () => {
    const here = world({ records: 6 })
    const held = here.hold()
    const seen: string[] = []
    read(here).subscribe(record => {
      seen.push(place(record))
      if (record.offset === 1n) here.seek(held, 4n)
    })
    here.flush()
    expect(seen).toEqual(['0@0', '0@1', '0@4', '0@5'])
  })

  it('go on behind the last one, when left and resumed for each', () => {
    const here = world({ records: 500 })
    here.hold()
    here.hold()
    const seen: string[] = []
    read(here)
      .pipe(pullMap(record => timer(1, here.scheduler).pipe(map(() => place(record)))))
      .subscribe(where => seen.push(where))
    here.flush()
    expect(new Set(seen).size).toBe(1000)
    expect(seen.filter(where => where.startsWith('1'))).toEqual(numbers(500).map(offset => `1@${offset}`))
  })

  it('are read a hundred thousand times one at a time, without recursion', async () => {
    const here = world({ records: 100_000, portion: 1000, isAcknowledged: false })
    here.hold()
    let seen = 0
    const again = (): void => {
      read(here)
        .pipe(take(1))
        .subscribe({
          next: () => seen++,
          complete: () => {
            if (seen < 100_000) again()
          },
        })
    }
    again()
    here.flush()
    expect(seen).toBe(100_000)
  })

  it('let the event loop have its turn', async () => {
    const here = world({ scheduler: systemScheduler, records: 100_000, portion: 10_000, isAcknowledged: false })
    here.hold()
    let isDone = false
    let turns = 0
    const count = () => {
      turns++
      if (!isDone) setImmediate(count)
    }
    setImmediate(count)
    await firstValueFrom(read(here).pipe(take(100_000), toArray()))
    isDone = true
    // 100,000 records of 80 bytes, what they cost included.
    expect(turns).toBeGreaterThan(20)
  })

  it('free what is in work as they are acknowledged, and not before', () => {
    const here = world({ records: 10_000, prefetch: 10_000 })
    const held = here.hold()
    const { told } = listen(read(here))
    here.flush()
    const first = told.length
    expect(first).toBeLessThan(1000)
    held.tenure.acknowledgeBelow(BigInt(first))
    here.flush()
    expect(told.length).toBeGreaterThan(first)
  })

  it('tell of what cannot be read', () => {
    const here = world({ records: 10 })
    const held = here.hold()
    here.flush()
    // The bytes that were fetched, behind the back of all.
    held.tenure.peek()?.origin.bytes.fill(0xff, 61)
    const { told } = listen(read(here))
    here.flush()
    expect(here.failures).toMatchObject([{ name: 'ProtocolError' }])
    expect(told.at(-1)).toBe(here.failures[0])
  })
})

describe('two readers', () => {
  it('are served one after the other, and who waits a second for it is told of', () => {
    const here = world({ records: 3 })
    here.hold()
    const first = listen(read(here))
    const second = listen(read(here))
    here.flush(999)
    expect(here.told).toEqual([])
    here.flush(5000)
    expect(here.told).toEqual([{ type: 'waiting', reader: 'records' }])
    expect([first.told, second.told]).toEqual([['0@0', '0@1', '0@2'], []])
    first.reading.unsubscribe()
    here.hold()
    here.flush()
    expect(second.told).toEqual(['1@0', '1@1', '1@2'])
  })

  it('tell nothing where the turn comes within a second', () => {
    const here = world({ records: 3 })
    const first = listen(read(here))
    listen(read(here))
    here.flush(999)
    first.reading.unsubscribe()
    here.flush()
    expect(here.told).toEqual([])
  })
})

describe('a deserializer', () => {
  it('is called when a record is handed out, for tombstones too', () => {
    const calls: unknown[] = []
    const key = (bytes: Buffer | null) => {
      calls.push(bytes)
      return bytes === null ? 'none' : String(bytes)
    }
    const here = world({ records: 2, keyOf: offset => (offset === 0 ? null : 'b'), deserializers: { key } })
    here.hold()
    here.flush()
    expect(calls).toEqual([])
    const keys: unknown[] = []
    read(here).subscribe(record => keys.push(record.key))
    here.flush()
    expect(keys).toEqual(['none', 'b'])
    expect(calls).toHaveLength(2)
  })

  it.each(['Promise', 'Observable'])(
    'may answer later with a %s: its partition waits, in order, others go on',
    async kind => {
      const here = world({
        scheduler: asapScheduler,
        records: 3,
        deserializers: {
          value: (bytes, { topic }) => {
            const text = `${topic} ${bytes}`
            if (String(bytes) !== '1') return text
            return kind === 'Promise' ? Promise.resolve(text) : timer(1).pipe(map(() => text))
          },
        },
      })
      here.hold()
      here.hold()
      const seen = await firstValueFrom(
        read(here).pipe(
          take(6),
          map(record => `${record.partition} ${record.value}`),
          toArray(),
        ),
      )
      for (const partition of [0, 1]) {
        expect(seen.filter(text => text.startsWith(`${partition}`))).toEqual(
          numbers(3).map(offset => `${partition} t ${offset}`),
        )
      }
      expect(seen.slice(0, 2)).toEqual(['0 t 0', '1 t 0'])
    },
  )

  it.each([
    [
      'throws',
      () => {
        throw new TypeError('no JSON')
      },
    ],
    ['errors later', () => throwError(() => new TypeError('no JSON'))],
    ['rejects', () => Promise.reject(new TypeError('no JSON'))],
  ])('that %s ends the reader with the record, and reading again goes on behind it', async (_, fail) => {
    const here = world({
      scheduler: asapScheduler,
      records: 4,
      deserializers: { value: bytes => (String(bytes) === '1' ? fail() : of(String(bytes))) },
    })
    here.hold()
    const seen: unknown[] = []
    const error = await new Promise(resolve => {
      read(here).subscribe({ next: ({ value }) => seen.push(value), error: resolve })
    })
    expect(error).toBeInstanceOf(HandlerError)
    expect(error).toMatchObject({ code: 'HANDLER', retriable: false, cause: { message: 'no JSON' } })
    expect(String((error as HandlerError).record.value)).toBe('1')
    expect(String(error)).toContain('t-0@1')
    const rest = await firstValueFrom(
      read(here).pipe(
        take(2),
        map(({ value }) => value as unknown),
        toArray(),
      ),
    )
    expect([seen, rest]).toEqual([['0'], ['2', '3']])
  })

  it('is dropped with its answer when the reader leaves; the record comes to the next one', () => {
    const here = world({ records: 1, deserializers: { value: bytes => timer(10).pipe(map(() => String(bytes))) } })
    here.hold()
    const { told, reading } = listen(read(here))
    here.flush()
    reading.unsubscribe()
    expect(told).toEqual([])
    expect(here.handout.held[0]?.tenure.position).toBe(0n)
  })
})

it('acknowledged inside `next`, a hundred thousand pass through a small prefetch', () => {
  const here = world({ records: 50_000, prefetch: 50_000 })
  here.hold()
  here.hold()
  let seen = 0
  let most = 0
  read(here).subscribe(record => {
    seen++
    most = Math.max(most, here.budget.used)
    acknowledge(record)
  })
  here.flush()
  expect(seen).toBe(100_000)
  expect(most).toBeLessThan(75_000)
  expect(here.budget.used).toBe(0)
})
