import { describe, expect, it, test } from 'vitest'
import { BrokerError, ConnectError, RequestTimeoutError, UnsupportedVersionError } from '../../../src/errors.js'
import type { ErrorName } from '../../../src/protocol/error-codes.js'
import { DrivenMember } from './driven-member.js'

const unanswered = new RequestTimeoutError('late', { api: 'ConsumerGroupHeartbeat', timeout: 1, outcome: 'unknown' })
const joining = 'me@0 topics a,b owned  timeout 300000'

describe('joining', () => {
  it('begins when it is known for which topics, with every field and nothing owned', () => {
    const member = new DrivenMember()
    expect(member.name('a', 'b')).toEqual([])
    expect(member.subscribe('b', 'a')).toEqual([joining])
    expect(member.machine.identity).toBe(undefined)
  })

  it('assigns, acknowledges at once, and then says only that it lives', () => {
    const member = new DrivenMember()
    member.name('a', 'b')
    member.subscribe('a', 'b')
    expect(member.answer(1, 'A0 A1')).toEqual(['+a0,a1 @1'])
    expect(member.machine.identity).toEqual({
      group: 'g',
      memberId: 'me',
      generation: 1,
      instanceId: null,
      protocol: 'consumer',
    })
    expect(member.done()).toEqual(['me@1 owned A0,A1'])
    expect(member.answer(1)).toEqual([])
    expect(member.machine.lookAt).toBe(5000)
    expect(member.wait()).toEqual(['me@1'])
  })

  it('tells of a first assignment that is empty', () => {
    const member = new DrivenMember()
    member.subscribe('a')
    expect(member.answer(1, '')).toEqual(['+ @1'])
  })

  it('gives up when the cluster cannot be reached in the time for that, but not when it once could', () => {
    const refused = new ConnectError('refused', { host: 'h', port: 1, outcome: 'unsent' })
    const member = new DrivenMember()
    member.subscribe('a', 'b')
    member.now = 29_999
    expect(member.fail(refused)).toEqual(['retry in 100: CONNECT'])
    expect(member.wait()).toEqual([joining])
    expect(member.fail(refused)).toEqual(['fail: refused'])
    expect(member.machine.lookAt).toBe(Number.POSITIVE_INFINITY)

    const joined = new DrivenMember().joined('A0')
    joined.wait()
    joined.now = 1_000_000
    expect(joined.fail(refused)).toEqual(['retry in 100: CONNECT'])
  })
})

describe('an assignment', () => {
  it('is reached by giving up first, which heartbeats do not wait for and do not tell before it is done', () => {
    const member = new DrivenMember().joined('A0 A1')
    member.wait()
    expect(member.answer(1, 'A0 B0')).toEqual(['-a1'])
    expect(member.wait()).toEqual(['me@1'])
    expect(member.answer(1)).toEqual([])
    expect(member.done()).toEqual(['+b0 @1'])
    expect(member.wait()).toEqual(['me@1'])
    expect(member.answer(1)).toEqual([])
    expect(member.done()).toEqual(['me@1 owned A0,B0'])
  })

  it('that changes while it is reached is reached next: what was given up comes back as new', () => {
    const member = new DrivenMember().joined('A0 A1')
    member.wait()
    expect(member.answer(1, 'A0')).toEqual(['-a1'])
    member.wait()
    expect(member.answer(2, 'A0 A1')).toEqual([])
    expect(member.done()).toEqual(['+a1 @2'])
    expect(member.done()).toEqual(['me@2 owned A0,A1'])
  })

  it('of a topic without a name is kept until there is one, which is asked for again and again', () => {
    const member = new DrivenMember()
    member.name('a')
    member.subscribe('a', 'b')
    expect(member.answer(1, 'A0 B0')).toEqual(['refresh', '+a0 @1'])
    expect(member.done()).toEqual(['me@1 owned A0'])
    expect(member.answer(1)).toEqual([])
    expect(member.machine.lookAt).toBe(100)
    expect(member.wait()).toEqual(['refresh'])
    expect(member.machine.lookAt).toBe(300)
    expect(member.name('a', 'b')).toEqual(['+b0 @1'])
    expect(member.done()).toEqual(['me@1 owned A0,B0'])
    expect(member.answer(1)).toEqual([])
    expect(member.machine.lookAt).toBe(5100)
  })

  it('of nameless topics alone is no empty one, and its revoke is acknowledged too', () => {
    const member = new DrivenMember()
    member.subscribe('b')
    expect(member.answer(1, 'B0')).toEqual(['refresh', 'me@1 owned '])
    expect(member.answer(1, '')).toEqual(['+ @1'])
    expect(member.done()).toEqual(['me@1 owned '])
  })

  it('of a topic made anew is another one', () => {
    const member = new DrivenMember().joined('A0')
    member.machine.name(new Map([['B', 'a']]), 0)
    member.wait()
    expect(member.answer(1, 'B0')).toEqual(['-a0'])
    expect(member.done()).toEqual(['+a0 @1'])
    expect(member.done()).toEqual(['me@1 owned B0'])
  })
})

describe('a heartbeat without an answer', () => {
  it('is followed by one with every field, as is each repetition of it', () => {
    const member = new DrivenMember().joined('A0')
    expect(member.wait()).toEqual(['me@1'])
    expect(member.repeat()).toBe('me@1 topics a,b owned A0 timeout 300000')
    expect(member.fail(unanswered)).toEqual(['retry in 100: REQUEST_TIMEOUT'])
    expect(member.wait()).toEqual(['me@1 topics a,b owned A0 timeout 300000'])
    expect(member.refuse('COORDINATOR_LOAD_IN_PROGRESS')).toEqual(['retry in 200: COORDINATOR_LOAD_IN_PROGRESS'])
    expect(member.wait()).toEqual(['me@1 topics a,b owned A0 timeout 300000'])
    member.answer(1)
    expect(member.wait()).toEqual(['me@1'])
  })

  it('for a session timeout puts it out of touch, until one is answered', () => {
    const member = new DrivenMember().joined('A0')
    expect(member.wait()).toEqual(['me@1'])
    expect(member.machine.lookAt).toBe(45_000)
    expect(member.wait()).toEqual(['out of touch'])
    expect(member.machine.lookAt).toBe(Number.POSITIVE_INFINITY)
    expect(member.answer(1)).toEqual(['in touch', 'me@1'])
  })

  it('while partitions are given up says that they are ours still', () => {
    const member = new DrivenMember().joined('A0 A1')
    member.wait()
    member.answer(1, 'A0')
    member.wait()
    member.fail(unanswered)
    expect(member.wait()).toEqual(['me@1 topics a,b owned A0,A1 timeout 300000'])
  })
})

describe('a refusal', () => {
  const fatal: ErrorName[] = [
    'FENCED_INSTANCE_ID',
    'GROUP_AUTHORIZATION_FAILED',
    'TOPIC_AUTHORIZATION_FAILED',
    'INVALID_REQUEST',
    'INVALID_GROUP_ID',
    'GROUP_MAX_SIZE_REACHED',
    'UNSUPPORTED_ASSIGNOR',
    'UNSUPPORTED_VERSION',
    'INVALID_REGULAR_EXPRESSION',
    'UNKNOWN_SERVER_ERROR',
  ]
  test.each(fatal)('%s ends it: what it had is lost first', error => {
    const member = new DrivenMember().joined('A0')
    member.wait()
    expect(member.refuse(error, 'why')).toEqual([`!a0 ${error}`])
    expect(member.machine.lookAt).toBe(Number.POSITIVE_INFINITY)
    expect(member.done()).toEqual([
      expect.stringMatching(new RegExp(`^fail: a member of the group g.*${error}.*"why"`)),
    ])
    expect(member.machine.identity).toBe(undefined)
  })

  const retried: ErrorName[] = [
    'NOT_COORDINATOR',
    'COORDINATOR_NOT_AVAILABLE',
    'REQUEST_TIMED_OUT',
    'NETWORK_EXCEPTION',
  ]
  test.each(retried)('%s changes nothing: it is said again, each time a little later', error => {
    const member = new DrivenMember().joined('A0')
    member.wait()
    for (const delay of [100, 200, 400, 800, 1000, 1000]) {
      expect(member.refuse(error)).toEqual([`retry in ${delay}: ${error}`])
      expect(member.wait()).toEqual(['me@1 topics a,b owned A0 timeout 300000'])
    }
  })

  test.each(['UNKNOWN_MEMBER_ID', 'FENCED_MEMBER_EPOCH', 'GROUP_ID_NOT_FOUND'] as const)(
    '%s: all is lost, and it joins under its id',
    error => {
      const member = new DrivenMember().joined('A0')
      member.wait()
      expect(member.refuse(error)).toEqual([`!a0 ${error}`])
      expect(member.machine.identity).toBe(undefined)
      expect(member.machine.lookAt).toBe(Number.POSITIVE_INFINITY)
      expect(member.done()).toEqual([joining])
      expect(member.answer(7, 'A0')).toEqual(['+a0 @7'])
    },
  )

  it('FENCED_MEMBER_EPOCH of a join: it is known under another epoch still, and leaves before it joins again', () => {
    const member = new DrivenMember()
    member.subscribe('a', 'b')
    expect(member.refuse('FENCED_MEMBER_EPOCH')).toEqual(['retry in 100: FENCED_MEMBER_EPOCH'])
    expect(member.wait()).toEqual(['me@-1'])
    expect(member.refuse('UNKNOWN_MEMBER_ID')).toEqual([joining])
  })

  it('while the holder sees to something takes that from it', () => {
    const member = new DrivenMember().joined('A0 A1')
    member.wait()
    expect(member.answer(1, 'A1')).toEqual(['-a0'])
    member.wait()
    expect(member.refuse('UNKNOWN_MEMBER_ID')).toEqual(['!a0,a1 UNKNOWN_MEMBER_ID'])
    expect(member.done()).toEqual([joining])

    const empty = new DrivenMember()
    empty.subscribe('a', 'b')
    empty.answer(1, '')
    empty.wait()
    expect(empty.refuse('UNKNOWN_MEMBER_ID')).toEqual(['! UNKNOWN_MEMBER_ID'])
    expect(empty.done()).toEqual([joining])
  })

  it('that comes back each time it has joined does not make it spin', () => {
    const member = new DrivenMember().joined('A0')
    member.wait()
    const waits: number[] = []
    for (let round = 0; round < 4; round++) {
      member.refuse('UNKNOWN_MEMBER_ID')
      const { now } = member
      if (member.done().length === 0) member.wait()
      waits.push(member.now - now)
      member.answer(1, 'A0')
      member.done()
    }
    expect(waits).toEqual([0, 100, 200, 400])
  })

  it('says where the protocol is not served what to do', () => {
    const member = new DrivenMember()
    member.subscribe('a')
    expect(member.refuse('UNSUPPORTED_VERSION')).toEqual([expect.stringContaining("use protocol 'classic'")])

    const old = new DrivenMember()
    old.subscribe('a')
    const theirs = undefined
    const error = new UnsupportedVersionError('no', { api: 'ConsumerGroupHeartbeat', ours: { min: 0, max: 1 }, theirs })
    expect(old.fail(error)).toEqual([expect.stringContaining("use protocol 'classic'")])
  })

  it('of who looks for the coordinator is fatal where waiting would not mend it', () => {
    const member = new DrivenMember()
    member.subscribe('a')
    const error = new BrokerError('no', { code: 'GROUP_AUTHORIZATION_FAILED', number: 30, retriable: false })
    expect(member.fail(error)).toEqual(['fail: no'])
  })
})

describe('a static member', () => {
  it('waits a session timeout for the one before, and no longer', () => {
    const member = new DrivenMember({ instanceId: 'i' })
    member.subscribe('a', 'b')
    const times: number[] = []
    for (let told = member.refuse('UNRELEASED_INSTANCE_ID'); ; told = member.refuse('UNRELEASED_INSTANCE_ID')) {
      times.push(member.now)
      if (told[0]?.startsWith('fail')) break
      expect(member.wait()).toEqual([joining])
    }
    expect(times.slice(0, 6)).toEqual([0, 100, 300, 700, 1500, 2500])
    expect(times.at(-1)).toBe(45_500)
  })

  it('whose join had no answer may be the one before itself: it leaves before it joins again', () => {
    const member = new DrivenMember({ instanceId: 'i' })
    member.subscribe('a', 'b')
    member.repeat()
    expect(member.refuse('UNRELEASED_INSTANCE_ID')).toEqual(['retry in 100: UNRELEASED_INSTANCE_ID'])
    expect(member.wait()).toEqual(['me@-2'])
    expect(member.answer(-2)).toEqual([joining])
    expect(member.answer(2, 'A0')).toEqual(['refresh', 'me@2 owned '])
  })

  it('that was fenced leaves before it joins again, which it may not while it is known', () => {
    const member = new DrivenMember({ instanceId: 'i' }).joined('A0')
    member.wait()
    member.refuse('FENCED_MEMBER_EPOCH')
    expect(member.done()).toEqual([joining])
    member.refuse('UNRELEASED_INSTANCE_ID')
    expect(member.wait()).toEqual(['me@-2'])
    expect(member.answer(-2)).toEqual([joining])
    // It was somebody else: there is nothing to leave any more.
    member.refuse('UNRELEASED_INSTANCE_ID')
    expect(member.wait()).toEqual([joining])
  })

  it('leaves for now', () => {
    const member = new DrivenMember({ instanceId: 'i' }).joined('A0')
    expect(member.leave()).toBe('me@-2')
  })
})

describe('subscriptions', () => {
  it('that change go out at once, or with the next when one is under way', () => {
    const member = new DrivenMember().joined('A0')
    expect(member.subscribe('b', 'a')).toEqual([])
    expect(member.subscribe('a')).toEqual(['me@1 topics a'])
    expect(member.subscribe('a', 'c')).toEqual([])
    expect(member.answer(1)).toEqual(['me@1 topics a,c'])
    expect(member.answer(2)).toEqual([])
  })
})

describe('a commit that was refused', () => {
  it('is followed by a heartbeat, which brings the epoch; not over and over', () => {
    const member = new DrivenMember().joined('A0')
    const { identity } = member.machine
    if (identity === undefined) throw new Error('no member')
    member.now = 2000
    expect(member.tell(member.machine.doubt(identity, 2000))).toEqual(['me@1'])
    expect(member.answer(2)).toEqual([])
    expect(member.tell(member.machine.doubt(identity, 2000))).toEqual([])
    expect(member.machine.lookAt).toBe(7000)
    expect(member.tell(member.machine.doubt({ ...identity, generation: 2 }, 2000))).toEqual([])
    expect(member.machine.lookAt).toBe(2100)
  })
})

describe('an event loop that was blocked', () => {
  it('is told, and beyond a session timeout puts it out of touch', () => {
    const member = new DrivenMember().joined('A0')
    expect(member.tick(9999)).toEqual(['me@1'])
    member.answer(1)
    expect(member.machine.lookAt).toBe(14_999)
    expect(member.tick(60_000)).toEqual(['blocked 45001', 'out of touch', 'me@1'])
    expect(member.answer(1)).toEqual(['in touch'])
  })
})

describe('leaving', () => {
  it.each([
    ['before it has joined', () => new DrivenMember(), 'nothing'],
    [
      'while it joins',
      () => {
        const member = new DrivenMember()
        member.subscribe('a')
        return member
      },
      'me@-1',
    ],
    ['as a member', () => new DrivenMember().joined('A0'), 'me@-1'],
  ])('%s', (_when, member, said) => {
    const one = member()
    expect(one.leave()).toBe(said)
    expect(one.leave()).toBe('nothing')
    expect(one.done()).toEqual([])
    expect(one.machine.lookAt).toBe(Number.POSITIVE_INFINITY)
    if (one.beat !== undefined) expect(one.answer(1, 'A0')).toEqual([])
  })
})
