import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { At } from '../../src/consumer/at.js'
import type { Committed } from '../../src/consumer/offset-timestamp.js'
import {
  begin,
  diverged,
  type Effect,
  epochEndFound,
  leaderChanged,
  type Next,
  offsetFound,
  outOfRange,
  questionOf,
  type Stage,
  type Standing,
} from '../../src/consumer/position-machine.js'

const at100: Standing = { fetchOffset: 100n, lastEpoch: 5, offsetReset: 'earliest' }
const unknownEpoch: Standing = { ...at100, lastEpoch: -1 }
const strict: Standing = { ...at100, offsetReset: 'error' }
const reading: Stage = { name: 'reading' }
const start = (offset: bigint, leaderEpoch: number): Effect => ({ do: 'start', offset, leaderEpoch })

describe('a new tenure', () => {
  const rows: [string, At | Committed, Next][] = [
    ['the earliest', 'earliest', { stage: { name: 'finding', timestamp: -2n } }],
    ['the latest', 'latest', { stage: { name: 'finding', timestamp: -1n } }],
    ['a time', { timestamp: 5.7 }, { stage: { name: 'finding', timestamp: 5n } }],
    ['a date', { timestamp: new Date(7) }, { stage: { name: 'finding', timestamp: 7n } }],
    ['an offset', { offset: 9n }, { stage: reading, effect: start(9n, -1) }],
    ['a committed offset', { offset: 9n, leaderEpoch: 3 }, { stage: { name: 'validating' }, effect: start(9n, 3) }],
    ['one without epoch', { offset: 9n, leaderEpoch: -1 }, { stage: reading, effect: start(9n, -1) }],
  ]
  it.each(rows)('at %s', (_, at, next) => expect(begin(at)).toEqual(next))
})

describe('what its leader is asked', () => {
  const rows: [Stage, unknown][] = [
    [
      { name: 'finding', timestamp: 7n },
      { ask: 'offset', timestamp: 7n, isCommitted: true },
    ],
    [
      { name: 'checking-start', isEpochLost: false },
      { ask: 'offset', timestamp: -2n, isCommitted: false },
    ],
    // The end of what is committed may lie before what was read of a log that is whole.
    [
      { name: 'checking-end', isEpochLost: false },
      { ask: 'offset', timestamp: -1n, isCommitted: false },
    ],
    [{ name: 'validating' }, { ask: 'epoch-end', epoch: 5 }],
    [
      { name: 'diverging', end: 90n },
      { ask: 'epoch-end', epoch: 5 },
    ],
    [reading, undefined],
    [{ name: 'failed' }, undefined],
  ]
  it.each(rows)('in %o: %o', (stage, question) => expect(questionOf(stage, at100)).toEqual(question))
})

describe('an offset is found', () => {
  const checkingStart: Stage = { name: 'checking-start', isEpochLost: false }
  const checkingEnd: Stage = { name: 'checking-end', isEpochLost: false }
  const lost: Stage = { name: 'checking-end', isEpochLost: true }
  const skip: Next = { stage: reading, effect: { do: 'skip', to: 101n } }
  const fail: Next = { stage: { name: 'failed' }, effect: { do: 'fail', why: 'out-of-range' } }
  const rows: [string, Stage, Standing, bigint, Next][] = [
    ['of that time', { name: 'finding', timestamp: 7n }, at100, 40n, { stage: reading, effect: start(40n, 8) }],
    ['nothing is so late: the end', { name: 'finding', timestamp: 7n }, at100, -1n, begin('latest')],
    ['the log starts behind it: there', checkingStart, at100, 101n, skip],
    ['the same, as an error', checkingStart, strict, 101n, fail],
    ['it does not', checkingStart, at100, 100n, { stage: checkingEnd }],
    [
      'the log ends there: nothing is wrong',
      checkingEnd,
      at100,
      100n,
      { stage: reading, effect: { do: 'go-on', forgetEpoch: false } },
    ],
    [
      'the same where its epoch is not known',
      lost,
      strict,
      100n,
      { stage: reading, effect: { do: 'go-on', forgetEpoch: true } },
    ],
    [
      'the log ends before it: where do they part?',
      checkingEnd,
      at100,
      90n,
      { stage: { name: 'diverging', end: 90n } },
    ],
    [
      'the same, and no epoch is known: the end',
      checkingEnd,
      unknownEpoch,
      90n,
      { stage: reading, effect: { do: 'reset', offset: 90n, leaderEpoch: -1, reason: 'out-of-range' } },
    ],
    ['the same, as an error', checkingEnd, { ...strict, lastEpoch: -1 }, 90n, fail],
    [
      'the same, and the leader does not know its epoch: the end',
      lost,
      at100,
      90n,
      { stage: reading, effect: { do: 'reset', offset: 90n, leaderEpoch: -1, reason: 'truncated' } },
    ],
    ['that nobody asks for any more', reading, at100, 90n, { stage: reading }],
  ]
  it.each(rows)('%s', (_, stage, standing, offset, next) => {
    expect(offsetFound(stage, standing, offset, 8)).toEqual(next)
  })
})

describe('the end of its epoch is found', () => {
  const validating: Stage = { name: 'validating' }
  const diverging: Stage = { name: 'diverging', end: 90n }
  const reset = (offset: bigint, leaderEpoch: number): Next => ({
    stage: reading,
    effect: { do: 'reset', offset, leaderEpoch, reason: 'truncated' },
  })
  const rows: [string, Stage, Standing, [number, bigint], Next][] = [
    ['there', validating, at100, [5, 100n], { stage: reading, effect: { do: 'go-on', forgetEpoch: false } }],
    ['behind it', validating, at100, [5, 300n], { stage: reading, effect: { do: 'go-on', forgetEpoch: false } }],
    ['before it: the logs part', validating, at100, [4, 80n], reset(80n, 4)],
    [
      'the same, as an error',
      validating,
      strict,
      [4, 80n],
      { stage: { name: 'failed' }, effect: { do: 'fail', why: 'truncated', safeOffset: 80n } },
    ],
    [
      'nowhere: is it in the log?',
      validating,
      at100,
      [-1, -1n],
      { stage: { name: 'checking-start', isEpochLost: true } },
    ],
    ['beyond the end', diverging, at100, [5, 95n], reset(90n, 5)],
    ['nowhere, and the log ends before it', diverging, at100, [-1, -1n], reset(90n, -1)],
    ['before the end', diverging, at100, [3, 70n], reset(70n, 3)],
    ['of what nobody asks for any more', reading, at100, [3, 70n], { stage: reading }],
  ]
  it.each(rows)('%s', (_, stage, standing, [leaderEpoch, endOffset], next) => {
    expect(epochEndFound(stage, standing, { leaderEpoch, endOffset })).toEqual(next)
  })
})

describe('another leader epoch', () => {
  const rows: [string, Stage, Standing, number, Stage][] = [
    ['has what was read looked at', reading, at100, 6, { name: 'validating' }],
    ['need not, of records that it wrote', reading, at100, 5, reading],
    ['cannot, where no epoch is known', reading, unknownEpoch, 6, reading],
    [
      'is asked what the one before was',
      { name: 'finding', timestamp: 7n },
      at100,
      6,
      { name: 'finding', timestamp: 7n },
    ],
  ]
  it.each(rows)('%s', (_, stage, standing, epoch, next) => {
    const changed = leaderChanged(stage, standing, epoch)
    expect(changed).toEqual(next)
    // What is on its way to the leader before is late.
    expect(changed).not.toBe(stage)
  })
})

it('has a broker that speaks of another log checked with the leader', () => {
  expect(outOfRange()).toEqual({ name: 'checking-start', isEpochLost: false })
  expect(diverged(at100)).toEqual({ name: 'validating' })
  expect(diverged(unknownEpoch)).toEqual(outOfRange())
})

/** What a leader has: epochs one after another, and how far its log goes. */
const leader = fc
  .record({ start: fc.bigInt(0n, 20n), lengths: fc.array(fc.bigInt(0n, 10n), { minLength: 1, maxLength: 4 }) })
  .map(({ start, lengths }) => {
    const ends: bigint[] = []
    for (const length of lengths) ends.push((ends.at(-1) ?? start) + length)
    return { start, ends, end: ends.at(-1) as bigint }
  })

it('always comes to an end within four questions, inside the log, told apart from what was read', () => {
  const standing = fc.record({
    fetchOffset: fc.bigInt(0n, 70n),
    lastEpoch: fc.integer({ min: -1, max: 5 }),
    offsetReset: fc.constantFrom('earliest' as const, 'error' as const),
  })
  const doubt = fc.constantFrom('out-of-range', 'diverged', 'leader')
  fc.assert(
    fc.property(leader, standing, doubt, ({ start, ends, end }, standing, why) => {
      let stage =
        why === 'out-of-range'
          ? outOfRange()
          : why === 'diverged'
            ? diverged(standing)
            : leaderChanged(reading, standing, 9)
      let effect: Effect | undefined
      let asked = 0
      for (let question = questionOf(stage, standing); question !== undefined; question = questionOf(stage, standing)) {
        expect(++asked).toBeLessThanOrEqual(4)
        if (question.ask === 'offset') {
          const offset = question.timestamp === -2n ? start : end
          ;({ stage, effect } = offsetFound(stage, standing, offset, 0))
        } else {
          const isKnown = question.epoch < ends.length
          const endOffset = isKnown ? (ends[question.epoch] as bigint) : -1n
          const answer = { leaderEpoch: isKnown ? question.epoch : -1, endOffset }
          ;({ stage, effect } = epochEndFound(stage, standing, answer))
        }
      }
      const { fetchOffset, offsetReset } = standing
      if (effect === undefined) expect([why, stage]).toEqual(['leader', reading])
      else if (effect.do === 'fail') expect([stage.name, offsetReset]).toEqual(['failed', 'error'])
      else expect(stage).toEqual(reading)
      if (effect?.do === 'reset') expect(effect.offset < fetchOffset && effect.offset <= end).toBe(true)
      if (effect?.do === 'skip') expect([effect.to > fetchOffset, effect.to]).toEqual([true, start])
      if (effect?.do === 'go-on') expect(fetchOffset <= end).toBe(true)
    }),
    { numRuns: 2000 },
  )
})
