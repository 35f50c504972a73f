import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backoff } from '../../src/cluster/backoff.js'
import { Reach } from '../../src/cluster/reach.js'
import { ConnectionError } from '../../src/errors.js'

const still = (size: number) => Buffer.alloc(size)
const settings = { initial: 100, max: 1000 }
const lost = new ConnectionError('lost')

describe('backoff', () => {
  it.each([
    [1, 0, 100],
    [1, 255, 100],
    [2, 0, 200],
    [2, 255, 240],
    [3, 0, 400],
    [4, 128, 880],
    [5, 0, 1000],
    [5, 255, 1000],
    [1000, 0, 1000],
  ])('after failure %d with chance %d is %d ms', (attempt, chance, ms) => {
    expect(backoff(settings, attempt, size => Buffer.alloc(size, chance))).toBe(ms)
  })

  it('is never below `initial` nor above `max`, and never shrinks without chance', () => {
    const ms = fc.integer({ min: 1, max: 2 ** 31 - 1 })
    fc.assert(
      fc.property(ms, ms, fc.integer({ min: 1, max: 2000 }), fc.nat(255), (one, other, attempt, chance) => {
        const [initial, max] = [Math.min(one, other), Math.max(one, other)]
        const delay = backoff({ initial, max }, attempt, size => Buffer.alloc(size, chance))
        expect(delay).toBeGreaterThanOrEqual(initial)
        expect(delay).toBeLessThanOrEqual(max)
        expect(backoff({ initial, max }, attempt + 1, still)).toBeGreaterThanOrEqual(
          backoff({ initial, max }, attempt, still),
        )
      }),
    )
  })
})

describe('the reach of an address', () => {
  const reach = () => new Reach(attempt => backoff(settings, attempt, still))

  it('doubles its wait with each failure, and forgets them when it is reached', () => {
    const one = reach()
    const waits: number[] = []
    let now = 0
    for (let n = 0; n < 6; n++) {
      one.failed(now, lost)
      waits.push(one.wait(now))
      now += one.wait(now)
    }
    expect(waits).toEqual([100, 200, 400, 800, 1000, 1000])
    one.reached()
    expect([one.wait(now), one.failures, one.cause]).toEqual([0, 0, undefined])
  })

  it('takes connections that are lost together for one failure', () => {
    const one = reach()
    for (let lane = 0; lane < 5; lane++) one.failed(0, lost)
    expect(one.wait(0)).toBe(100)
  })

  it('has patience with a refusal for 30 s, from the first of those that follow one another', () => {
    const one = reach()
    expect([0, 10_000, 29_999, 30_000, 31_000].map(at => one.refused(at))).toEqual([true, true, true, false, false])
    expect(one.refused(100_000)).toBe(true)
    one.reached()
    expect([100_001, 130_000, 130_001].map(at => one.refused(at))).toEqual([true, true, false])
  })
})
