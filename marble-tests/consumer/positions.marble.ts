import { concatMap, take, takeUntil, timer } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { LogTruncationError, OffsetOutOfRangeError } from '../../src/errors.js'
import { marbles } from '../marbles.js'
import { read, type World, type WorldOptions } from './read.js'

/** What is seen in so many ms, and what was told of skipped offsets. */
function seeing(
  options: WorldOptions,
  use: (world: World) => void,
  diagram: string,
  values?: object,
): readonly string[] {
  let world: World | undefined
  marbles(({ expectObservable }) => {
    const seen = read(options, one => {
      world = one
      use(one)
    })
    expectObservable(seen.pipe(takeUntil(timer(3000)))).toBe(diagram, { ...letters, ...values })
  })
  return (world?.events ?? []).flatMap(event => {
    if (event.type !== 'skipped') return []
    const { topic, partition, from, to, reason } = event
    return [`${topic}-${partition} ${from}..${to} ${reason}`]
  })
}

const letters = Object.fromEntries([...'abcdefgoSR.'].map(letter => [letter, letter]))
const twoBatches = { retentionBytes: 150 }

describe('reading starts', () => {
  it('at the earliest, the latest, an offset', () => {
    seeing({ words: ['abc'] }, ({ start }) => start(), '(oabc) 2994ms |')
    seeing({ words: ['abc'] }, ({ start }) => start(0, { offset: 1n }), '(obc) 2995ms |')
    const latest = (world: World) => {
      world.start(0, 'latest')
      world.at(10, () => world.produce('d'))
    }
    seeing({ words: ['abc'] }, latest, 'o 9ms d 2989ms |')
  })

  it('at a time: at the first record as late, or the end where none is', () => {
    seeing({ words: ['abc'] }, ({ start }) => start(0, { timestamp: 0 }), '(oabc) 2994ms |')
    seeing({ words: ['abc'] }, ({ start }) => start(0, { timestamp: new Date(1) }), 'o 2999ms |')
  })

  it('at what was committed, once the leader has said that it is still there', () => {
    seeing({ words: ['abc'] }, ({ start }) => start(0, { offset: 2n, leaderEpoch: 0 }), '(oc) 2996ms |')
  })

  it('with all its partitions at once, by one request a leader', () => {
    let requests: readonly number[] = []
    const use = ({ start, requests: count }: World) => {
      requests = count({ api: 'ListOffsets' })
      for (const partition of [0, 1, 2]) start(partition)
    }
    seeing({ words: ['a', 'b', 'c'] }, use, '(oooabc) 2992ms |')
    expect(requests).toEqual([0])
  })

  it('when the topic is there', () => {
    const use = ({ start, at, kafka, produce }: World) => {
      start()
      at(1000, () => kafka.createTopics({ name: 'words' }).subscribe())
      at(1900, () => produce('a'))
    }
    let life: World | undefined
    marbles(({ expectObservable }) => {
      const seen = read({ words: [], topics: {} }, world => {
        life = world
        use(world)
      })
      expectObservable(seen.pipe(take(2), takeUntil(timer(5000)))).toBe('1500ms o 399ms (a|)')
    })
    expect(life?.events.filter(({ type }) => type === 'retrying')).toEqual([])
  })
})

describe('a position that is not in the log', () => {
  it('below it goes on at its start, and keeps what was fetched before', () => {
    const told = seeing({ words: ['abcd'], ...twoBatches }, ({ start }) => start(0, { offset: 0n }), '(oScd) 2994ms |')
    expect(told).toEqual(['words-0 0..2 out-of-range'])
  })

  it('above it goes on at its end', () => {
    const use = ({ start, at, produce }: World) => {
      start(0, { offset: 9n })
      at(20, () => produce('d'))
    }
    const told = seeing({ words: ['abc'] }, use, '(oSR) 15ms d 2979ms |')
    expect(told).toEqual(['words-0 9..3 out-of-range'])
  })

  it.each([
    ['below', { words: ['abcd'], ...twoBatches }, 0n],
    ['above', { words: ['abc'] }, 9n],
  ])('%s it is an error, where that is wanted', (_, options, offset) => {
    marbles(({ expectObservable }) => {
      const seen = read({ ...options, read: { offsetReset: 'error' } }, ({ start }) => start(0, { offset }))
      const error = new OffsetOutOfRangeError(
        `offset ${offset} of words-0 is not in the log: seek to one that is, or let offsetReset say where to go on`,
        { topic: 'words', partition: 0, offset },
      )
      expectObservable(seen.pipe(takeUntil(timer(5000)))).toBe('(o#)', letters, error)
    })
  })

  it('is asked for again a while later, where only some broker says so', () => {
    const use = ({ start, broker }: World) => {
      broker.fault({ api: 'Fetch', error: 'OFFSET_OUT_OF_RANGE', times: 3 })
      start()
    }
    expect(seeing({ words: ['a'] }, use, 'o 699ms a 2299ms |')).toEqual([])
  })
})

describe('a log that was cut off', () => {
  const cut = ({ start, at, broker, produce }: World, offset = 1n) => {
    start()
    at(600, () => broker.truncate('words', 0, offset))
    at(605, () => produce('de'))
  }

  it('goes on where it parts from what was read', () => {
    // The epoch of the leader is told by the fetch that is refused, and what was read is checked before the next.
    const told = seeing({ words: ['abc'] }, world => cut(world), '(oabc) 594ms (SR) 1ms (de) 2391ms |')
    expect(told).toEqual(['words-0 3..1 truncated'])
  })

  it('is an error with the offset that is safe, where that is wanted', () => {
    marbles(({ expectObservable }) => {
      const seen = read({ words: ['abc'], read: { offsetReset: 'error' } }, world => cut(world))
      const message = 'the log of words-0 was cut off at 1, below 3, up to which it was read: seek to 1 or below'
      const options = { topic: 'words', partition: 0, offset: 3n, safeOffset: 1n }
      expectObservable(seen.pipe(takeUntil(timer(5000)))).toBe(
        '(oabc) 594ms #',
        letters,
        new LogTruncationError(message, options),
      )
    })
  })

  it('is read again from what is not handled, though it was handed out', () => {
    const use = (world: World) => {
      const { at, held } = world
      cut(world, 2n)
      at(100, () => held().tenure.acknowledgeBelow(1n))
    }
    const told = seeing({ words: ['abc'], isAcknowledged: true }, use, '(oabc) 594ms (SRb) (de) 2391ms |')
    expect(told).toEqual(['words-0 3..2 truncated'])
  })

  it('is found out, too, of a position that was committed before', () => {
    const use = ({ start, at, broker, held, reading }: World) => {
      start()
      at(100, () => broker.truncate('words', 0, 2n))
      at(700, () => reading.seek(held(), { offset: 3n, leaderEpoch: 0 }))
    }
    const told = seeing({ words: ['abc'] }, use, '(oabc) 94ms (SR) 596ms (SR) 2296ms |')
    expect(told).toEqual(['words-0 3..2 truncated', 'words-0 3..2 truncated'])
  })
})

describe('a topic that is made anew', () => {
  const again = ({ start, at, kafka, produce }: World) => {
    start()
    const made = kafka.deleteTopics('words').pipe(concatMap(() => kafka.createTopics({ name: 'words' })))
    at(700, () => made.subscribe())
    at(1400, () => produce('def'))
  }

  it('is read from its start', () => {
    const told = seeing({ words: ['abc'] }, again, '(oabc) 844ms (RS) 646ms (def) 1495ms |')
    expect(told).toEqual(['words-0 3..0 topic-recreated'])
  })

  it('is an error, where that is wanted', () => {
    marbles(({ expectObservable }) => {
      const seen = read({ words: ['abc'], read: { offsetReset: 'error' } }, again)
      const message =
        'offset 3 of words-0 is not in the log: seek to one that is, or let offsetReset say where to go on'
      const error = new OffsetOutOfRangeError(message, { topic: 'words', partition: 0, offset: 3n })
      expectObservable(seen.pipe(takeUntil(timer(5000)))).toBe('(oabc) 844ms #', letters, error)
    })
  })
})

describe('reading ends', () => {
  it('before an offset, at what the end is now, before a time', () => {
    seeing({ words: ['abcd'] }, ({ start }) => start(0, 'earliest', { offset: 2n }), '(oab.) 2994ms |')
    const latest = (world: World) => {
      world.start(0, 'earliest', 'latest')
      world.at(10, () => world.produce('e'))
    }
    seeing({ words: ['ab'] }, latest, '(oab.) 2994ms |')
    seeing({ words: ['ab'] }, ({ start }) => start(0, 'earliest', { timestamp: 0 }), '(.o) 2996ms |')
    seeing({ words: ['ab'] }, ({ start }) => start(0, 'earliest', { timestamp: 5 }), '(oab.) 2994ms |')
  })

  it('at once where there is nothing, or it begins behind its end', () => {
    seeing({ words: [''] }, ({ start }) => start(0, 'earliest', 'latest'), '(.o) 2996ms |')
    seeing({ words: ['abc'] }, ({ start }) => start(0, { offset: 2n }, { offset: 1n }), '(.o) 2996ms |')
  })

  it('and asks for nothing any more', () => {
    let requests: readonly number[] = []
    const use = ({ start, requests: count }: World) => {
      requests = count({ api: 'Fetch' })
      start(0, 'earliest', 'latest')
    }
    seeing({ words: ['ab'] }, use, '(oab.) 2994ms |')
    expect(requests).toEqual([0])
  })
})
