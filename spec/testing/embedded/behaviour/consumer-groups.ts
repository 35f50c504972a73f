import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ConsumerGroupDescribe } from '../../../../src/protocol/messages/consumer-group-describe.js'
import {
  ConsumerGroupHeartbeat,
  type ConsumerGroupHeartbeatRequestInput,
  type ConsumerGroupHeartbeatResponse,
} from '../../../../src/protocol/messages/consumer-group-heartbeat.js'
import { DeleteGroups } from '../../../../src/protocol/messages/delete-groups.js'
import { DescribeGroups } from '../../../../src/protocol/messages/describe-groups.js'
import { LeaveGroup } from '../../../../src/protocol/messages/leave-group.js'
import { ListGroups } from '../../../../src/protocol/messages/list-groups.js'
import { OffsetCommit } from '../../../../src/protocol/messages/offset-commit.js'
import { OffsetFetch } from '../../../../src/protocol/messages/offset-fetch.js'
import type { RawClient } from './raw-client.js'
import { codeOf, type OwnTopic, type Target, World } from './world.js'

type Request = Partial<ConsumerGroupHeartbeatRequestInput>

/** How members of the new protocol (KIP-848) find together. */
export function consumerGroupsBehaviour(target: () => Target): void {
  let world: World
  let groupId: string
  let topic: OwnTopic
  let coordinator: RawClient
  beforeEach(async () => {
    world = new World(target())
    groupId = world.name('group')
    topic = await world.topic(4)
    coordinator = await world.coordinator(groupId)
  })
  afterEach(() => world.close())

  const beat = (memberId: string, memberEpoch: number, rest: Request = {}): Promise<ConsumerGroupHeartbeatResponse> =>
    coordinator.ask(ConsumerGroupHeartbeat, {
      groupId,
      memberId,
      memberEpoch,
      instanceId: null,
      rackId: null,
      rebalanceTimeoutMs: -1,
      subscribedTopicNames: null,
      serverAssignor: null,
      topicPartitions: null,
      ...rest,
    })

  const join = (memberId: string, rest: Request = {}) =>
    beat(memberId, 0, { rebalanceTimeoutMs: 5000, subscribedTopicNames: [topic.name], topicPartitions: [], ...rest })

  const partitionsOf = (answer: ConsumerGroupHeartbeatResponse): number[] | undefined =>
    answer.assignment?.topicPartitions.flatMap(({ partitions }) => partitions).toSorted()

  const describeGroup = async () => {
    const { groups } = await coordinator.ask(ConsumerGroupDescribe, {
      groupIds: [groupId],
      includeAuthorizedOperations: true,
    })
    const [group] = groups
    if (group === undefined) throw new Error('no group in the answer')
    return group
  }

  /** A member that does what it is told, until nothing changes. */
  class Member {
    readonly id: string
    epoch = 0
    owned: number[] = []

    constructor(id: string) {
      this.id = id
    }

    async join(rest: Request = {}): Promise<this> {
      return this.#take(await join(this.id, rest))
    }

    async beat(rest: Request = {}): Promise<this> {
      const topicPartitions = [{ topicId: topic.id, partitions: this.owned }]
      return this.#take(await beat(this.id, this.epoch, { topicPartitions, ...rest }))
    }

    #take(answer: ConsumerGroupHeartbeatResponse): this {
      expect([answer.errorCode, answer.errorMessage]).toEqual([0, null])
      this.epoch = answer.memberEpoch
      this.owned = partitionsOf(answer) ?? this.owned
      return this
    }
  }

  /** Heartbeats of all until it is as wanted. */
  const settle = async (members: Member[], isWanted: () => boolean): Promise<void> => {
    for (let round = 0; round < 100; round++) {
      for (const member of members) await member.beat()
      if (isWanted()) return
      await sleep(50)
    }
    throw new Error(`did not settle: ${members.map(({ owned }) => owned.join()).join(' | ')}`)
  }

  const isShared =
    (...members: Member[]) =>
    () => {
      const all = members.flatMap(({ owned }) => owned).toSorted()
      const sizes = members.map(({ owned }) => owned.length)
      return all.join() === '0,1,2,3' && Math.max(...sizes) - Math.min(...sizes) <= 1
    }

  describe('ConsumerGroupHeartbeat', () => {
    it('gives the first member all', async () => {
      const answer = await join('one')
      expect(answer).toMatchObject({ errorCode: 0, errorMessage: null, memberId: 'one', heartbeatIntervalMs: 5000 })
      const member = new Member('one')
      member.epoch = answer.memberEpoch
      member.owned = partitionsOf(answer) ?? []
      await settle([member], isShared(member))
      // What it has been told already, it is not told again.
      expect((await beat('one', member.epoch)).assignment).toBeNull()
      expect(await describeGroup()).toMatchObject({
        errorCode: 0,
        groupState: 'Stable',
        assignorName: 'uniform',
        authorizedOperations: 3400,
        members: [
          {
            memberId: 'one',
            instanceId: null,
            rackId: null,
            memberEpoch: member.epoch,
            clientId: 'raw',
            clientHost: '/127.0.0.1',
            subscribedTopicNames: [topic.name],
            memberType: 1,
            assignment: { topicPartitions: [{ topicId: topic.id, topicName: topic.name, partitions: [0, 1, 2, 3] }] },
            targetAssignment: {
              topicPartitions: [{ topicId: topic.id, topicName: topic.name, partitions: [0, 1, 2, 3] }],
            },
          },
        ],
      })
    })

    it('shares among members, each giving up before another gets', async () => {
      const one = await new Member('one').join()
      await settle([one], isShared(one))
      const two = await new Member('two').join()
      expect(two.owned).toEqual([])
      // Until the first has said that it has given them up, the second gets nothing.
      for (let round = 0; round < 5; round++) await two.beat()
      expect(two.owned).toEqual([])
      await settle([one, two], isShared(one, two))
      const three = await new Member('three').join()
      await settle([one, two, three], isShared(one, two, three))
      const epochs = new Set([one.epoch, two.epoch, three.epoch])
      expect(epochs.size).toBe(1)
    })

    it('gives the others what one leaves', async () => {
      const [one, two] = [await new Member('one').join(), await new Member('two').join()]
      await settle([one, two], isShared(one, two))
      expect(await beat('one', -1)).toMatchObject({ errorCode: 0, memberEpoch: -1 })
      await settle([two], isShared(two))
      expect((await beat('one', one.epoch)).errorCode).toBe(codeOf('UNKNOWN_MEMBER_ID'))
    })

    it('finds a name for each member that has none, in version 0', async () => {
      const request = { groupId, memberId: '', memberEpoch: 0, rebalanceTimeoutMs: 5000, topicPartitions: [] }
      const rest = { instanceId: null, rackId: null, serverAssignor: null, subscribedTopicNames: [topic.name] }
      const ask = () => coordinator.ask(ConsumerGroupHeartbeat, { ...request, ...rest }, 0)
      const [one, two] = [await ask(), await ask()]
      expect([one.errorCode, two.errorCode]).toEqual([0, 0])
      expect([one.memberId, two.memberId]).toEqual([
        expect.stringMatching(/^[\w-]{22}$/),
        expect.stringMatching(/^[\w-]{22}$/),
      ])
      expect(one.memberId).not.toBe(two.memberId)
    })

    it('takes who wants nothing yet', async () => {
      const answer = await join('one', { subscribedTopicNames: [] })
      expect([answer.errorCode, partitionsOf(answer)]).toEqual([0, []])
    })

    it('follows subscriptions', async () => {
      const other = await world.topic(2)
      const one = await new Member('one').join()
      await settle([one], isShared(one))
      const before = one.epoch
      let answer = await beat('one', one.epoch, { subscribedTopicNames: [other.name] })
      let owned = one.owned
      for (
        let round = 0;
        round < 60 && !(answer.assignment?.topicPartitions.some(({ topicId }) => topicId === other.id) ?? false);
        round++
      ) {
        if (answer.assignment !== null)
          owned = answer.assignment.topicPartitions.flatMap(({ partitions }) => partitions)
        answer = await beat('one', answer.memberEpoch, {
          topicPartitions: owned.length === 0 ? [] : [{ topicId: topic.id, partitions: owned }],
        })
        expect(answer.errorCode).toBe(0)
        await sleep(50)
      }
      expect(answer.assignment?.topicPartitions).toMatchObject([{ topicId: other.id, partitions: [0, 1] }])
      expect(answer.memberEpoch).toBeGreaterThan(before)
    })

    it('finds topics by a regular expression', async () => {
      const one = await new Member('one').join({
        subscribedTopicNames: null,
        subscribedTopicRegex: `${topic.name.slice(0, -1)}.`,
      })
      await settle([one], isShared(one))
      expect((await describeGroup()).members[0]?.subscribedTopicRegex).toBe(`${topic.name.slice(0, -1)}.`)
    })

    it('assigns by range when asked to', async () => {
      const [one, two] = [
        await new Member('one').join({ serverAssignor: 'range' }),
        await new Member('two').join({ serverAssignor: 'range' }),
      ]
      await settle([one, two], isShared(one, two))
      expect([one.owned, two.owned]).toEqual([
        [0, 1],
        [2, 3],
      ])
      expect((await describeGroup()).assignorName).toBe('range')
    })

    it('fences who comes with another epoch', async () => {
      const one = await new Member('one').join()
      await settle([one], isShared(one))
      const two = await new Member('two').join()
      await settle([one, two], isShared(one, two))
      expect((await beat('one', one.epoch + 1)).errorCode).toBe(codeOf('FENCED_MEMBER_EPOCH'))
      // The epoch before, with what is not its own.
      const topicPartitions = [{ topicId: topic.id, partitions: [9] }]
      expect((await beat('one', one.epoch - 1, { topicPartitions })).errorCode).toBe(codeOf('FENCED_MEMBER_EPOCH'))
      expect((await beat('one', one.epoch)).errorCode).toBe(0)
      expect((await beat('nobody', 3)).errorCode).toBe(codeOf('UNKNOWN_MEMBER_ID'))
    })

    it('lets who is known join again under its id', async () => {
      const [one, two] = [await new Member('one').join(), await new Member('two').join()]
      await settle([one, two], isShared(one, two))
      // So that it is some epochs on.
      await settle([one, await new Member('three').join()], () => one.epoch > two.epoch)
      await one.join()
      expect((await describeGroup()).members.map(({ memberId }) => memberId).toSorted()).toEqual([
        'one',
        'three',
        'two',
      ])
    })

    it.each([
      ['no name for the member', '', 0, {}, 'INVALID_REQUEST'],
      ['no time to rebalance', 'one', 0, { rebalanceTimeoutMs: -1 }, 'INVALID_REQUEST'],
      ['partitions at the beginning', 'one', 0, { topicPartitions: null }, 'INVALID_REQUEST'],
      ['no subscription', 'one', 0, { subscribedTopicNames: null }, 'INVALID_REQUEST'],
      ['an epoch that there is not', 'one', -3, {}, 'INVALID_REQUEST'],
      ['an empty name of an instance', 'one', 0, { instanceId: '' }, 'INVALID_REQUEST'],
      ['an empty rack', 'one', 0, { rackId: '' }, 'INVALID_REQUEST'],
      ['an assignor that there is not', 'one', 0, { serverAssignor: 'fair' }, 'UNSUPPORTED_ASSIGNOR'],
      [
        'an expression that is none',
        'one',
        0,
        { subscribedTopicNames: null, subscribedTopicRegex: '(' },
        'INVALID_REGULAR_EXPRESSION',
      ],
      ['a group that there is not', 'one', 1, {}, 'GROUP_ID_NOT_FOUND'],
      ['to leave a group that there is not', 'one', -1, {}, 'GROUP_ID_NOT_FOUND'],
    ] as const)('refuses %s', async (_name, memberId, epoch, rest, error) => {
      const joining = { rebalanceTimeoutMs: 5000, subscribedTopicNames: [topic.name], topicPartitions: [], ...rest }
      const answer = await beat(memberId, epoch, epoch === 0 ? joining : rest)
      expect(answer.errorCode).toBe(codeOf(error))
    })

    it('at another broker is told so', async () => {
      const { other } = await world.coordinators(groupId)
      coordinator = await world.client(other)
      expect((await join('one')).errorCode).toBe(codeOf('NOT_COORDINATOR'))
    })
  })

  describe('a static member', () => {
    it('keeps its place while it is away', async () => {
      const one = await new Member('one').join({ instanceId: 'a' })
      await settle([one], isShared(one))
      // While it is there, nobody else can be it.
      expect((await join('two', { instanceId: 'a' })).errorCode).toBe(codeOf('UNRELEASED_INSTANCE_ID'))
      expect((await beat('two', 1, { instanceId: 'a' })).errorCode).toBe(codeOf('FENCED_INSTANCE_ID'))
      expect((await beat('two', 1, { instanceId: 'b' })).errorCode).toBe(codeOf('UNKNOWN_MEMBER_ID'))
      expect(await beat('one', -2, { instanceId: 'a' })).toMatchObject({ errorCode: 0, memberEpoch: -2 })
      const two = await new Member('two').join({ instanceId: 'a' })
      expect(two.owned).toEqual([0, 1, 2, 3])
      expect(two.epoch).toBe(one.epoch)
      expect((await beat('one', one.epoch, { instanceId: 'a' })).errorCode).toBe(codeOf('FENCED_INSTANCE_ID'))
    })
  })

  describe('a group of the new protocol', () => {
    it('is listed, described and deleted as such', async () => {
      const one = await new Member('one').join()
      await settle([one], isShared(one))
      const { groups } = await coordinator.ask(ListGroups, { statesFilter: [], typesFilter: ['consumer'] })
      expect(groups.filter(group => group.groupId === groupId)).toEqual([
        { groupId, protocolType: 'consumer', groupState: 'Stable', groupType: 'consumer' },
      ])
      const classic = await coordinator.ask(DescribeGroups, { groups: [groupId] })
      expect(classic.groups[0]).toMatchObject({ errorCode: codeOf('GROUP_ID_NOT_FOUND'), groupState: 'Dead' })
      const remove = async () => (await coordinator.ask(DeleteGroups, { groupsNames: [groupId] })).results[0]?.errorCode
      expect(await remove()).toBe(codeOf('NON_EMPTY_GROUP'))
      await beat('one', -1)
      expect(await describeGroup()).toMatchObject({ errorCode: 0, groupState: 'Empty', members: [] })
      expect(await remove()).toBe(0)
      expect(await describeGroup()).toMatchObject({ errorCode: codeOf('GROUP_ID_NOT_FOUND') })
    })

    it('loses the member that is made to leave, as who administers it does', async () => {
      const dismiss = async (memberId: string, groupInstanceId: string | null = null) => {
        const answer = await coordinator.ask(LeaveGroup, { groupId, members: [{ memberId, groupInstanceId }] })
        return [answer.errorCode, ...answer.members.map(({ errorCode }) => errorCode)]
      }
      const [one, two] = [await new Member('one').join(), await new Member('two').join({ instanceId: 'a' })]
      await settle([one, two], isShared(one, two))
      expect(await dismiss('nobody')).toEqual([0, codeOf('UNKNOWN_MEMBER_ID')])
      expect(await dismiss('', 'a')).toEqual([0, 0])
      await settle([one], isShared(one))
      expect(await dismiss('one')).toEqual([0, 0])
      expect(await describeGroup()).toMatchObject({ errorCode: 0, groupState: 'Empty', members: [] })
      const { groups } = await coordinator.ask(ConsumerGroupDescribe, {
        groupIds: [''],
        includeAuthorizedOperations: false,
      })
      expect(groups[0]?.errorCode).toBe(codeOf('INVALID_GROUP_ID'))
    })

    it('takes offsets from members at their epoch', async () => {
      const one = await new Member('one').join()
      await settle([one], isShared(one))
      const commit = async (memberId: string, epoch: number, version?: number) => {
        const partitions = [{ partitionIndex: 0, committedOffset: 3n, committedMetadata: null }]
        const topics = [{ name: topic.name, topicId: topic.id, partitions }]
        const answer = await coordinator.ask(
          OffsetCommit,
          { groupId, memberId, generationIdOrMemberEpoch: epoch, topics },
          version,
        )
        return answer.topics[0]?.partitions[0]?.errorCode
      }
      expect(await commit('one', one.epoch)).toBe(0)
      expect(await commit('one', one.epoch + 1)).toBe(codeOf('STALE_MEMBER_EPOCH'))
      expect(await commit('one', one.epoch + 1, 8)).toBe(codeOf('UNSUPPORTED_VERSION'))
      expect(await commit('nobody', one.epoch)).toBe(codeOf('UNKNOWN_MEMBER_ID'))
      const read = async (memberId: string | null, memberEpoch: number) => {
        const topics = [{ name: topic.name, topicId: topic.id, partitionIndexes: [0] }]
        const answer = await coordinator.ask(OffsetFetch, { groups: [{ groupId, memberId, memberEpoch, topics }] })
        const [group] = answer.groups
        return [group?.errorCode, group?.topics[0]?.partitions[0]?.committedOffset]
      }
      expect(await read('one', one.epoch)).toEqual([0, 3n])
      expect(await read(null, -1)).toEqual([0, 3n])
      expect((await read('one', one.epoch + 1))[0]).toBe(codeOf('STALE_MEMBER_EPOCH'))
      expect((await read('nobody', one.epoch))[0]).toBe(codeOf('UNKNOWN_MEMBER_ID'))
    })
  })
}
