import { describe, expect, it } from 'vitest'
import { ConnectionError } from '../../../src/errors.js'
import { type ErrorName, errors } from '../../../src/protocol/error-codes.js'
import { bench, joined, synced } from './machine-bench.js'

const lost = new ConnectionError('the connection was lost', { outcome: 'unknown' })
const subscribed = (...topics: string[]) => ({ type: 'subscribed', topics }) as const
const done = { type: 'done' } as const
const code = (name: ErrorName) => ({ errorCode: errors[name].code })

describe('joining', () => {
  it('goes by the id that it is given (KIP-394), to its assignment', () => {
    const { happen, machine } = bench()
    expect(happen(subscribed('t'))).toEqual(["join as ''"])
    expect(happen({ type: 'joined', answer: joined('MEMBER_ID_REQUIRED', { memberId: 'm' }) })).toEqual(["join as 'm'"])
    expect(machine.identity).toBeUndefined()
    expect(happen({ type: 'joined', answer: joined() })).toEqual(['sync @1'])
    expect(machine.identity).toMatchObject({ group: 'g', memberId: 'm', generation: 1, instanceId: null })
    expect(happen({ type: 'synced', answer: synced('t-0 t-1') })).toEqual(['assign t-0 t-1 @1'])
    expect([happen(done), machine.phase]).toEqual([[], 'stable'])
  })

  it('asks again with the same id when the answer was lost', () => {
    const { happen, at } = bench()
    happen(subscribed('t'))
    expect(happen({ type: 'failed', error: lost })).toEqual(['retry JoinGroup in 100 CONNECTION'])
    expect(at(99)).toEqual([])
    expect(at(100)).toEqual(["join as ''"])
    happen({ type: 'joined', answer: joined('MEMBER_ID_REQUIRED', { memberId: 'm' }) })
    expect(happen({ type: 'failed', error: lost })).toEqual(['retry JoinGroup in 200 CONNECTION'])
    expect(at(300)).toEqual(["join as 'm'"])
  })

  it('as leader assigns for all first', () => {
    const { happen } = bench()
    happen(subscribed('t'))
    expect(happen({ type: 'joined', answer: joined('NONE', { leader: 'm' }) })).toEqual(['lead'])
    const assignments = [{ memberId: 'm', assignment: Buffer.alloc(0) }]
    expect(happen({ type: 'led', assignments })).toEqual(['sync @1 for all'])
  })

  it('is told of an empty first assignment, and of no empty one after', () => {
    const { happen } = bench()
    happen(subscribed('t'))
    happen({ type: 'joined', answer: joined() })
    expect(happen({ type: 'synced', answer: synced('') })).toEqual(['assign nothing @1'])
    happen(done)
    happen({ type: 'changed' })
    happen({ type: 'joined', answer: joined('NONE', { generationId: 2 }) })
    expect(happen({ type: 'synced', answer: synced('') })).toEqual([])
  })

  it.each([
    ['COORDINATOR_NOT_AVAILABLE', ['retry JoinGroup in 100 COORDINATOR_NOT_AVAILABLE']],
    ['REBALANCE_IN_PROGRESS', ['retry JoinGroup in 100 REBALANCE_IN_PROGRESS']],
    ['UNKNOWN_MEMBER_ID', ['retry JoinGroup in 100 UNKNOWN_MEMBER_ID', 'lose t-0 UNKNOWN_MEMBER_ID']],
    ['GROUP_ID_NOT_FOUND', ['retry JoinGroup in 100 GROUP_ID_NOT_FOUND', 'lose t-0 GROUP_ID_NOT_FOUND']],
    ['FENCED_INSTANCE_ID', ['lose t-0 FENCED_INSTANCE_ID']],
    ['INCONSISTENT_GROUP_PROTOCOL', ['lose t-0 INCONSISTENT_GROUP_PROTOCOL']],
    ['GROUP_MAX_SIZE_REACHED', ['lose t-0 GROUP_MAX_SIZE_REACHED']],
    ['GROUP_AUTHORIZATION_FAILED', ['lose t-0 GROUP_AUTHORIZATION_FAILED']],
    ['INVALID_GROUP_ID', ['lose t-0 INVALID_GROUP_ID']],
    ['INVALID_SESSION_TIMEOUT', ['lose t-0 INVALID_SESSION_TIMEOUT']],
  ] as const)('again, refused with %s', (error, effects) => {
    const { happen, at, settle } = bench()
    settle('t-0')
    happen({ type: 'changed' })
    expect(happen(done)).toEqual(["join as 'm' with t-0 @1"])
    expect(happen({ type: 'joined', answer: joined(error) })).toEqual(effects)
    const isFatal = effects.length === 1 && effects[0].startsWith('lose')
    if (isFatal) expect(happen(done)).toEqual([`fail ${error}`])
    else if (effects.length === 1) expect([at(100), happen(done)]).toEqual([['prepare'], ["join as 'm' with t-0 @1"]])
    else expect([happen(done), at(100)]).toEqual([[], ["join as ''"]])
  })

  it.each([
    ['NOT_COORDINATOR', ['retry SyncGroup in 100 NOT_COORDINATOR']],
    // The others wait for it.
    ['REBALANCE_IN_PROGRESS', ['prepare']],
    ['UNKNOWN_MEMBER_ID', ['retry SyncGroup in 100 UNKNOWN_MEMBER_ID', 'lose t-0 UNKNOWN_MEMBER_ID']],
    ['ILLEGAL_GENERATION', ['retry SyncGroup in 100 ILLEGAL_GENERATION', 'lose t-0 ILLEGAL_GENERATION']],
    ['FENCED_INSTANCE_ID', ['lose t-0 FENCED_INSTANCE_ID']],
    ['GROUP_AUTHORIZATION_FAILED', ['lose t-0 GROUP_AUTHORIZATION_FAILED']],
  ] as const)('again, SyncGroup refused with %s', (error, effects) => {
    const { happen, settle } = bench()
    settle('t-0')
    happen({ type: 'changed' })
    happen(done)
    happen({ type: 'joined', answer: joined('NONE', { generationId: 2 }) })
    expect(happen({ type: 'synced', answer: synced('', error) })).toEqual(effects)
  })

  it('keeps its id where only its generation was outdated', () => {
    const { happen, at, settle } = bench()
    settle('t-0')
    at(1000)
    expect(happen({ type: 'heard', ...code('ILLEGAL_GENERATION') })).toEqual(['lose t-0 ILLEGAL_GENERATION'])
    expect(happen(done)).toEqual(["join as 'm'"])
  })

  it('does not hurry when SyncGroup is refused again and again', () => {
    const { happen, at } = bench()
    happen(subscribed('t'))
    happen({ type: 'joined', answer: joined() })
    const refused = synced('', 'REBALANCE_IN_PROGRESS')
    expect(happen({ type: 'synced', answer: refused })).toEqual(["join as 'm'"])
    happen({ type: 'joined', answer: joined('NONE', { generationId: 2 }) })
    expect(happen({ type: 'synced', answer: refused })).toEqual(['retry SyncGroup in 200 REBALANCE_IN_PROGRESS'])
    expect(at(200)).toEqual(["join as 'm'"])
  })

  it.each([
    { answer: { protocolType: 'connect' }, what: 'another type of group' },
    { answer: { protocolType: null }, what: 'no type, as brokers before 2.5 do', isFine: true },
  ])('judges an answer with $what', ({ answer, isFine = false }) => {
    const { happen } = bench()
    happen(subscribed('t'))
    const effects = happen({ type: 'joined', answer: joined('NONE', answer) })
    expect(effects).toEqual(isFine ? ['sync @1'] : ['fail INCONSISTENT_GROUP_PROTOCOL'])
  })

  it('fails of a SyncGroup that is answered for another assignor (KIP-559)', () => {
    const { happen } = bench()
    happen(subscribed('t'))
    happen({ type: 'joined', answer: joined() })
    const answer = { ...synced('t-0'), protocolName: 'roundrobin' }
    expect(happen({ type: 'synced', answer })).toEqual(['fail INCONSISTENT_GROUP_PROTOCOL'])
  })

  it('names its assignors where the group has none of them', () => {
    const { machine, happen } = bench()
    happen(subscribed('t'))
    const answer = joined('INCONSISTENT_GROUP_PROTOCOL')
    const [effect] = machine.step({ type: 'joined', turn: 1, answer }, 0)
    expect(effect).toMatchObject({ type: 'fail', error: { message: expect.stringContaining('range, roundrobin') } })
  })
})

describe('a rebalance', () => {
  it('eager: commits, gives up all, and only then joins', () => {
    const { happen, at, settle } = bench({ isEager: true })
    settle('t-0 t-1')
    expect(at(1000)).toEqual(['heartbeat @1'])
    expect(happen({ type: 'heard', ...code('REBALANCE_IN_PROGRESS') })).toEqual(['prepare'])
    expect(happen(done)).toEqual(['revoke t-0 t-1'])
    // It lives, however long that takes.
    expect(at(2000)).toEqual(['heartbeat @1'])
    expect(happen({ type: 'heard', ...code('REBALANCE_IN_PROGRESS') })).toEqual([])
    expect(happen(done)).toEqual(["join as 'm'"])
  })

  it('cooperative: joins with what it owns, gives up what others get, takes what is new, and joins again', () => {
    const { happen, settle } = bench()
    settle('t-0 t-1')
    expect(happen({ type: 'changed' })).toEqual(['prepare'])
    expect(happen(done)).toEqual(["join as 'm' with t-0 t-1 @1"])
    expect(happen({ type: 'joined', answer: joined('NONE', { generationId: 2 }) })).toEqual(['sync @2'])
    expect(happen({ type: 'synced', answer: synced('t-1 t-2') })).toEqual(['revoke t-0'])
    expect(happen(done)).toEqual(['assign t-2 @2'])
    expect(happen(done)).toEqual(['prepare'])
    expect(happen(done)).toEqual(["join as 'm' with t-1 t-2 @2"])
  })

  it('cooperative: first gives up what it does not read any more', () => {
    const { happen, settle } = bench()
    settle('t-0 u-0')
    expect(happen(subscribed('v', 't'))).toEqual(['prepare'])
    expect(happen(done)).toEqual(['revoke u-0'])
    expect(happen(done)).toEqual(["join as 'm' with t-0 @1"])
  })

  it('cooperative: gives up what it stops reading while it does so', () => {
    const { happen, settle } = bench()
    settle('t-0 u-0 v-0')
    happen(subscribed('u', 'v'))
    expect(happen(done)).toEqual(['revoke t-0'])
    expect(happen(subscribed('v'))).toEqual([])
    expect(happen(done)).toEqual(['revoke u-0'])
    expect(happen(done)).toEqual(["join as 'm' with v-0 @1"])
  })

  it('that is asked for in the middle of one follows it', () => {
    const { happen, settle } = bench()
    settle('t-0')
    happen({ type: 'changed' })
    happen(done)
    expect(happen(subscribed('t', 'u'))).toEqual([])
    happen({ type: 'joined', answer: joined('NONE', { generationId: 2 }) })
    expect(happen({ type: 'synced', answer: synced('t-0') })).toEqual(['prepare'])
  })

  it('is not begun by the same topics', () => {
    const { happen, settle } = bench()
    settle('t-0')
    expect(happen(subscribed('t'))).toEqual([])
  })
})

describe('a loss', () => {
  it('takes the place of what is being given up, and is of that too', () => {
    const { happen, at, settle } = bench({ isEager: true })
    settle('t-0 t-1')
    happen({ type: 'changed' })
    happen(done)
    at(1000)
    expect(happen({ type: 'heard', ...code('UNKNOWN_MEMBER_ID') })).toEqual(['lose t-0 t-1 UNKNOWN_MEMBER_ID'])
    expect(happen({ type: 'done', turn: 1 })).toEqual([])
    expect(happen(done)).toEqual(["join as ''"])
  })

  it.each(['UNKNOWN_MEMBER_ID', 'GROUP_ID_NOT_FOUND'] as const)(
    'is what a commit says that is refused with %s, unless it was of an earlier generation',
    error => {
      const { happen, settle } = bench()
      settle('t-0')
      expect(happen({ type: 'refused', ...code(error), memberId: 'm', generation: 0 })).toEqual([])
      expect(happen({ type: 'refused', ...code(error) })).toEqual([`lose t-0 ${error}`])
    },
  )

  it('is no ILLEGAL_GENERATION while it waits for the next one', () => {
    const { happen, at, settle } = bench()
    settle('t-0')
    happen({ type: 'changed' })
    happen(done)
    at(1000)
    expect(happen({ type: 'heard', ...code('ILLEGAL_GENERATION') })).toEqual([])
    expect(happen({ type: 'refused', ...code('ILLEGAL_GENERATION') })).toEqual([])
    expect(happen({ type: 'joined', answer: joined('NONE', { generationId: 2 }) })).toEqual(['sync @2'])
  })

  it('comes before the error that is the end', () => {
    const { happen, settle } = bench({ instanceId: 'i' })
    settle('t-0')
    expect(happen({ type: 'refused', ...code('FENCED_INSTANCE_ID') })).toEqual(['lose t-0 FENCED_INSTANCE_ID'])
    expect(happen(done)).toEqual(['fail FENCED_INSTANCE_ID'])
  })
})

describe('heartbeats', () => {
  it('are one at a time, an interval from one to the next, and at once after one that took longer', () => {
    const { happen, at, settle, machine } = bench()
    settle('t-0')
    expect(machine.lookAt).toBe(1000)
    expect(at(1000)).toEqual(['heartbeat @1'])
    expect(at(2500)).toEqual([])
    happen({ type: 'heard', ...code('NONE') })
    expect(machine.lookAt).toBe(2500)
    expect(at(2500)).toEqual(['heartbeat @1'])
    happen({ type: 'heard', ...code('NONE') })
    expect(machine.lookAt).toBe(3500)
  })

  it('that come late by more than an interval tell that the event loop was blocked', () => {
    const { at, settle } = bench()
    settle('t-0')
    expect(at(2001)).toEqual(['blocked for 1001', 'heartbeat @1'])
  })

  it('unanswered for a session put it out of touch, from when the last answered one was sent', () => {
    const { happen, at, settle, machine } = bench()
    settle('t-0')
    at(1000)
    at(1900)
    happen({ type: 'heard', ...code('NONE') })
    at(2000)
    expect(machine.lookAt).toBe(11_000)
    expect(at(10_999)).toEqual([])
    expect(at(11_000)).toEqual(['out of touch'])
    expect(machine.owned).toHaveLength(1)
    // Sent at 2000: an answer as late as this says nothing of now.
    at(12_000)
    expect(happen({ type: 'heard', ...code('NONE') })).toEqual([])
    expect(at(12_001)).toEqual(['heartbeat @1'])
    expect(happen({ type: 'heard', ...code('NONE') })).toEqual(['in touch'])
  })

  it('that fail are sent again after a while', () => {
    const { happen, at, settle, machine } = bench()
    settle('t-0')
    at(1000)
    expect(happen({ type: 'unheard', error: lost })).toEqual([])
    expect(machine.lookAt).toBe(1100)
    expect(at(1100)).toEqual(['heartbeat @1'])
    happen({ type: 'heard', ...code('COORDINATOR_LOAD_IN_PROGRESS') })
    expect(machine.lookAt).toBe(1200)
  })

  it('out of touch gives up a JoinGroup that nobody will answer', () => {
    const { happen, at, settle } = bench()
    settle('t-0')
    happen({ type: 'changed' })
    happen(done)
    at(1000)
    expect(at(10_000)).toEqual(['out of touch', 'retry JoinGroup in 100 REQUEST_TIMEOUT'])
    expect(at(10_100)).toEqual(['prepare'])
  })

  it('are sent at once when a commit says that the group rebalances', () => {
    const { happen, settle } = bench()
    settle('t-0')
    expect(happen({ type: 'refused', ...code('REBALANCE_IN_PROGRESS') })).toEqual(['heartbeat @1'])
    expect(happen({ type: 'refused', ...code('REBALANCE_IN_PROGRESS') })).toEqual([])
  })
})

describe('leaving', () => {
  it('says so, as whoever it is, and is over when that was heard', () => {
    const { happen, settle, machine } = bench()
    settle('t-0')
    expect(happen({ type: 'leave' })).toEqual(['stop', "leave 'm'"])
    expect(machine.identity).toBeUndefined()
    expect(happen({ type: 'gone' })).toEqual(['left'])
    expect(happen({ type: 'gone' })).toEqual([])
  })

  it('says so while JoinGroup is under way', () => {
    const { happen, settle } = bench()
    settle('t-0')
    happen({ type: 'changed' })
    happen(done)
    expect(happen({ type: 'leave' })).toEqual(['stop', "leave 'm'"])
  })

  it('waits for the id that is on its way', () => {
    const { happen } = bench()
    happen(subscribed('t'))
    expect(happen({ type: 'leave' })).toEqual([])
    const answer = joined('MEMBER_ID_REQUIRED', { memberId: 'm' })
    expect(happen({ type: 'joined', answer })).toEqual(['stop', "leave 'm'"])
  })

  it.each([
    { happening: { type: 'failed', error: lost }, what: 'the request fails' },
    { happening: { type: 'gone' }, what: 'its time is over' },
    { happening: { type: 'abandoned' }, what: 'nobody listens' },
  ] as const)('waits for it no longer when $what', ({ happening }) => {
    const { happen } = bench()
    happen(subscribed('t'))
    happen({ type: 'leave' })
    expect(happen(happening).at(-1)).toBe('left')
  })

  it('has nobody to say it to before it joined, and says nothing as a static member (KIP-345)', () => {
    expect(bench().happen({ type: 'leave' })).toEqual(['stop', 'left'])
    const { happen, settle } = bench({ instanceId: 'i' })
    settle('t-0')
    expect(happen({ type: 'leave' })).toEqual(['stop', 'left'])
  })

  it('says so after an error of its own, and not after one of the coordinator that has put it out', () => {
    const abandoned = bench()
    abandoned.settle('t-0')
    expect(abandoned.happen({ type: 'abandoned' })).toEqual([])
    expect(abandoned.happen({ type: 'leave' })).toEqual(['stop', "leave 'm'"])
    const fenced = bench()
    fenced.settle('t-0')
    fenced.happen({ type: 'refused', ...code('FENCED_INSTANCE_ID') })
    fenced.happen(done)
    expect(fenced.happen({ type: 'leave' })).toEqual(['stop', 'left'])
  })

  it('goes on when nobody listens', () => {
    const { happen, settle } = bench()
    settle('t-0')
    happen({ type: 'leave' })
    expect(happen({ type: 'abandoned' })).toEqual([])
    expect(happen({ type: 'gone' })).toEqual(['left'])
  })
})
