import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Sequences } from '../../src/producer/sequences.js'
import { happenings, run, type Step } from './model-producer.js'

/** How often each may happen: work more often than faults, so that there is something to hurt. */
const frequent: Partial<Record<keyof typeof happenings, number>> = {
  submit: 6,
  send: 3,
  sendAll: 5,
  handle: 5,
  answer: 5,
  roundTrip: 6,
  burst: 4,
  answerAll: 3,
  replicate: 3,
  giveIdentity: 2,
}
const whats = Object.keys(happenings) as (keyof typeof happenings)[]
const what = fc.oneof(...whats.map(name => ({ weight: frequent[name] ?? 1, arbitrary: fc.constant(name) })))
const number = fc.nat(11)
const step: fc.Arbitrary<Step> = fc.tuple(what, number, number, number)
const schedule = fc.record({
  partitions: fc.integer({ min: 1, max: 3 }),
  /** Records count for this many, so that sequences wrap soon. */
  scale: fc.constantFrom(1, 2 ** 26),
  firstEpoch: fc.constantFrom(0, 0x7ffe),
  steps: fc.array(step, { minLength: 5, maxLength: 120, size: 'max' }),
})

const runs = Number(process.env['SEQUENCES_RUNS'] ?? 10_000)

it('keeps its promise to each record whatever fails: delivered is in the log once and in order', () => {
  fc.assert(
    fc.property(schedule, ({ partitions, scale, firstEpoch, steps }) => {
      expect(run(Sequences, partitions, scale, firstEpoch, steps)).toEqual([])
    }),
    { numRuns: runs },
  )
}, 3_600_000)
