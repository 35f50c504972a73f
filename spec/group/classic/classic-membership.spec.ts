import { describe, expect, it } from 'vitest'
import { liveGroup, sticky } from '../virtual-group.js'

describe('a member of a classic group', () => {
  it('gives up all before a rebalance, where an assignor needs that', () => {
    const told = liveGroup(20_000, ({ join, at }) => {
      join('a')
      at(5000, () => {
        const b = join('b')
        at(10_000, () => b.leave())
      })
    })
    expect(told).toEqual([
      '0 a: has t-0 t-1 t-2 t-3 @1',
      '6000 a: gives t-0 t-1 t-2 t-3',
      '6000 a: has t-0 t-1 @2',
      '6000 b: has t-2 t-3 @2',
      '10000 b: left',
      '10000 a: gives t-0 t-1',
      '10000 a: has t-0 t-1 t-2 t-3 @3',
    ])
  })

  it('keeps what it goes on owning, where all assignors are cooperative', () => {
    const told = liveGroup(20_000, ({ join, at }) => {
      join('a', { assignors: [sticky] })
      at(5000, () => {
        const b = join('b', { assignors: [sticky] })
        at(10_000, () => b.leave())
      })
    })
    expect(told).toEqual([
      '0 a: has t-0 t-1 t-2 t-3 @1',
      '6000 a: gives t-2 t-3',
      '6000 b: has nothing @2',
      '7000 b: has t-2 t-3 @3',
      '10000 b: left',
      '10000 a: has t-2 t-3 @4',
    ])
  })
})
