import fc from 'fast-check'
import { expect, it } from 'vitest'
import { RequestTimeoutError } from '../../../src/errors.js'
import type { Beat, Effect } from '../../../src/group/kip-848/member-epoch.js'
import type { ErrorName } from '../../../src/protocol/error-codes.js'
import { DrivenMember } from './driven-member.js'

const errorNames: readonly ErrorName[] = [
  'UNKNOWN_MEMBER_ID',
  'FENCED_MEMBER_EPOCH',
  'GROUP_ID_NOT_FOUND',
  'UNRELEASED_INSTANCE_ID',
  'NOT_COORDINATOR',
  'REQUEST_TIMED_OUT',
  'FENCED_INSTANCE_ID',
]
const unanswered = new RequestTimeoutError('late', { api: 'ConsumerGroupHeartbeat', timeout: 1, outcome: 'unknown' })
/** Partitions by what heartbeats call them, and by what the holder does. */
const partitions = ['A0', 'A1', 'B0', 'B1'] as const

/**
 * A member that is held to its invariants at every step:
 *
 * - (G1) what the machine takes for ours is what the holder was told is assigned, less what it has given up or lost;
 * - (G2) no heartbeat says that a partition is not ours before the holder has given it up, and one that need not say what
 *   is ours says nothing of it while the holder is at it;
 * - (G3) the holder sees to one thing at a time, save for what is lost, which comes at any time and is all that is ours;
 * - (G4) the answer of a heartbeat that is over changes nothing;
 * - (G5) there is always something to come: a heartbeat under way or due, an end that was told, or the holder's word that
 *   what was lost is let go. One after a failure carries every field.
 */
class WatchedMember extends DrivenMember {
  readonly held = new Set<string>()
  step: Effect | undefined
  hasEnded = false
  #isHeard = false
  readonly #over: Beat[] = []

  override tell(effects: readonly Effect[]): string[] {
    const told: string[] = []
    for (const effect of effects) {
      if (effect.type === 'assign' || effect.type === 'revoke' || effect.type === 'lose') this.#begin(effect)
      if (effect.type === 'heartbeat') this.#over.push(effect.beat)
      if (effect.type === 'fail') this.hasEnded = true
      told.push(...super.tell([effect]))
      if (effect.type === 'heartbeat') this.#judgeBody()
    }
    expect(this.#owned()).toEqual([...this.held].sort())
    return told
  }

  judge(): void {
    const { machine, beat } = this
    for (const old of this.#over) if (old !== beat) expect(machine.failed(old, unanswered, this.now)).toEqual([])
    if (this.hasEnded) expect(machine.lookAt).toBe(Number.POSITIVE_INFINITY)
    else if (beat === undefined && this.step?.type !== 'lose') expect(machine.lookAt).toBeLessThan(this.now + 10_000)
    if (this.step?.type === 'lose' || this.hasEnded) expect([beat, machine.identity]).toEqual([undefined, undefined])
  }

  heard(): void {
    this.#isHeard = true
  }

  over(): void {
    const { step } = this
    if (step === undefined) return
    this.step = undefined
    if (step.type === 'revoke')
      for (const { topic, partition } of step.partitions) this.held.delete(keyOf(topic, partition))
    this.done()
  }

  #begin(effect: Extract<Effect, { readonly type: 'assign' | 'revoke' | 'lose' }>): void {
    if (effect.type !== 'lose') expect(this.step).toBe(undefined)
    const keys = effect.partitions.map(({ topic, partition }) => keyOf(topic, partition))
    if (effect.type === 'assign') for (const key of keys) expect(this.held.has(key)).toBe(false)
    if (effect.type === 'assign') for (const key of keys) this.held.add(key)
    if (effect.type === 'revoke') for (const key of keys) expect(this.held.has(key)).toBe(true)
    if (effect.type === 'revoke') expect(keys).not.toEqual([])
    if (effect.type === 'lose') {
      expect(keys.sort()).toEqual([...this.held].sort())
      this.held.clear()
    }
    this.step = effect
  }

  #judgeBody(): void {
    const { body } = this
    if (body === undefined || body.memberEpoch < 0) return
    const isFull = body.rebalanceTimeoutMs !== -1
    if (!this.#isHeard || body.memberEpoch === 0) expect(isFull).toBe(true)
    if (isFull) expect([body.subscribedTopicNames, body.topicPartitions]).not.toContain(null)
    if (body.memberEpoch === 0) expect(body.topicPartitions).toEqual([])
    if (!isFull && this.step !== undefined) expect(body.topicPartitions).toBe(null)
    if (body.topicPartitions !== null) expect(this.#owned()).toEqual([...this.held].sort())
    this.#isHeard = false
  }

  #owned(): string[] {
    return this.machine.assignment.owned.flatMap(one => one.partitions.map(partition => one.topicId + partition)).sort()
  }
}

const keyOf = (topic: string, partition: number) => topic.toUpperCase() + partition

/** What may happen; what cannot just now does nothing. */
const happening = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('answer' as const),
      assignment: fc.option(fc.subarray([...partitions])),
      isNext: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('refuse' as const), error: fc.constantFrom(...errorNames) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constantFrom('fail' as const, 'repeat' as const, 'doubt' as const) }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constantFrom('over' as const, 'wait' as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('late' as const), by: fc.nat(100_000) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constantFrom('name' as const, 'subscribe' as const),
      topics: fc.subarray(['a', 'b']),
    }),
  },
)
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never

function happen(member: WatchedMember, what: Happening, epoch: { now: number }): void {
  const { machine, beat } = member
  const isAsked = beat !== undefined
  switch (what.type) {
    case 'answer':
      if (!isAsked) return
      if (what.isNext || beat.epoch <= 0) epoch.now++
      if (beat.epoch >= 0) member.heard()
      member.answer(epoch.now, what.assignment?.join(' ') ?? (beat.epoch === 0 ? '' : null))
      return
    case 'refuse':
      if (isAsked) member.refuse(what.error)
      return
    case 'fail':
      if (isAsked) member.fail(unanswered)
      return
    case 'repeat':
      if (isAsked) member.repeat()
      return
    case 'doubt':
      if (machine.identity !== undefined) member.tell(machine.doubt(machine.identity, member.now))
      return
    case 'over':
      member.over()
      return
    case 'wait':
      if (machine.lookAt < Number.POSITIVE_INFINITY) member.tick(Math.max(machine.lookAt, member.now))
      return
    case 'late':
      member.tick(member.now + what.by)
      return
    case 'name':
      member.name(...what.topics)
      return
    default:
      member.subscribe(...what.topics)
  }
}

it('keeps its invariants whatever happens, and gets where it is to be when the cluster behaves', () => {
  const property = (instanceId: string | null, course: readonly Happening[]) => {
    const member = new WatchedMember({ instanceId, sessionTimeout: 45_000 })
    const epoch = { now: 0 }
    member.subscribe('a', 'b')
    for (const what of course) {
      happen(member, what, epoch)
      member.judge()
    }
    if (member.hasEnded) return
    member.name('a', 'b')
    for (let round = 0; round < 20 && !member.hasEnded; round++) {
      if (member.step !== undefined) happen(member, { type: 'over' }, epoch)
      else if (member.beat !== undefined) {
        happen(member, { type: 'answer', assignment: ['A0', 'B1'], isNext: false }, epoch)
      } else happen(member, { type: 'wait' }, epoch)
      member.judge()
    }
    if (member.hasEnded) return
    expect([...member.held].sort()).toEqual(['A0', 'B1'])
    expect(member.machine.identity?.generation).toBe(epoch.now)
  }
  fc.assert(fc.property(fc.constantFrom(null, 'i'), fc.array(happening, { maxLength: 60 }), property), {
    numRuns: 1000,
  })
})

it('lets the coordinator know of what it holds after each change', () => {
  fc.assert(
    fc.property(fc.array(fc.subarray([...partitions]), { maxLength: 20 }), targets => {
      const member = new WatchedMember()
      member.name('a', 'b')
      member.subscribe('a', 'b')
      for (const target of targets) {
        while (member.beat === undefined) happen(member, { type: 'wait' }, { now: 1 })
        member.heard()
        member.answer(1, target.join(' '))
        while (member.step !== undefined) member.over()
        const said = member.body?.topicPartitions?.flatMap(one => one.partitions.map(index => one.topicId + index))
        if (member.beat !== undefined) expect(said?.sort()).toEqual([...target].sort())
        expect([...member.held].sort()).toEqual([...target].sort())
      }
    }),
  )
})
