import { catchError, of, takeUntil, timer } from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { KafkaError } from '../../src/errors.js'
import type { ErrorName } from '../../src/protocol/error-codes.js'
import { marbles } from '../marbles.js'
import { read, type World, type WorldOptions } from './read.js'

/** What is seen in so many ms; returns when the requests came that are counted. */
function seeing(
  options: WorldOptions,
  use: (world: World) => readonly number[] | undefined,
  diagram: string,
  ms = 2000,
): readonly number[] {
  let times: readonly number[] | undefined
  marbles(({ expectObservable }) => {
    const seen = read(options, world => {
      times = use(world)
    })
    expectObservable(seen.pipe(takeUntil(timer(ms)))).toBe(diagram)
  })
  return times ?? []
}

describe('a partition error', () => {
  const passing: readonly ErrorName[] = [
    'NOT_LEADER_OR_FOLLOWER',
    'FENCED_LEADER_EPOCH',
    'UNKNOWN_LEADER_EPOCH',
    'LEADER_NOT_AVAILABLE',
    'REPLICA_NOT_AVAILABLE',
    'UNKNOWN_TOPIC_OR_PARTITION',
    'UNKNOWN_TOPIC_ID',
    'INCONSISTENT_TOPIC_ID',
    'KAFKA_STORAGE_ERROR',
    'OFFSET_NOT_AVAILABLE',
    'OFFSET_OUT_OF_RANGE',
    'UNKNOWN_SERVER_ERROR',
  ]
  it.each(passing)('%s is never fetched again in a hot loop', error => {
    const times = seeing(
      { words: ['a'] },
      ({ start, requests, broker }) => {
        broker.fault({ api: 'Fetch', topic: 'words', error, times: 4 })
        const times = requests({ api: 'Fetch' })
        start()
        return times
      },
      'o 1499ms a 499ms |',
    )
    expect(times.slice(0, 5)).toEqual([0, 100, 300, 700, 1500])
  })

  it.each(['NOT_LEADER_OR_FOLLOWER', 'OFFSET_NOT_AVAILABLE'] as const)('%s of a lookup waits as well', error => {
    const times = seeing(
      { words: ['a'] },
      ({ start, requests, broker }) => {
        broker.fault({ api: 'ListOffsets', topic: 'words', error, times: 3 })
        const times = requests({ api: 'ListOffsets' })
        start()
        return times
      },
      '700ms (oa) 1296ms |',
    )
    expect(times).toEqual([0, 100, 300, 700])
  })
})

it.each(['FETCH_SESSION_ID_NOT_FOUND', 'INVALID_FETCH_SESSION_EPOCH'] as const)(
  'begins another session at once after %s',
  error => {
    const use = ({ start, broker, at, produce }: World) => {
      broker.fault({ api: 'Fetch', skip: 2, error })
      start()
      at(510, () => produce('b'))
      return undefined
    }
    seeing({ words: ['a'] }, use, '(oa) 506ms b 1489ms |')
  },
)

it('asks for the others within 50 ms while one is paused, and goes on with that when it is resumed', () => {
  const use = ({ start, held, requests, reading, at, produce }: World) => {
    held(0).shut({ paused: true })
    start(0)
    start(1)
    const times = requests({ api: 'Fetch' })
    at(120, () => produce('b', 1))
    at(130, () => produce('a', 0))
    at(210, () => {
      held(0).shut({ paused: false })
      reading.wake()
    })
    return times
  }
  const times = seeing({ words: ['', ''] }, use, '(oo) 116ms b 99ms a 1779ms |')
  expect(times.slice(0, 5)).toEqual([0, 50, 100, 120, 170])
})

it('drops an answer that comes when the position has moved', () => {
  const use = ({ start, held, reading, broker, at }: World) => {
    broker.fault({ api: 'Fetch', delay: 100 })
    start()
    at(50, () => reading.seek(held(), { offset: 2n }))
    return undefined
  }
  seeing({ words: ['abc'] }, use, 'o 99ms c 1899ms |')
})

it('rides out an outage of all brokers without a hot loop', () => {
  const use = ({ start, broker, at, produce, events }: World) => {
    start()
    at(100, () => broker.stop(1))
    at(1000, () => broker.start(1))
    at(1900, () => {
      produce('b')
      expect(events.filter(({ type }) => type === 'retrying').length).toBeLessThan(20)
    })
    return undefined
  }
  seeing({ words: ['a'] }, use, '(oa) 2596ms b 399ms |', 3000)
})

it('holds no more in work than it may, and asks for more when there is room', () => {
  let used: number[] = []
  const use = ({ start, held, budget, at }: World) => {
    start()
    at(600, () => used.push(budget.used))
    at(700, () => held().tenure.acknowledgeBelow(10n))
    at(1300, () => used.push(budget.used))
    return undefined
  }
  used = []
  seeing(
    { words: ['abcdefghijkl'], isAcknowledged: true, read: { prefetch: 3000, maxPartitionBytes: 140 } },
    use,
    '(oabcdefghij) 687ms (kl) 1296ms |',
  )
  expect(used.every(bytes => bytes > 0 && bytes <= 3512)).toBe(true)
})

it('asks ahead for an eighth of what it may hold, and for more when that is handed out', () => {
  let used: number[] = []
  const use = ({ start, held, budget, at, tell }: World) => {
    const takeAll = () => {
      for (let record = held().tenure.take(); record !== undefined; record = held().tenure.take())
        tell(String(record.value))
    }
    start()
    at(600, () => used.push(budget.used))
    at(700, takeAll)
    at(1300, () => used.push(budget.used))
    at(1400, takeAll)
    return undefined
  }
  used = []
  seeing(
    { words: ['abcdefghijkl'], isLeft: true, read: { prefetch: 6000, maxPartitionBytes: 140 } },
    use,
    'o 699ms (abcd) 694ms (efgh) 594ms |',
  )
  // A portion of two records is some 650 bytes: the second is asked for while less than 750 are ready.
  expect(used.every(bytes => bytes > 750 && bytes < 1500)).toBe(true)
})

it('reads from the replica in its rack, and after an error there from the leader', () => {
  const options = {
    words: ['a'],
    brokers: 2,
    racks: ['x', 'y'],
    topics: { words: { partitions: 1, replicationFactor: 2 } },
  }
  const use = (world: World) => {
    const { start, broker, at, produce, requests } = world
    broker.moveLeader('words', 0, 1)
    const times = requests({ api: 'Fetch', nodeId: 2 })
    start()
    at(100, () => produce('b'))
    return times
  }
  const times = seeing({ ...options, read: { rack: 'y' } }, use, '(oa) 96ms b 1899ms |')
  expect(times.length).toBeGreaterThan(1)
})

it('tells of a topic that it may not read', () => {
  marbles(({ expectObservable }) => {
    const seen = read({ words: ['a'] }, ({ start, broker }) => {
      broker.fault({ api: 'Fetch', topic: 'words', error: 'TOPIC_AUTHORIZATION_FAILED' })
      start()
    })
    const told = seen.pipe(
      catchError(({ code }: KafkaError) => of(code)),
      takeUntil(timer(2000)),
    )
    expectObservable(told).toBe('(of|)', { o: 'o', f: 'TOPIC_AUTHORIZATION_FAILED' })
  })
})
