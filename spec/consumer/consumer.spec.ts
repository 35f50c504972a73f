import { concat, defer, ignoreElements, map, merge, mergeMap, NEVER, of, take, takeUntil, tap, timer } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { virtually } from './virtual-life.js'

const topics = { a: 1 }

describe('a consumer of topics', () => {
  it('reads what is there, and what comes', () => {
    const told = virtually({ topics }, ({ kafka, write, at }) => {
      at(1000, () => write(['c']).subscribe())
      return concat(
        write(['a', 'b']),
        kafka.consumer({ topics: 'a' }, all => all.pipe(take(3))),
      )
    })
    expect(told).toEqual(['0: a-0@0 a', '0: a-0@1 b', '1000: a-0@2 c', '1000: |'])
  })

  it('ends where it is told to', () => {
    const told = virtually({ topics }, ({ kafka, write }) =>
      concat(
        write(['a', 'b']),
        kafka.consumer({ topics: 'a', to: 'latest' }, all => all),
      ),
    )
    expect(told).toEqual(['0: a-0@0 a', '0: a-0@1 b', '0: |'])
  })

  it('does not wait for ever for a partition that has no leader', () => {
    const told = virtually(
      { topics: { a: { partitions: 2, replicationFactor: 1 } }, brokers: 2 },
      ({ kafka, write, broker, at }) => {
        const [first, second] = [0, 1].map(n => broker.partitions.find(({ partition }) => partition === n)?.leader)
        expect(first).not.toBe(second)
        at(40_000, () => broker.start(second as number))
        const reading = kafka.consumer({ topics: 'a' }, all => all.pipe(take(2)))
        return concat(
          write(['x'], 0),
          write(['y'], 1),
          defer(() => {
            broker.stop(second as number)
            return reading
          }),
        )
      },
    )
    expect(told.map(one => one.replace(/^4\d\d\d\d/, 'later'))).toEqual([
      '30000: a-0@0 x',
      'later: a-1@0 y',
      'later: |',
    ])
  })
})

describe('a member of a group', () => {
  it('hands out, commits what is acknowledged and leaves', () => {
    const told = virtually({ topics }, ({ kafka, write, committed }) =>
      concat(
        write(['a', 'b', 'c']),
        kafka.consumer({ group: 'g', topics: 'a' }, all => all.pipe(take(2), tap(all.acknowledge))),
        defer(() => of(`${committed('g')}`)),
      ),
    )
    expect(told).toEqual(['0: a-0@0 a', '0: a-0@1 b', '0: 2', '0: |'])
  })

  it('handles each record', () => {
    const told = virtually({ topics }, ({ kafka, write, committed }) =>
      concat(
        write(['a', 'b', 'c']),
        kafka.consume({ group: 'g', topics: 'a' }, ({ value }) => of(String(value))).pipe(take(3)),
        // Left from outside, it commits in the background.
        kafka.released.pipe(map(() => `${committed('g')}`)),
      ),
    )
    expect(told).toEqual(['0: a', '0: b', '0: c', '0: 2', '0: |'])
  })

  it('waits with a revoke for handlers, and not for what nobody handles any more', () => {
    const told = virtually({ topics: { a: 2 } }, ({ kafka, write, scheduler }) => {
      const options = { group: 'g', topics: 'a' } as const
      const stuck = kafka.consumer(options, all =>
        merge(
          all.consume({ concurrency: 2 }, () => NEVER).pipe(takeUntil(timer(20_000, scheduler))),
          timer(60_000, scheduler).pipe(ignoreElements()),
        ),
      )
      const second = timer(10_000, scheduler).pipe(
        mergeMap(() => kafka.consumer(options, all => all.pipe(takeUntil(timer(40_000, scheduler))))),
      )
      return concat(write(['x'], 0), write(['y'], 1), merge(stuck, second))
    })
    // The heartbeat that follows says that it is given up.
    expect(told[0]).toMatch(/^2[01]\d\d\d: a-1@0 y$/)
  })
})
