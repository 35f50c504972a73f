import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ConsumerGroupHeartbeat } from '../../../../src/protocol/messages/consumer-group-heartbeat.js'
import { InitProducerId } from '../../../../src/protocol/messages/init-producer-id.js'
import { TxnOffsetCommit } from '../../../../src/protocol/messages/txn-offset-commit.js'
import { zeroUuid } from '../../../../src/protocol/uuid.js'
import { codeOf, eventually, type Target, World } from './world.js'

/** How offsets are committed within transactions, version by version. */
export function transactionalOffsetsBehaviour(target: () => Target): void {
  let world: World
  beforeEach(() => {
    world = new World(target())
  })
  afterEach(() => world.close())

  describe('TxnOffsetCommit', () => {
    it('names topics by their ids from version 6 on, and refuses in the words of OffsetCommit', async () => {
      const topic = await world.topic()
      const group = world.name('group')
      const coordinator = await world.coordinator(group)
      const transactionalId = world.name('transaction')
      const { producerId, producerEpoch } = await producerOf(transactionalId)
      const joined = await coordinator.ask(ConsumerGroupHeartbeat, {
        ...{ groupId: group, memberId: 'one', memberEpoch: 0, rebalanceTimeoutMs: 5000 },
        ...{ instanceId: null, rackId: null, serverAssignor: null },
        ...{ subscribedTopicNames: [topic.name], topicPartitions: [] },
      })
      expect(joined.errorCode).toBe(0)
      const commit = async (version: number, memberId: string, epoch: number, rest: Rest = {}) => {
        const { topicId = topic.id, partitionIndex = 0, groupId = group } = rest
        const partitions = [{ partitionIndex, committedOffset: 5n, committedMetadata: null }]
        const claim = { transactionalId, producerId, producerEpoch, groupId, memberId }
        const topics = [{ name: topic.name, topicId, partitions }]
        const body = { ...claim, generationIdOrMemberEpoch: epoch, topics }
        const answer = await coordinator.ask(TxnOffsetCommit, body, version)
        return answer.topics.map(one => [one.name, one.topicId, one.partitions[0]?.errorCode])
      }
      const named = (code: number) => [[topic.name, zeroUuid, code]]
      const identified = (code: number) => [['', topic.id, code]]
      await eventually(async () => ((await commit(5, '', -1))[0]?.[2] === 0 ? true : undefined))
      const { memberEpoch } = joined
      expect(await commit(5, 'one', memberEpoch)).toEqual(named(0))
      expect(await commit(6, 'one', memberEpoch)).toEqual(identified(0))
      expect(await commit(5, 'one', memberEpoch + 1)).toEqual(named(codeOf('ILLEGAL_GENERATION')))
      expect(await commit(6, 'one', memberEpoch + 1)).toEqual(identified(codeOf('STALE_MEMBER_EPOCH')))
      const beyond = await commit(6, '', -1, { partitionIndex: 9 })
      expect(beyond).toEqual(identified(codeOf('UNKNOWN_TOPIC_OR_PARTITION')))
      const topicId = 'AAAAAAAAAAAAAAAAAAAAAQ'
      expect(await commit(6, '', -1, { topicId })).toEqual([['', topicId, codeOf('UNKNOWN_TOPIC_ID')]])
      const groupId = await anotherOf(group)
      expect(await commit(5, 'x', 3, { groupId })).toEqual(named(codeOf('ILLEGAL_GENERATION')))
      expect(await commit(6, 'x', 3, { groupId })).toEqual(identified(codeOf('GROUP_ID_NOT_FOUND')))
    })
  })

  async function producerOf(transactionalId: string) {
    const transactions = await world.coordinator(transactionalId, 1)
    return eventually(async () => {
      const answer = await transactions.ask(InitProducerId, { transactionalId, transactionTimeoutMs: 60_000 })
      return answer.errorCode === 0 ? answer : undefined
    })
  }

  /** The name of a group that there is not, which has the coordinator of one that there is. */
  async function anotherOf(group: string): Promise<string> {
    const { coordinator } = await world.coordinators(group)
    return eventually(async () => {
      const name = world.name('group')
      return (await world.coordinators(name)).coordinator === coordinator ? name : undefined
    })
  }
}

interface Rest {
  readonly topicId?: string
  readonly partitionIndex?: number
  readonly groupId?: string
}
