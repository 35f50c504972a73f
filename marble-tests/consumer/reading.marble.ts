import { take, takeUntil, timer } from 'rxjs'
import { expect, it } from 'vitest'
import { marbles } from '../marbles.js'
import { read } from './read.js'

it('reads from the start, and goes on as records come', () => {
  marbles(({ expectObservable }) => {
    const seen = read({ words: ['ab'] }, ({ start, at, produce }) => {
      start()
      at(30, () => produce('c'))
    })
    expectObservable(seen.pipe(take(4))).toBe('(oab) 25ms (c|)')
  })
})

it('asks again 100 ms after a broker that does not lead', () => {
  marbles(({ expectObservable }) => {
    const seen = read({ words: ['ab'] }, ({ start, broker }) => {
      broker.fault({ api: 'Fetch', error: 'NOT_LEADER_OR_FOLLOWER' })
      start()
    })
    expectObservable(seen.pipe(take(3))).toBe('o 99ms (ab|)')
  })
})

it('goes on behind a seek at once, and hands out nothing of before it', () => {
  marbles(({ expectObservable }) => {
    const seen = read({ words: ['abc'] }, ({ start, at, reading, held }) => {
      start()
      at(200, () => reading.seek(held(), { offset: 1n }))
    })
    expectObservable(seen.pipe(take(6))).toBe('(oabc) 494ms (bc|)')
  })
})

it('follows a leader that has moved', () => {
  marbles(({ expectObservable }) => {
    const seen = read({ words: ['a'], brokers: 2 }, ({ start, at, broker, produce }) => {
      start()
      const leader = broker.partitions[0]?.leader ?? 0
      at(100, () => broker.moveLeader('words', 0, 3 - leader))
      at(200, () => produce('b'))
    })
    expectObservable(seen.pipe(take(3), takeUntil(timer(2000)))).toBe('(oa) 196ms (b|)')
  })
})

it('keeps no process busy: one request a broker is under way', () => {
  marbles(({ expectObservable, flush }) => {
    let times: readonly number[] = []
    const seen = read({ words: ['', ''] }, ({ start, requests }) => {
      times = requests({ api: 'Fetch' })
      start(0)
      start(1)
    })
    expectObservable(seen.pipe(takeUntil(timer(1400)))).toBe('(oo) 1396ms |')
    flush()
    expect(times).toEqual([0, 500, 1000])
  })
})
