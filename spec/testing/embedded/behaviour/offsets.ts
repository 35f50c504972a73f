import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ErrorName } from '../../../../src/protocol/error-codes.js'
import { ConsumerGroupHeartbeat } from '../../../../src/protocol/messages/consumer-group-heartbeat.js'
import { ConsumerProtocolSubscription } from '../../../../src/protocol/messages/consumer-protocol-subscription.js'
import { DeleteTopics } from '../../../../src/protocol/messages/delete-topics.js'
import { JoinGroup } from '../../../../src/protocol/messages/join-group.js'
import { OffsetCommit } from '../../../../src/protocol/messages/offset-commit.js'
import { OffsetDelete } from '../../../../src/protocol/messages/offset-delete.js'
import { OffsetFetch } from '../../../../src/protocol/messages/offset-fetch.js'
import { SyncGroup } from '../../../../src/protocol/messages/sync-group.js'
import { zeroUuid } from '../../../../src/protocol/uuid.js'
import type { RawClient } from './raw-client.js'
import { codeOf, eventually, type OwnTopic, type Target, World } from './world.js'

const unknownId = 'AAAAAAAAAAAAAAAAAAAAAg'

/** How groups remember how far they have come. */
export function offsetsBehaviour(target: () => Target): void {
  let world: World
  let group: string
  let topic: OwnTopic
  let coordinator: RawClient
  beforeEach(async () => {
    world = new World(target())
    group = world.name('group')
    topic = await world.topic(2)
    coordinator = await world.coordinator(group)
  })
  afterEach(() => world.close())

  interface CommitOptions {
    readonly name?: string
    readonly topicId?: string
    readonly partition?: number
    readonly metadata?: string | null
    readonly memberId?: string
    readonly generation?: number
    readonly version?: number
    readonly client?: RawClient
  }

  const commit = async (offset: bigint, options: CommitOptions = {}): Promise<number | undefined> => {
    const { name = topic.name, topicId = topic.id, partition = 0, metadata = 'so far' } = options
    const { topics } = await (options.client ?? coordinator).ask(
      OffsetCommit,
      {
        groupId: group,
        memberId: options.memberId ?? '',
        generationIdOrMemberEpoch: options.generation ?? -1,
        topics: [
          {
            name,
            topicId,
            partitions: [
              {
                partitionIndex: partition,
                committedOffset: offset,
                committedLeaderEpoch: 0,
                committedMetadata: metadata,
              },
            ],
          },
        ],
      },
      options.version,
    )
    return topics[0]?.partitions[0]?.errorCode
  }

  const fetchAll = async (
    topics: { name: string; topicId: string; partitionIndexes: number[] }[] | null,
    version?: number,
  ) => {
    const groups = [{ groupId: group, topics }]
    const answer = await coordinator.ask(OffsetFetch, { groups, requireStable: true }, version)
    const [found] = answer.groups
    const offsets = found?.topics.flatMap(({ name, topicId, partitions }) =>
      partitions.map(one => [
        version === undefined ? topicId : name,
        one.partitionIndex,
        one.committedOffset,
        one.committedLeaderEpoch,
        one.metadata,
        one.errorCode,
      ]),
    )
    return { errorCode: found?.errorCode, offsets }
  }

  it('are committed and fetched, by ids and by names', async () => {
    expect(await commit(5n)).toBe(0)
    expect(await commit(7n, { partition: 1, metadata: null })).toBe(0)
    const wanted = { name: topic.name, topicId: topic.id, partitionIndexes: [0, 1] }
    const found = (key: string) => ({
      errorCode: 0,
      offsets: [
        [key, 0, 5n, 0, 'so far', 0],
        [key, 1, 7n, 0, '', 0],
      ],
    })
    expect(await fetchAll([wanted])).toEqual(found(topic.id))
    expect(await fetchAll(null)).toEqual(found(topic.id))
    expect(await fetchAll([wanted], 9)).toEqual(found(topic.name))
    const old = await coordinator.ask(OffsetFetch, { groupId: group, topics: [wanted], groups: [] }, 5)
    expect(old.errorCode).toBe(0)
    expect(old.topics[0]?.partitions.map(({ committedOffset }) => committedOffset)).toEqual([5n, 7n])
  })

  it('are none where nothing was committed', async () => {
    const nothing = [topic.id, 0, -1n, -1, '', 0]
    expect(await fetchAll([{ name: topic.name, topicId: topic.id, partitionIndexes: [0] }])).toEqual({
      errorCode: 0,
      offsets: [nothing],
    })
    expect(await fetchAll(null)).toEqual({ errorCode: 0, offsets: [] })
    const unknown = [{ name: '', topicId: unknownId, partitionIndexes: [0] }]
    expect(await fetchAll(unknown)).toEqual({
      errorCode: 0,
      offsets: [[unknownId, 0, -1n, -1, '', codeOf('UNKNOWN_TOPIC_ID')]],
    })
  })

  it('of topics and partitions that there are not are refused', async () => {
    expect(await commit(1n, { topicId: unknownId })).toBe(codeOf('UNKNOWN_TOPIC_ID'))
    expect(await commit(1n, { name: world.name(), version: 9 })).toBe(codeOf('UNKNOWN_TOPIC_OR_PARTITION'))
    expect(await commit(1n, { partition: 9 })).toBe(codeOf('UNKNOWN_TOPIC_OR_PARTITION'))
  })

  it('with too much beside them are refused', async () => {
    expect(await commit(1n, { metadata: 'x'.repeat(4097) })).toBe(codeOf('OFFSET_METADATA_TOO_LARGE'))
    expect(await commit(1n, { metadata: 'x'.repeat(4096) })).toBe(0)
  })

  it('of a generation that there is not are refused', async () => {
    expect(await commit(1n, { generation: 3, memberId: 'nobody' })).toBe(codeOf('GROUP_ID_NOT_FOUND'))
    expect(await commit(1n, { generation: 3, memberId: 'nobody', version: 8 })).toBe(codeOf('ILLEGAL_GENERATION'))
  })

  it('at another broker are refused', async () => {
    const { other } = await world.coordinators(group)
    expect(await commit(1n, { client: await world.client(other) })).toBe(codeOf('NOT_COORDINATOR'))
  })

  it('are committed by members of the generation alone', async () => {
    const join = async (memberId: string) =>
      coordinator.ask(JoinGroup, {
        groupId: group,
        sessionTimeoutMs: 30_000,
        rebalanceTimeoutMs: 30_000,
        memberId,
        protocolType: 'connect',
        protocols: [{ name: 'x', metadata: Buffer.alloc(0) }],
      })
    const { memberId } = await join('')
    const { generationId: generation } = await join(memberId)
    const refused: [CommitOptions, ErrorName][] = [
      [{ memberId: 'nobody', generation }, 'UNKNOWN_MEMBER_ID'],
      [{}, 'UNKNOWN_MEMBER_ID'],
      [{ memberId, generation: generation + 1 }, 'ILLEGAL_GENERATION'],
      [{ memberId, generation }, 'REBALANCE_IN_PROGRESS'],
    ]
    for (const [options, error] of refused) expect(await commit(1n, options)).toBe(codeOf(error))
    const assignments = [{ memberId, assignment: Buffer.alloc(0) }]
    await coordinator.ask(SyncGroup, {
      groupId: group,
      memberId,
      generationId: generation,
      protocolType: 'connect',
      protocolName: 'x',
      assignments,
    })
    expect(await commit(4n, { memberId, generation })).toBe(0)
  })

  describe('deleted', () => {
    const remove = async (partitions: readonly number[], name = topic.name, client = coordinator) => {
      const topics = [{ name, partitions: partitions.map(partitionIndex => ({ partitionIndex })) }]
      const answer = await client.ask(OffsetDelete, { groupId: group, topics })
      return [answer.errorCode, ...answer.topics.flatMap(one => one.partitions.map(({ errorCode }) => errorCode))]
    }

    const join = async (protocolType: string, metadata: Buffer) => {
      const own = { groupId: group, sessionTimeoutMs: 30_000, rebalanceTimeoutMs: 30_000, protocolType }
      const ask = (memberId: string) =>
        coordinator.ask(JoinGroup, { ...own, memberId, protocols: [{ name: 'x', metadata }] })
      const { memberId } = await ask('')
      const { generationId } = await ask(memberId)
      await coordinator.ask(SyncGroup, {
        ...{ groupId: group, memberId, generationId, protocolType, protocolName: 'x' },
        assignments: [{ memberId, assignment: Buffer.alloc(0) }],
      })
    }

    it('are gone', async () => {
      await commit(5n)
      await commit(7n, { partition: 1 })
      expect(await remove([0])).toEqual([0, 0])
      expect((await fetchAll(null)).offsets).toEqual([[topic.id, 1, 7n, 0, 'so far', 0]])
      // What is not there is deleted, too.
      expect(await remove([0])).toEqual([0, 0])
    })

    it('must be of topics and partitions that there are', async () => {
      await commit(5n)
      expect(await remove([7])).toEqual([0, codeOf('UNKNOWN_TOPIC_OR_PARTITION')])
      expect(await remove([0], world.name())).toEqual([0, codeOf('UNKNOWN_TOPIC_OR_PARTITION')])
    })

    it('must be of a group that there is, here', async () => {
      expect(await remove([0])).toEqual([codeOf('GROUP_ID_NOT_FOUND')])
      const { other } = await world.coordinators(group)
      expect(await remove([0], topic.name, await world.client(other))).toEqual([codeOf('NOT_COORDINATOR')])
      group = ''
      expect(await remove([0])).toEqual([codeOf('INVALID_GROUP_ID')])
    })

    it('are kept of a topic that a member reads', async () => {
      const other = await world.topic()
      for (const one of [topic, other]) await commit(5n, { name: one.name, topicId: one.id })
      const subscription = ConsumerProtocolSubscription.encode({ topics: [topic.name], userData: null }, 3)
      await join('consumer', Buffer.concat([Buffer.from([0, 3]), subscription]))
      expect(await remove([0])).toEqual([0, codeOf('GROUP_SUBSCRIBED_TO_TOPIC')])
      expect(await remove([0], other.name)).toEqual([0, 0])
      expect((await fetchAll(null)).offsets).toEqual([[topic.id, 0, 5n, 0, 'so far', 0]])
    })

    it('are kept where nobody can know what its members read', async () => {
      await commit(5n)
      await join('connect', Buffer.from('whatever'))
      expect(await remove([0])).toEqual([codeOf('NON_EMPTY_GROUP')])
    })

    it('are kept of a topic that a member of the new protocol reads', async () => {
      const other = await world.topic()
      for (const one of [topic, other]) await commit(5n, { name: one.name, topicId: one.id })
      const joined = await coordinator.ask(ConsumerGroupHeartbeat, {
        ...{ groupId: group, memberId: 'one', memberEpoch: 0, rebalanceTimeoutMs: 5000 },
        ...{ instanceId: null, rackId: null, serverAssignor: null },
        ...{ subscribedTopicNames: [topic.name], topicPartitions: [] },
      })
      expect(joined.errorCode).toBe(0)
      expect(await remove([0])).toEqual([0, codeOf('GROUP_SUBSCRIBED_TO_TOPIC')])
      expect(await remove([0], other.name)).toEqual([0, 0])
    })
  })

  it('go with their topic', async () => {
    await commit(5n)
    const client = await world.client()
    await client.ask(DeleteTopics, { topics: [{ name: topic.name, topicId: zeroUuid }], timeoutMs: 10_000 })
    await eventually(async () => ((await fetchAll(null)).offsets?.length === 0 ? true : undefined))
  })
}
