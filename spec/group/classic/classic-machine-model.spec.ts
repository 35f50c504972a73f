import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ConnectionError, UnsupportedVersionError } from '../../../src/errors.js'
import type { ClassicEvent } from '../../../src/group/classic/classic-events.js'
import { verdictOf } from '../../../src/group/classic/verdict.js'
import { type ErrorName, errors } from '../../../src/protocol/error-codes.js'
import { joined, options, partitions, synced } from './machine-bench.js'
import { MachineModel } from './machine-model.js'

const lost = new ConnectionError('lost', { outcome: 'unknown' })
const versions = { min: 0, max: 0 }
const tooOld = new UnsupportedVersionError('too old', { api: 'JoinGroup', ours: versions, theirs: undefined })

const ok = { weight: 6, arbitrary: fc.constant<ErrorName>('NONE') }
const refusal = fc.constantFrom<ErrorName[]>(
  'REBALANCE_IN_PROGRESS',
  'UNKNOWN_MEMBER_ID',
  'ILLEGAL_GENERATION',
  'GROUP_ID_NOT_FOUND',
  'MEMBER_ID_REQUIRED',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'NOT_COORDINATOR',
  'FENCED_INSTANCE_ID',
  'GROUP_AUTHORIZATION_FAILED',
)
const anError = fc.oneof(ok, { weight: 3, arbitrary: refusal })
const assignment = fc.subarray(['t-0', 't-1', 't-2', 'u-0', 'u-1']).map(words => words.join(' '))

/** What may happen, whatever is under way. */
const happening = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ what: fc.constant('answer' as const), error: anError, assignment, leads: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('fail' as const), isFatal: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('late' as const), n: fc.nat(), error: anError, assignment }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('beat' as const), error: anError, n: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('refuse' as const), error: refusal, isPast: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({ what: fc.constant('advance' as const), ms: fc.constantFrom(1, 100, 1000, 12_000) }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('subscribe' as const), topics: fc.subarray(['t', 'u']) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('change' as const) }) },
)
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never

const end = fc.constantFrom('leave', 'abandon', 'recover')

it('keeps its invariants, whatever happens in whatever order', () => {
  const runs = Number(process.env['CLASSIC_RUNS'] ?? 2000)
  fc.assert(
    fc.property(
      fc.boolean(),
      fc.boolean(),
      fc.array(happening, { maxLength: 60 }),
      end,
      (isEager, isStatic, all, last) => {
        const model = new MachineModel({ ...options, isEager, instanceId: isStatic ? 'i' : null })
        let generation = 0
        model.happen({ type: 'subscribed', topics: ['t', 'u'] })
        for (const one of all) {
          generation++
          if (model.hasEnded) break
          live(model, one, generation)
        }
        if (model.hasEnded) return
        if (last === 'recover') recover(model, generation)
        if (last === 'abandon') model.happen({ type: 'abandoned' })
        leave(model, generation)
      },
    ),
    { numRuns: runs },
  )
})

function live(model: MachineModel, one: Happening, generation: number): void {
  const { work, beat, machine } = model
  switch (one.what) {
    case 'answer':
      if (work === undefined) return
      model.happen(answer(model, one, generation), work.type === 'join' || work.type === 'sync')
      return
    case 'fail':
      if (work?.type !== 'join' && work?.type !== 'sync') return
      model.happen({ type: 'failed', turn: work.turn, error: one.isFatal ? tooOld : lost }, one.isFatal)
      return
    case 'late': {
      const past = model.past[one.n % Math.max(model.past.length, 1)]
      if (past === undefined) return
      const { turn } = past
      model.late({ type: 'done', turn })
      model.late({ type: 'joined', turn, answer: joined(one.error, { generationId: generation }) })
      model.late({ type: 'synced', turn, answer: synced(one.assignment, one.error) })
      model.late({ type: 'failed', turn, error: tooOld })
      return
    }
    case 'beat': {
      const past = model.pastBeats[one.n]
      const { code: errorCode } = errors[one.error]
      if (past !== undefined && past.generation !== machine.identity?.generation) {
        model.late({ type: 'heard', memberId: past.memberId, generation: past.generation, errorCode })
      }
      if (beat === undefined) return
      model.beat = undefined
      const { memberId, generation: asked } = beat
      if (one.n === 0) model.happen({ type: 'unheard', memberId, generation: asked, error: lost })
      else model.happen({ type: 'heard', memberId, generation: asked, errorCode }, verdictOf(errorCode) === 'fatal')
      return
    }
    case 'refuse': {
      const { memberId = '', generation: current = -1 } = machine.identity ?? {}
      const { code: errorCode } = errors[one.error]
      if (one.isPast) model.late({ type: 'refused', memberId, generation: current - 1, errorCode })
      else model.happen({ type: 'refused', memberId, generation: current, errorCode }, verdictOf(errorCode) === 'fatal')
      return
    }
    case 'advance':
      model.advance(one.ms)
      return
    case 'subscribe':
      model.happen({ type: 'subscribed', topics: one.topics })
      return
    case 'change':
      model.happen({ type: 'changed' })
  }
}

/** What ends what is under way. */
function answer(
  { work }: MachineModel,
  { error, assignment: words, leads }: { error: ErrorName; assignment: string; leads: boolean },
  generation: number,
): ClassicEvent {
  const turn = work?.turn ?? -1
  if (work?.type === 'join') {
    const memberId = error === 'NONE' || error === 'MEMBER_ID_REQUIRED' ? work.memberId || `m${generation}` : ''
    const leader = leads ? memberId : 'another'
    return { type: 'joined', turn, answer: joined(error, { memberId, generationId: generation, leader }) }
  }
  if (work?.type === 'lead') return { type: 'led', turn, assignments: [] }
  if (work?.type === 'sync') return { type: 'synced', turn, answer: synced(words, error) }
  return { type: 'done', turn }
}

/** With a coordinator that says yes to all, it is stable soon, and owns what it was assigned. */
function recover(model: MachineModel, generation: number): void {
  const { machine } = model
  for (let step = 0; step < 40 && machine.phase !== 'stable' && !model.hasEnded; step++) {
    const yes = { error: 'NONE', assignment: 't-0', leads: false } as const
    if (model.work === undefined) model.advance(Math.max(machine.lookAt - model.now, 0))
    else model.happen(answer(model, yes, generation + step))
  }
  // What is fatal may have been said before, and come out now.
  if (model.hasEnded) return
  expect(machine.phase).toBe('stable')
  expect(machine.owned.length).toBeGreaterThanOrEqual(0)
  model.happen({ type: 'changed' })
  for (let step = 40; step < 80 && machine.phase !== 'stable'; step++) {
    model.happen(answer(model, { error: 'NONE', assignment: 't-0', leads: false }, generation + step))
  }
  expect(machine.owned).toEqual(partitions('t-0'))
}

/** It can always leave. */
function leave(model: MachineModel, generation: number): void {
  const { machine } = model
  model.happen({ type: 'leave' })
  if (machine.phase === 'departing') {
    model.happen(answer(model, { error: 'MEMBER_ID_REQUIRED', assignment: '', leads: false }, generation + 100))
  }
  if (machine.phase === 'leaving') model.happen({ type: 'gone' })
  expect([machine.phase, machine.identity]).toEqual(['left', undefined])
  model.late({ type: 'time' })
}
