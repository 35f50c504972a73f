import { firstValueFrom, map, NEVER, of, take, throwError, timer, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { pullMap } from '../../src/connection/pull-map.js'
import { batches } from '../../src/consumer/batches.js'
import type { ConsumerBatch } from '../../src/consumer/consumer-batch.js'
import type { HandlerError } from '../../src/consumer/handler-error.js'
import { records } from '../../src/consumer/records.js'
import { PartitionWorld, type PartitionWorldOptions, place } from './partition-world.js'

const world = (options: PartitionWorldOptions = {}) =>
  new PartitionWorld({ records: 4, portion: 2, batch: 1, ...options })
const read = ({ handout, deserializers }: PartitionWorld) => batches(handout, deserializers)

/** `0@2,0@3`: the records of it. */
const inside = (batch: Iterable<never> | ConsumerBatch) => [...(batch as ConsumerBatch)].map(place).join()

function listen(here: PartitionWorld): unknown[] {
  const told: unknown[] = []
  read(here).subscribe({
    next: batch => told.push(inside(batch)),
    error: error => told.push(error),
    complete: () => told.push('|'),
  })
  return told
}

describe('the batches of a consumer', () => {
  it('are the portions, of each partition in turn', () => {
    const here = world()
    const told = listen(here)
    here.hold()
    here.hold()
    here.flush()
    expect(told).toEqual(['0@0,0@1', '1@0,1@1', '0@2,0@3', '1@2,1@3'])
  })

  it('say what they are, and may be read again, also when they are acknowledged', async () => {
    const here = world({ records: 5, portion: 3 })
    const held = here.hold()
    const seen = firstValueFrom(read(here).pipe(take(2), toArray()))
    here.flush()
    const [first, second] = (await seen) as [ConsumerBatch, ConsumerBatch]
    const { topic, partition, firstOffset, lastOffset, count, highWatermark } = second
    expect({ topic, partition, firstOffset, lastOffset, count, highWatermark }).toEqual({
      topic: 't',
      partition: 0,
      firstOffset: 3n,
      lastOffset: 4n,
      count: 2,
      highWatermark: 5n,
    })
    expect([inside(first), inside(first)]).toEqual(['0@0,0@1,0@2', '0@0,0@1,0@2'])
    first.acknowledge()
    expect(held.tenure.handled.offset).toBe(3n)
    expect(inside(first)).toBe('0@0,0@1,0@2')
  })

  it('acknowledge what is theirs, and nothing that was handed out before', async () => {
    const here = world({ portion: 4 })
    const held = here.hold()
    records(here.handout, here.deserializers).pipe(take(1)).subscribe()
    const rest = firstValueFrom(read(here))
    here.flush()
    const batch = await rest
    expect([batch.firstOffset, batch.count, inside(batch)]).toEqual([1n, 3, '0@1,0@2,0@3'])
    batch.acknowledge()
    expect([held.tenure.handled.offset, held.tenure.inWork]).toEqual([0n, 1])
  })

  it('complete and error as the consumer does', () => {
    for (const error of [undefined, new Error('gone')]) {
      const here = world()
      const told = listen(here)
      if (error === undefined) here.handout.complete()
      else here.handout.fail(error)
      expect(told).toEqual([error ?? '|'])
    }
  })

  it('stop inside the `next` that unsubscribes, and go on behind it', () => {
    const here = world({ records: 1000 })
    here.hold()
    const seen: string[] = []
    read(here)
      .pipe(pullMap(batch => timer(1, here.scheduler).pipe(map(() => inside(batch)))))
      .subscribe(text => seen.push(text))
    here.flush()
    expect(seen).toHaveLength(500)
    expect(seen.at(-1)).toBe('0@998,0@999')
  })

  it('come a hundred thousand at once, without recursion', () => {
    const here = world({ records: 100_000, portion: 1, isAcknowledged: false })
    here.hold()
    let count = 0
    read(here).subscribe(() => count++)
    here.flush()
    expect(count).toBe(100_000)
  })
})

describe('a deserializer of batches', () => {
  it('is called for each record when they are handed out, once', async () => {
    let calls = 0
    const here = world({
      deserializers: {
        value: bytes => {
          calls++
          return Number(bytes)
        },
      },
    })
    here.hold()
    const first = firstValueFrom(read(here))
    here.flush()
    const batch = await first
    const values = () => Array.from(batch, ({ value }) => value as unknown)
    expect([values(), values(), calls]).toEqual([[0, 1], [0, 1], 2])
    batch.acknowledge()
    expect(here.handout.held[0]?.tenure.handled.offset).toBe(2n)
  })

  it('may answer later: its partition waits, others go on', () => {
    const here: PartitionWorld = world({
      records: 2,
      deserializers: { key: bytes => bytes, value: bytes => timer(10, here.scheduler).pipe(map(() => String(bytes))) },
    })
    here.hold()
    const told: string[] = []
    read(here).subscribe(batch =>
      told.push(`${here.now()} ${inside(batch)} ${Array.from(batch, ({ value }) => value)}`),
    )
    here.flush(5)
    here.hold()
    here.flush()
    // One record after another.
    expect(told).toEqual(['20 0@0,0@1 0,1', '25 1@0,1@1 0,1'])
  })

  it('answers for ten thousand records at once, without recursion', async () => {
    const here = world({
      records: 10_000,
      portion: 10_000,
      batch: 1000,
      deserializers: { value: bytes => of(String(bytes)) },
    })
    here.hold()
    const first = firstValueFrom(read(here))
    here.flush()
    expect((await first).count).toBe(10_000)
  })

  it.each([
    [
      'throws',
      () => {
        throw new TypeError('no JSON')
      },
    ],
    ['errors later', () => throwError(() => new TypeError('no JSON'))],
  ])('that %s: what was before is a batch, the record an error, and reading again goes on behind it', (_, fail) => {
    const here = world({
      records: 5,
      portion: 5,
      deserializers: { value: bytes => (String(bytes) === '2' ? fail() : of(String(bytes))) },
    })
    const held = here.hold()
    const told = listen(here)
    here.flush()
    expect(told).toMatchObject(['0@0,0@1', { name: 'HandlerError', cause: { message: 'no JSON' } }])
    expect(place((told[1] as HandlerError).record)).toBe('0@2')
    const rest = listen(here)
    here.flush()
    expect(rest).toEqual(['0@3,0@4'])
    expect(held.tenure.inWork).toBe(5)
  })

  it('is dropped with its reader, or its tenure', () => {
    const here = world({ deserializers: { value: () => NEVER } })
    const held = here.hold()
    const reading = read(here).subscribe()
    here.flush()
    here.seek(held, 2n)
    here.flush()
    reading.unsubscribe()
    expect(held.tenure.position).toBe(2n)
  })
})
