import {
  asyncScheduler,
  bufferCount,
  bufferTime,
  concatMap,
  delay,
  filter,
  groupBy,
  map,
  merge,
  mergeMap,
  type Observable,
  observeOn,
  of,
  type SchedulerLike,
  share,
  switchMap,
  timer,
  toArray,
  windowTime,
} from 'rxjs'
import { describe, expect, it } from 'vitest'
import { pullMap } from '../../src/connection/pull-map.js'
import type { ConsumerRecord } from '../../src/consumer/consumer-record.js'
import { records } from '../../src/consumer/records.js'
import { acknowledge, PartitionWorld } from './partition-world.js'

// What a user may put over a Consumer: nothing is lost, and what is in work stays within `prefetch`, since what was not
// acknowledged holds back what is fetched.

type Records = Observable<ConsumerRecord>
interface Given {
  readonly scheduler: SchedulerLike
  readonly acknowledge: (record: ConsumerRecord) => void
}

const COUNT = 100_000
const PREFETCH = 8 * 1024
/** A portion of each partition may go beyond: there is always room for one. */
const MOST = PREFETCH + 2 * 2048

const all = mergeMap((list: readonly ConsumerRecord[]) => list)
const later =
  ({ scheduler }: Given) =>
  (record: ConsumerRecord): Records =>
    timer(1, scheduler).pipe(map(() => record))

/** Each emits what is acknowledged behind it. */
const pipelines: Readonly<Record<string, (source: Records, given: Given) => Records>> = {
  map: source => source.pipe(map(record => record)),
  'filter, what it drops acknowledged': (source, { acknowledge }) =>
    source.pipe(
      filter(record => {
        const isWanted = record.offset % 2n === 0n
        if (!isWanted) acknowledge(record)
        return isWanted
      }),
    ),
  concatMap: (source, given) => source.pipe(concatMap(later(given))),
  'mergeMap, bounded': (source, given) => source.pipe(mergeMap(later(given), 10)),
  'mergeMap, unbounded': (source, given) => source.pipe(mergeMap(later(given))),
  delay: (source, { scheduler }) => source.pipe(delay(5, scheduler)),
  observeOn: (source, { scheduler }) => source.pipe(observeOn(scheduler)),
  groupBy: (source, given) =>
    source.pipe(
      groupBy(({ partition }) => partition),
      mergeMap(group => group.pipe(concatMap(later(given)))),
    ),
  share: source => {
    const shared = source.pipe(share())
    const looksOn = shared.pipe(filter(() => false))
    return merge(looksOn, shared)
  },
  bufferTime: (source, { scheduler }) => source.pipe(bufferTime(10, scheduler), all),
  bufferCount: source => source.pipe(bufferCount(100), all),
  windowTime: (source, { scheduler }) =>
    source.pipe(
      windowTime(10, scheduler),
      mergeMap(window => window.pipe(toArray())),
      all,
    ),
  'pullMap, one at a time': (source, given) => source.pipe(pullMap(later(given))),
  'pullMap, ten at a time': (source, given) => source.pipe(pullMap(later(given), 10)),
  'pullMap, at once': source => source.pipe(pullMap(record => of(record))),
}

describe.each(Object.entries(pipelines))('%s', (_, pipeline) => {
  it('loses nothing, and what is in work stays within `prefetch`', () => {
    const here = new PartitionWorld({ records: COUNT / 2, portion: 50, batch: 50, prefetch: PREFETCH })
    const partitions = [here.hold(), here.hold()]
    const seen = [new Set<bigint>(), new Set<bigint>()]
    let count = 0
    let most = 0
    const done = (record: ConsumerRecord) => {
      seen[record.partition]?.add(record.offset)
      most = Math.max(most, here.budget.used)
      acknowledge(record)
      // What ticks for ever would keep virtual time from ending.
      if (++count === COUNT) here.scheduler.schedule(() => reading.unsubscribe(), 20)
    }
    const given = { scheduler: here.scheduler, acknowledge: done }
    const reading = pipeline(records(here.handout, here.deserializers), given).subscribe(done)
    here.flush()
    expect([count, ...seen.map(({ size }) => size)]).toEqual([COUNT, COUNT / 2, COUNT / 2])
    expect(most).toBeLessThan(MOST)
    expect(here.budget.used).toBe(0)
    expect(partitions.map(({ tenure }) => tenure.handled.offset)).toEqual([BigInt(COUNT / 2), BigInt(COUNT / 2)])
  })
})

describe('who never acknowledges', () => {
  it.each([
    ['mergeMap', mergeMap(() => new Promise<never>(() => {}))],
    ['switchMap', switchMap(() => new Promise<never>(() => {}))],
    ['delay', delay(1000, asyncScheduler)],
  ])('through %s is handed out no more than `prefetch`', (_, operator) => {
    const here = new PartitionWorld({ records: COUNT, portion: 50, batch: 50, prefetch: PREFETCH })
    const held = here.hold()
    const reading = records(here.handout, here.deserializers).pipe(operator).subscribe()
    here.flush()
    expect(here.budget.used).toBeLessThan(MOST)
    expect(held.tenure.inWork).toBeGreaterThan(200)
    reading.unsubscribe()
  })
})
