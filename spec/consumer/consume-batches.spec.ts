import { concat, EMPTY, ignoreElements, NEVER, type Observable, of, Subject, throwError, timer } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { consumeBatches } from '../../src/consumer/consume-batches.js'
import type { ConsumeBatchesOptions } from '../../src/consumer/consume-options.js'
import type { ConsumerBatch } from '../../src/consumer/consumer-batch.js'
import type { HandlerError } from '../../src/consumer/handler-error.js'
import { PartitionWorld, type PartitionWorldOptions, place } from './partition-world.js'

const world = (options: PartitionWorldOptions = {}) =>
  new PartitionWorld({ records: 4, portion: 2, batch: 1, ...options })

/** When handlers start, and of what; and what is told. */
function consumed(
  here: PartitionWorld,
  options: ConsumeBatchesOptions,
  handler: (batch: ConsumerBatch) => Observable<unknown>,
) {
  const started: string[] = []
  const told: unknown[] = []
  const reading = consumeBatches(here, options, (batch: ConsumerBatch) => {
    started.push(`${here.now()} ${[...batch].map(place)}`)
    return handler(batch)
  }).subscribe({
    next: value => told.push(value),
    error: error => told.push(error),
    complete: () => told.push('|'),
  })
  return { started, told, reading }
}

const lasting = ({ scheduler }: PartitionWorld, ms: number) => timer(ms, scheduler).pipe(ignoreElements())

describe('consumeBatches', () => {
  it('handles one batch at a time, and acknowledges it when its handler completes', () => {
    const here = world()
    const held = here.hold()
    const { started, told } = consumed(here, {}, batch => concat(lasting(here, 10), of(batch.count)))
    here.flush(5)
    expect([held.tenure.inWork, held.tenure.handled.offset]).toEqual([2, 0n])
    here.flush()
    expect(started).toEqual(['0 0@0,0@1', '10 0@2,0@3'])
    expect(told).toEqual([2, 2])
    expect([held.tenure.handled.offset, here.count, here.budget.used]).toEqual([4n, 4, 0])
  })

  it('handles several at once of as many partitions, one at a time of each', () => {
    const here = world()
    here.hold()
    here.hold()
    const { started } = consumed(here, { concurrency: 5 }, () => lasting(here, 10))
    here.flush()
    expect(started).toEqual(['0 0@0,0@1', '0 1@0,1@1', '10 0@2,0@3', '10 1@2,1@3'])
  })

  it('handles a hundred thousand at once, without recursion', () => {
    const here = world({ records: 100_000, portion: 1 })
    const held = here.hold()
    consumeBatches(here, {}, () => EMPTY).subscribe()
    here.flush()
    expect(held.tenure.handled.offset).toBe(100_000n)
  })

  it('ends with the first record of a batch whose handler fails; the batch is handed out again', () => {
    const here = world()
    const held = here.hold()
    const { told } = consumed(here, {}, ({ firstOffset }) =>
      firstOffset === 2n ? throwError(() => 'disk full') : EMPTY,
    )
    here.flush()
    expect(told).toMatchObject([{ message: 'the handler of t-0@2 failed: disk full', cause: 'disk full' }])
    expect(held.tenure.position).toBe(2n)
  })

  it('hands a batch whose handler failed to `onError`, as it came', () => {
    const here = world({ deserializers: { value: bytes => Number(bytes) } })
    const held = here.hold()
    const seen: unknown[] = []
    const onError = (error: unknown, batch: ConsumerBatch) => {
      seen.push(
        error,
        Array.from(batch, ({ value }) => value),
      )
      return EMPTY
    }
    consumed(here, { onError }, ({ firstOffset }) => (firstOffset === 0n ? throwError(() => 'disk full') : EMPTY))
    here.flush()
    expect(seen).toEqual(['disk full', [Buffer.from('0'), Buffer.from('1')]])
    expect(held.tenure.handled.offset).toBe(4n)
  })

  it('hands one record to `onError` whose deserializer failed, and the others to handlers', () => {
    const value = (bytes: Buffer | null) => {
      if (String(bytes) === '1') throw new TypeError('no JSON')
      return Number(bytes)
    }
    const here = world({ portion: 4, deserializers: { value } })
    const held = here.hold()
    const seen: unknown[] = []
    const onError = (error: unknown, batch: ConsumerBatch) => {
      seen.push((error as Error).message, ...Array.from(batch, record => [place(record), record.value]))
      return EMPTY
    }
    const { started } = consumed(here, { onError }, () => EMPTY)
    here.flush()
    expect(seen).toEqual(['no JSON', ['0@1', Buffer.from('1')]])
    expect(started).toEqual(['0 0@0', '0 0@2,0@3'])
    expect(held.tenure.handled.offset).toBe(4n)
    const other = world({ deserializers: { value } })
    other.hold()
    const { told } = consumed(other, {}, () => EMPTY)
    other.flush()
    expect(told).toMatchObject([{ message: 'a deserializer failed at t-0@1: no JSON' }])
    expect(place((told[0] as HandlerError).record)).toBe('0@1')
  })

  it('unsubscribes what takes too long, is cut, or left', () => {
    const slow = world()
    slow.hold()
    const { told } = consumed(slow, { handlerTimeout: 50 }, () => NEVER)
    slow.flush()
    expect(told).toMatchObject([{ name: 'HandlerTimeoutError', timeout: 50 }])
    const left = world()
    const held = left.hold()
    const { reading } = consumed(left, {}, () => NEVER)
    left.flush(5)
    reading.unsubscribe()
    expect(left.restarted).toEqual([held])
    expect(held.tenure.position).toBe(0n)
  })

  it('ends when `until` emits and its handlers have ended', () => {
    const here = world()
    const held = here.hold()
    const until = new Subject<void>()
    const { told } = consumed(here, { until }, () => lasting(here, 10))
    here.flush(5)
    until.next()
    here.flush()
    expect(told).toEqual(['|'])
    expect(held.tenure.handled.offset).toBe(2n)
  })

  it('refuses options that it has not', () => {
    const here = world()
    expect(() => consumeBatches(here, { order: 'key' } as ConsumeBatchesOptions, () => EMPTY)).toThrow(
      'consumeBatches() has no option "order"',
    )
  })
})
