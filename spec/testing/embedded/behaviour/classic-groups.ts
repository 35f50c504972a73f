import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { errors } from '../../../../src/protocol/error-codes.js'
import { ConsumerProtocolSubscription } from '../../../../src/protocol/messages/consumer-protocol-subscription.js'
import { DeleteGroups } from '../../../../src/protocol/messages/delete-groups.js'
import { DescribeGroups } from '../../../../src/protocol/messages/describe-groups.js'
import { Heartbeat } from '../../../../src/protocol/messages/heartbeat.js'
import { JoinGroup, type JoinGroupResponse } from '../../../../src/protocol/messages/join-group.js'
import { LeaveGroup } from '../../../../src/protocol/messages/leave-group.js'
import { ListGroups } from '../../../../src/protocol/messages/list-groups.js'
import { SyncGroup, type SyncGroupResponse } from '../../../../src/protocol/messages/sync-group.js'
import type { RawClient } from './raw-client.js'
import { codeOf, type Target, World } from './world.js'

/** How a member joins. */
interface JoinOptions {
  readonly memberId?: string
  readonly groupInstanceId?: string
  readonly sessionTimeoutMs?: number
  readonly rebalanceTimeoutMs?: number
  readonly protocolType?: string
  readonly protocols?: readonly string[]
  readonly metadata?: string
  readonly version?: number
}

/** A group as the tests drive it: each member on a connection of its own, since a join waits. */
class Group {
  readonly world: World
  readonly id: string

  constructor(world: World) {
    this.world = world
    this.id = world.name('group')
  }

  client(clientId?: string): Promise<RawClient> {
    return this.world.coordinator(this.id, 0, clientId)
  }

  async join(options: JoinOptions = {}, client?: RawClient): Promise<JoinGroupResponse> {
    const { protocols = ['range'], metadata = 'meta', version } = options
    const own = client ?? (await this.client())
    return own.ask(
      JoinGroup,
      {
        groupId: this.id,
        sessionTimeoutMs: options.sessionTimeoutMs ?? 30_000,
        rebalanceTimeoutMs: options.rebalanceTimeoutMs ?? 30_000,
        memberId: options.memberId ?? '',
        groupInstanceId: options.groupInstanceId ?? null,
        protocolType: options.protocolType ?? 'consumer',
        protocols: protocols.map(name => ({ name, metadata: subscriptionTo(metadata) })),
      },
      version,
    )
  }

  /** Joins as a new member, asked for its id first. */
  async enter(options: JoinOptions = {}, client?: RawClient): Promise<JoinGroupResponse> {
    const { memberId } = await this.join(options, client)
    return this.join({ ...options, memberId }, client)
  }

  async sync(
    member: JoinGroupResponse,
    assignments: Record<string, string> = {},
    rest: object = {},
  ): Promise<SyncGroupResponse> {
    const client = await this.client()
    return client.ask(SyncGroup, {
      groupId: this.id,
      generationId: member.generationId,
      memberId: member.memberId,
      protocolType: 'consumer',
      protocolName: member.protocolName,
      assignments: Object.entries(assignments).map(([memberId, assignment]) => ({
        memberId,
        assignment: Buffer.from(assignment),
      })),
      ...rest,
    })
  }

  async heartbeat(member: JoinGroupResponse, groupInstanceId: string | null = null): Promise<number> {
    const client = await this.client()
    const { generationId, memberId } = member
    return (await client.ask(Heartbeat, { groupId: this.id, generationId, memberId, groupInstanceId })).errorCode
  }

  async leave(members: { memberId: string; groupInstanceId?: string }[]): Promise<number[]> {
    const client = await this.client()
    const answer = await client.ask(LeaveGroup, {
      groupId: this.id,
      members: members.map(one => ({ groupInstanceId: null, ...one })),
    })
    return [answer.errorCode, ...answer.members.map(({ errorCode }) => errorCode)]
  }

  async describe(version?: number) {
    const client = await this.client()
    const { groups } = await client.ask(
      DescribeGroups,
      { groups: [this.id], includeAuthorizedOperations: true },
      version,
    )
    const [group] = groups
    if (group === undefined) throw new Error('no group in the answer')
    return group
  }
}

/** How members of the classic protocol find together. */
export function classicGroupsBehaviour(target: () => Target): void {
  let world: World
  let group: Group
  beforeEach(() => {
    world = new World(target())
    group = new Group(world)
  })
  afterEach(() => world.close())

  describe('JoinGroup', () => {
    it('gives an id first, with which the member joins', async () => {
      const client = await group.client('me')
      const first = await group.join({}, client)
      expect(first).toMatchObject({
        errorCode: codeOf('MEMBER_ID_REQUIRED'),
        generationId: -1,
        leader: '',
        members: [],
      })
      expect(first.memberId).toMatch(/^me-[0-9a-f-]{36}$/)
      const second = await group.join({ memberId: first.memberId }, client)
      expect(second).toMatchObject({
        errorCode: 0,
        generationId: 1,
        protocolType: 'consumer',
        protocolName: 'range',
        leader: first.memberId,
        memberId: first.memberId,
        skipAssignment: false,
      })
      expect(second.members.map(({ memberId, metadata }) => [memberId, topicIn(metadata)])).toEqual([
        [first.memberId, 'meta'],
      ])
    })

    it('takes a member at once before version 4', async () => {
      const { errorCode, generationId, leader, memberId, protocolName } = await group.join({ version: 3 })
      expect({ errorCode, generationId, leader, protocolName }).toEqual({
        errorCode: 0,
        generationId: 1,
        leader: memberId,
        protocolName: 'range',
      })
    })

    it.each([
      ['an id that nobody was given', { memberId: 'nobody' }, 'UNKNOWN_MEMBER_ID'],
      ['a session that is too short', { sessionTimeoutMs: 10 }, 'INVALID_SESSION_TIMEOUT'],
      ['a session that is too long', { sessionTimeoutMs: 2_000_000 }, 'INVALID_SESSION_TIMEOUT'],
      ['no protocols', { protocols: [] }, 'INCONSISTENT_GROUP_PROTOCOL'],
      ['no type of protocol', { protocolType: '' }, 'INCONSISTENT_GROUP_PROTOCOL'],
    ] as const)('refuses %s', async (_name, options, error) => {
      expect((await group.join(options)).errorCode).toBe(codeOf(error))
    })

    it('refuses who has no protocol in common with the others', async () => {
      await group.enter()
      expect((await group.join({ protocols: ['sticky'] })).errorCode).toBe(codeOf('INCONSISTENT_GROUP_PROTOCOL'))
      expect((await group.join({ protocolType: 'connect' })).errorCode).toBe(codeOf('INCONSISTENT_GROUP_PROTOCOL'))
    })

    it('refuses the empty group', async () => {
      group = Object.assign(group, { id: '' })
      expect((await group.join()).errorCode).toBe(codeOf('INVALID_GROUP_ID'))
    })

    it('at another broker is told so', async () => {
      const { coordinator, other } = await world.coordinators(group.id)
      expect(coordinator).not.toBe(other)
      const stranger = await world.client(other)
      expect((await group.join({}, stranger)).errorCode).toBe(codeOf('NOT_COORDINATOR'))
    })

    it('chooses the protocol that all have and most want', async () => {
      const first = await group.enter({ protocols: ['range', 'sticky', 'odd'] })
      await group.sync(first)
      const joining = group.enter({ protocols: ['sticky', 'range'] })
      const again = await rejoin(group, first, { protocols: ['sticky', 'range', 'odd'] })
      expect((await joining).protocolName).toBe('sticky')
      expect(again.protocolName).toBe('sticky')
    })
  })

  describe('a rebalance', () => {
    it('brings the members to the next generation, and their assignments from the leader', async () => {
      const first = await group.enter({ metadata: 'one' })
      expect((await group.sync(first, { [first.memberId]: 'all' })).assignment.toString()).toBe('all')
      expect(await group.heartbeat(first)).toBe(0)
      const joining = group.enter({ metadata: 'two' })
      await until(group, first, 'REBALANCE_IN_PROGRESS')
      const again = await group.join({ memberId: first.memberId, metadata: 'one' })
      const second = await joining
      expect([again.generationId, second.generationId]).toEqual([2, 2])
      expect([again.leader, second.leader]).toEqual([first.memberId, first.memberId])
      expect(again.members.map(({ metadata }) => topicIn(metadata)).toSorted()).toEqual(['one', 'two'])
      expect(second.members).toEqual([])
      const waiting = group.sync(second)
      await sleep(50)
      const leader = await group.sync(again, { [first.memberId]: 'half', [second.memberId]: 'other half' })
      const follower = await waiting
      expect(leader).toMatchObject({ errorCode: 0, protocolType: 'consumer', protocolName: 'range' })
      expect([leader.assignment.toString(), follower.assignment.toString()]).toEqual(['half', 'other half'])
      // Asked again, it is told the same.
      expect((await group.sync(second)).assignment.toString()).toBe('other half')
      const described = await group.describe()
      expect(described).toMatchObject({
        errorCode: 0,
        groupState: 'Stable',
        protocolType: 'consumer',
        protocolData: 'range',
        authorizedOperations: 3400,
      })
      const members = described.members.map(one => [
        one.memberId,
        one.clientHost,
        topicIn(one.memberMetadata),
        one.memberAssignment.toString(),
      ])
      expect(members.toSorted()).toEqual(
        [
          [first.memberId, '/127.0.0.1', 'one', 'half'],
          [second.memberId, '/127.0.0.1', 'two', 'other half'],
        ].toSorted(),
      )
    })

    it('begins when the leader joins again, and not when another does', async () => {
      const [leader, follower] = await two(group)
      const again = await group.join({ memberId: follower.memberId })
      expect(again).toMatchObject({
        errorCode: 0,
        generationId: follower.generationId,
        leader: leader.memberId,
        members: [],
      })
      expect(await group.heartbeat(follower)).toBe(0)
      const joining = group.join({ memberId: leader.memberId })
      await until(group, follower, 'REBALANCE_IN_PROGRESS')
      const next = await group.join({ memberId: follower.memberId })
      expect([(await joining).generationId, next.generationId]).toEqual([
        leader.generationId + 1,
        leader.generationId + 1,
      ])
    })

    it('begins when a member changes what it has to say', async () => {
      const [leader, follower] = await two(group)
      const joining = group.join({ memberId: follower.memberId, metadata: 'changed' })
      await until(group, leader, 'REBALANCE_IN_PROGRESS')
      const next = await group.join({ memberId: leader.memberId })
      expect((await joining).generationId).toBe(next.generationId)
      expect(next.members.map(({ metadata }) => topicIn(metadata)).toSorted()).toEqual(['changed', 'meta'])
    })

    it('begins when a member leaves', async () => {
      const [leader, follower] = await two(group)
      expect(await group.leave([{ memberId: leader.memberId }])).toEqual([0, 0])
      await until(group, follower, 'REBALANCE_IN_PROGRESS')
      const next = await group.join({ memberId: follower.memberId })
      expect(next).toMatchObject({ errorCode: 0, leader: follower.memberId, generationId: follower.generationId + 1 })
    })

    it('begins when a session has ended', async () => {
      const [first, second] = await two(group, { sessionTimeoutMs: 400 })
      const ended = Date.now() + 5000
      let errorCode = 0
      while (errorCode === 0 && Date.now() < ended) {
        await sleep(50)
        errorCode = await group.heartbeat(first)
      }
      expect(errorCode).toBe(codeOf('REBALANCE_IN_PROGRESS'))
      expect(await group.heartbeat(second)).toBe(codeOf('UNKNOWN_MEMBER_ID'))
      const { members } = await group.describe()
      expect(members.map(({ memberId }) => memberId)).toEqual([first.memberId])
    })

    it('leaves out who does not join again in time', async () => {
      const [first, second] = await two(group, { rebalanceTimeoutMs: 500 })
      const joining = group.join({ memberId: first.memberId, rebalanceTimeoutMs: 500 })
      const again = await joining
      expect(again).toMatchObject({ errorCode: 0, generationId: first.generationId + 1 })
      expect(again.members.map(({ memberId }) => memberId)).toEqual([first.memberId])
      expect(await group.heartbeat(second)).toBe(codeOf('UNKNOWN_MEMBER_ID'))
    })

    it('sends those who wait for their assignment to join again', async () => {
      const [first, second] = await two(group)
      const both = await Promise.all([group.join({ memberId: first.memberId }), rejoin(group, second)])
      const waiting = group.sync(both[1])
      await sleep(50)
      const third = group.enter()
      expect((await waiting).errorCode).toBe(codeOf('REBALANCE_IN_PROGRESS'))
      const next = await Promise.all([
        group.join({ memberId: first.memberId }),
        group.join({ memberId: second.memberId }),
        third,
      ])
      expect(new Set(next.map(({ generationId }) => generationId))).toEqual(new Set([first.generationId + 2]))
    })

    it('gives a member whose answer was lost the same answer again', async () => {
      const first = await group.enter()
      const again = await group.join({ memberId: first.memberId })
      expect(again).toEqual(first)
    })
  })

  describe('SyncGroup and Heartbeat', () => {
    it('know generations and members', async () => {
      const member = await group.enter()
      const unknown = { ...member, memberId: 'nobody' }
      const past = { ...member, generationId: 0 }
      expect((await group.sync(unknown)).errorCode).toBe(codeOf('UNKNOWN_MEMBER_ID'))
      expect((await group.sync(past)).errorCode).toBe(codeOf('ILLEGAL_GENERATION'))
      expect((await group.sync(member, {}, { protocolName: 'other' })).errorCode).toBe(
        codeOf('INCONSISTENT_GROUP_PROTOCOL'),
      )
      expect((await group.sync(member, {}, { protocolType: null })).errorCode).toBe(
        codeOf('INCONSISTENT_GROUP_PROTOCOL'),
      )
      expect(await group.heartbeat(unknown)).toBe(codeOf('UNKNOWN_MEMBER_ID'))
      expect(await group.heartbeat(past)).toBe(codeOf('ILLEGAL_GENERATION'))
      // While its assignment is awaited, it is alive.
      expect(await group.heartbeat(member)).toBe(0)
    })

    it('of a group that there is not', async () => {
      const member = { ...(await group.join()), generationId: 1, protocolName: 'range' }
      const other = new Group(world)
      expect((await other.sync(member)).errorCode).toBe(codeOf('UNKNOWN_MEMBER_ID'))
      expect(await other.heartbeat(member)).toBe(codeOf('UNKNOWN_MEMBER_ID'))
    })
  })

  describe('a static member', () => {
    it('comes back under a new id without a rebalance', async () => {
      const first = await group.join({ groupInstanceId: 'one' })
      expect(first).toMatchObject({ errorCode: 0, generationId: 1 })
      expect(first.memberId).toMatch(/^one-/)
      await group.sync(first, { [first.memberId]: 'all' }, { groupInstanceId: 'one' })
      const back = await group.join({ groupInstanceId: 'one' })
      expect(back).toMatchObject({ errorCode: 0, generationId: 1, leader: back.memberId, skipAssignment: true })
      expect(back.memberId).not.toBe(first.memberId)
      expect(back.members.map(({ memberId, groupInstanceId }) => [memberId, groupInstanceId])).toEqual([
        [back.memberId, 'one'],
      ])
      expect((await group.sync(back, {}, { groupInstanceId: 'one' })).assignment.toString()).toBe('all')
      // The former one is fenced.
      expect(await group.heartbeat(first, 'one')).toBe(codeOf('FENCED_INSTANCE_ID'))
      expect((await group.sync(first, {}, { groupInstanceId: 'one' })).errorCode).toBe(codeOf('FENCED_INSTANCE_ID'))
      expect(await group.heartbeat(back, 'one')).toBe(0)
    })

    it('that does not know how to skip assigning is not told to lead', async () => {
      const first = await group.join({ groupInstanceId: 'one' })
      await group.sync(first, {}, { groupInstanceId: 'one' })
      const back = await group.join({ groupInstanceId: 'one', version: 8 })
      expect(back).toMatchObject({ errorCode: 0, generationId: 1, leader: first.memberId, members: [] })
    })

    it('is awaited, so that the others go on without it only when its session has ended', async () => {
      const first = await group.join({ groupInstanceId: 'one', rebalanceTimeoutMs: 300 })
      await group.sync(first, {}, { groupInstanceId: 'one' })
      const second = await group.enter({ rebalanceTimeoutMs: 300 })
      expect(second).toMatchObject({ errorCode: 0, generationId: 2, leader: second.memberId })
      expect(second.members.map(({ groupInstanceId }) => groupInstanceId).toSorted()).toEqual([null, 'one'].toSorted())
    })

    it('can be made to leave by its name', async () => {
      const first = await group.join({ groupInstanceId: 'one' })
      await group.sync(first, {}, { groupInstanceId: 'one' })
      expect(await group.leave([{ memberId: '', groupInstanceId: 'other' }])).toEqual([0, codeOf('UNKNOWN_MEMBER_ID')])
      expect(await group.leave([{ memberId: 'wrong', groupInstanceId: 'one' }])).toEqual([
        0,
        codeOf('FENCED_INSTANCE_ID'),
      ])
      expect(await group.leave([{ memberId: '', groupInstanceId: 'one' }])).toEqual([0, 0])
      expect((await group.describe()).groupState).toBe('Empty')
    })
  })

  describe('LeaveGroup', () => {
    it('empties a group', async () => {
      const member = await group.enter()
      await group.sync(member)
      expect(await group.leave([{ memberId: 'nobody' }])).toEqual([0, codeOf('UNKNOWN_MEMBER_ID')])
      expect(await group.leave([{ memberId: member.memberId }])).toEqual([0, 0])
      const { groupState, members, protocolType, protocolData } = await group.describe()
      expect({ groupState, members, protocolType, protocolData }).toEqual({
        groupState: 'Empty',
        members: [],
        protocolType: 'consumer',
        protocolData: '',
      })
      // The next one begins the generation after.
      expect((await group.enter()).generationId).toBe(member.generationId + 2)
    })

    it('takes back an id that has not joined', async () => {
      const { memberId } = await group.join()
      expect(await group.leave([{ memberId }])).toEqual([0, 0])
      expect((await group.join({ memberId })).errorCode).toBe(codeOf('UNKNOWN_MEMBER_ID'))
    })

    it('of one member has one answer before version 3', async () => {
      const client = await group.client()
      const unknown = await client.ask(LeaveGroup, { groupId: group.id, memberId: 'nobody' }, 2)
      expect(unknown.errorCode).toBe(codeOf('UNKNOWN_MEMBER_ID'))
      const { memberId } = await group.enter()
      expect((await client.ask(LeaveGroup, { groupId: group.id, memberId }, 2)).errorCode).toBe(0)
    })
  })

  describe('DescribeGroups, ListGroups and DeleteGroups', () => {
    it('tell of a group that there is not', async () => {
      const found = await group.describe()
      expect(found).toMatchObject({ errorCode: codeOf('GROUP_ID_NOT_FOUND'), groupState: 'Dead', members: [] })
      expect(await group.describe(5)).toMatchObject({ errorCode: 0, groupState: 'Dead', members: [] })
    })

    it('show a group on its way', async () => {
      await group.enter()
      const { groupState, protocolData, members } = await group.describe()
      expect({ groupState, protocolData }).toEqual({ groupState: 'CompletingRebalance', protocolData: '' })
      expect(
        members.map(({ memberMetadata, memberAssignment }) => [memberMetadata.length, memberAssignment.length]),
      ).toEqual([[0, 0]])
    })

    it('list groups by state and type', async () => {
      const member = await group.enter()
      await group.sync(member)
      const client = await group.client()
      const list = async (statesFilter: string[], typesFilter: string[]) => {
        const { groups } = await client.ask(ListGroups, { statesFilter, typesFilter })
        return groups.filter(({ groupId }) => groupId === group.id)
      }
      const found = [{ groupId: group.id, protocolType: 'consumer', groupState: 'Stable', groupType: 'classic' }]
      expect(await list([], [])).toEqual(found)
      expect(await list(['Stable', 'Empty'], ['classic'])).toEqual(found)
      expect(await list(['Empty'], [])).toEqual([])
      expect(await list([], ['consumer'])).toEqual([])
    })

    it('delete a group that has no members', async () => {
      const client = await group.client()
      const remove = async () =>
        (await client.ask(DeleteGroups, { groupsNames: [group.id] })).results.map(({ errorCode }) => errorCode)
      expect(await remove()).toEqual([codeOf('GROUP_ID_NOT_FOUND')])
      const { memberId } = await group.enter()
      expect(await remove()).toEqual([codeOf('NON_EMPTY_GROUP')])
      await group.leave([{ memberId }])
      expect(await remove()).toEqual([0])
      const { results } = await client.ask(DeleteGroups, { groupsNames: [group.id, group.id] })
      expect(results).toEqual([{ groupId: group.id, errorCode: codeOf('GROUP_ID_NOT_FOUND'), errorMessage: null }])
      expect((await group.describe()).errorCode).toBe(codeOf('GROUP_ID_NOT_FOUND'))
    })
  })
}

/** What a consumer has to say: which topics it wants. The broker reads it too. */
function subscriptionTo(topic: string): Buffer {
  return Buffer.concat([
    Buffer.from([0, 0]),
    ConsumerProtocolSubscription.encode({ topics: [topic], userData: null }, 0),
  ])
}

function topicIn(metadata: Buffer): string | undefined {
  return ConsumerProtocolSubscription.decode(metadata.subarray(2), 0).topics[0]
}

/** Joins again when told to. */
async function rejoin(group: Group, member: JoinGroupResponse, options: JoinOptions = {}): Promise<JoinGroupResponse> {
  await until(group, member, 'REBALANCE_IN_PROGRESS')
  return group.join({ ...options, memberId: member.memberId })
}

/** Beats until it is answered so. */
async function until(group: Group, member: JoinGroupResponse, error: keyof typeof errors): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if ((await group.heartbeat(member)) === codeOf(error)) return
    await sleep(20)
  }
  throw new Error(`was not told ${error}`)
}

/** A stable group of two: the leader, and the one whose options are given. */
async function two(
  group: Group,
  options: JoinOptions = {},
): Promise<[leader: JoinGroupResponse, follower: JoinGroupResponse]> {
  const rebalance = options.rebalanceTimeoutMs === undefined ? {} : { rebalanceTimeoutMs: options.rebalanceTimeoutMs }
  const first = await group.enter(rebalance)
  await group.sync(first)
  const joining = group.enter(options)
  const leader = await rejoin(group, first, rebalance)
  const follower = await joining
  await Promise.all([group.sync(leader), group.sync(follower)])
  return [leader, follower]
}
