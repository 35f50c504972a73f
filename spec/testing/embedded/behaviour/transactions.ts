import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AddOffsetsToTxn } from '../../../../src/protocol/messages/add-offsets-to-txn.js'
import { AddPartitionsToTxn } from '../../../../src/protocol/messages/add-partitions-to-txn.js'
import { EndTxn } from '../../../../src/protocol/messages/end-txn.js'
import { InitProducerId } from '../../../../src/protocol/messages/init-producer-id.js'
import { ListOffsets } from '../../../../src/protocol/messages/list-offsets.js'
import { OffsetCommit } from '../../../../src/protocol/messages/offset-commit.js'
import { OffsetFetch } from '../../../../src/protocol/messages/offset-fetch.js'
import { TxnOffsetCommit } from '../../../../src/protocol/messages/txn-offset-commit.js'
import { readControlRecord } from '../../../../src/protocol/records/control-record.js'
import { recordBatches } from '../../../../src/protocol/records/record-batches.js'
import type { RawClient } from './raw-client.js'
import { batchOf, codeOf, eventually, fetch, type OwnTopic, produce, type Target, World } from './world.js'

const concurrent = codeOf('CONCURRENT_TRANSACTIONS')

/** A transactional producer as the tests drive it. `version` 1 adds partitions first, 2 is that of KIP-890. */
class Producer {
  readonly id: string
  readonly version: 1 | 2
  readonly coordinator: RawClient
  producerId = -1n
  epoch = -1
  sequence = 0

  constructor(id: string, version: 1 | 2, coordinator: RawClient) {
    this.id = id
    this.version = version
    this.coordinator = coordinator
  }

  /** Asks for an epoch, again while the broker is busy with the transaction before. */
  async init(rest: object = {}): Promise<number> {
    const answer = await patiently(() =>
      this.coordinator.ask(InitProducerId, { transactionalId: this.id, transactionTimeoutMs: 60_000, ...rest }),
    )
    if (answer.errorCode === 0) {
      this.producerId = answer.producerId
      this.epoch = answer.producerEpoch
      this.sequence = 0
    }
    return answer.errorCode
  }

  async add(topic: OwnTopic, partitions = [0]): Promise<number[]> {
    const answer = await patiently(async () => {
      const found = await this.coordinator.ask(
        AddPartitionsToTxn,
        {
          v3AndBelowTransactionalId: this.id,
          v3AndBelowProducerId: this.producerId,
          v3AndBelowProducerEpoch: this.epoch,
          v3AndBelowTopics: [{ name: topic.name, partitions }],
        },
        3,
      )
      // Kafka answers in the order of a hash map.
      const codes = found.resultsByTopicV3AndBelow
        .flatMap(({ resultsByPartition }) => resultsByPartition)
        .toSorted((one, other) => one.partitionIndex - other.partitionIndex)
        .map(one => one.partitionErrorCode)
      return { errorCode: codes[0] ?? 0, codes }
    })
    return answer.codes
  }

  async send(leader: RawClient, topic: OwnTopic, values: string[], rest: object = {}) {
    const batch = batchOf(values, {
      producerId: this.producerId,
      producerEpoch: this.epoch,
      baseSequence: this.sequence,
      isTransactional: true,
    })
    const options = { transactionalId: this.id, version: this.version === 2 ? 13 : 11, ...rest }
    const answer = await patiently(() => produce(leader, topic, batch, options))
    if (answer.errorCode === 0) this.sequence += values.length
    return [answer.errorCode, answer.baseOffset]
  }

  async end(committed: boolean, claim: { producerEpoch?: number; producerId?: bigint } = {}): Promise<number> {
    const answer = await patiently(() =>
      this.coordinator.ask(
        EndTxn,
        { transactionalId: this.id, producerId: this.producerId, producerEpoch: this.epoch, committed, ...claim },
        this.version === 2 ? 5 : 4,
      ),
    )
    if (answer.errorCode === 0 && this.version === 2) {
      this.producerId = answer.producerId
      this.epoch = answer.producerEpoch
      this.sequence = 0
    }
    return answer.errorCode
  }
}

/** Asks again while a transaction before is still being completed. */
function patiently<T extends { readonly errorCode: number }>(ask: () => Promise<T>): Promise<T> {
  const busy = [concurrent, codeOf('COORDINATOR_LOAD_IN_PROGRESS'), codeOf('NOT_ENOUGH_REPLICAS')]
  return eventually(async () => {
    const answer = await ask()
    return busy.includes(answer.errorCode) ? undefined : answer
  })
}

/** How transactions are written, ended and read. */
export function transactionsBehaviour(target: () => Target): void {
  let world: World
  let topic: OwnTopic
  let leader: RawClient
  beforeEach(async () => {
    world = new World(target())
    topic = await world.topic()
    leader = await world.leader(topic)
  })
  afterEach(() => world.close())

  const producerOf = async (version: 1 | 2, id = world.name('txn')): Promise<Producer> => {
    const producer = new Producer(id, version, await world.coordinator(id, 1))
    expect(await producer.init()).toBe(0)
    return producer
  }

  const committed = async (offset = 0n) => {
    const { values, abortedTransactions, lastStableOffset, highWatermark } = await fetch(leader, topic, {
      offset,
      isolationLevel: 1,
    })
    return { values, aborted: abortedTransactions, lastStableOffset, highWatermark }
  }

  /** Waits until all that was begun has ended. */
  const stable = () =>
    eventually(async () => {
      const found = await committed()
      return found.lastStableOffset === found.highWatermark ? found : undefined
    })

  describe.each([1, 2] as const)('a transaction of version %i', version => {
    let producer: Producer
    const begin = async (): Promise<void> => {
      if (version === 1) expect(await producer.add(topic)).toEqual([0])
    }
    beforeEach(async () => {
      producer = await producerOf(version)
    })

    it('is read when it is committed', async () => {
      await begin()
      expect(await producer.send(leader, topic, ['a', 'b'])).toEqual([0, 0n])
      // Until then, those who read committed records only see nothing of it, nor of what is behind it.
      await produce(leader, topic, batchOf(['c']))
      expect(await committed()).toEqual({ values: [], aborted: [], lastStableOffset: 0n, highWatermark: 3n })
      expect((await fetch(leader, topic)).values).toEqual(['0:a', '1:b', '2:c'])
      expect(await producer.end(true)).toBe(0)
      const found = await stable()
      expect(found).toEqual({ values: ['0:a', '1:b', '2:c'], aborted: [], lastStableOffset: 4n, highWatermark: 4n })
    })

    it('that is aborted is told to those who read committed records only', async () => {
      const { producerId } = producer
      await begin()
      await producer.send(leader, topic, ['a'])
      expect(await producer.end(false)).toBe(0)
      const found = await stable()
      expect(found).toMatchObject({ values: ['0:a'], aborted: [{ producerId, firstOffset: 0n }], highWatermark: 2n })
      expect((await committed(2n)).aborted).toEqual([])
    })

    it('ends with a marker', async () => {
      const { producerId, epoch } = producer
      await begin()
      await producer.send(leader, topic, ['a'])
      await producer.end(true)
      await stable()
      const { records } = await fetch(leader, topic, { offset: 1n })
      const [batch] = [...recordBatches(records ?? Buffer.alloc(0))]
      expect(batch).toMatchObject({ isControl: true, isTransactional: true, producerId, baseSequence: -1 })
      expect(batch?.producerEpoch).toBe(version === 2 ? epoch + 1 : epoch)
      const [record] = [...(batch ?? [])]
      expect(record && readControlRecord(record).type).toBe('commit')
    })

    it('is followed by the next', async () => {
      for (const [values, isCommitted] of [
        [['a'], true],
        [['b'], false],
        [['c'], true],
      ] as const) {
        await begin()
        expect((await producer.send(leader, topic, [...values]))[0]).toBe(0)
        expect(await producer.end(isCommitted)).toBe(0)
      }
      const { values } = await stable()
      expect(values).toEqual(['0:a', '2:b', '4:c'])
    })

    it('is over once: ended again it is the same, ended otherwise it is refused', async () => {
      const claim = { producerEpoch: producer.epoch, producerId: producer.producerId }
      await begin()
      await producer.send(leader, topic, ['a'])
      expect(await producer.end(true)).toBe(0)
      expect(await producer.end(true, claim)).toBe(0)
      expect(await producer.end(false, claim)).toBe(codeOf('INVALID_TXN_STATE'))
    })

    it('that never began cannot be committed', async () => {
      expect(await producer.end(true)).toBe(codeOf('INVALID_TXN_STATE'))
    })

    it('that never began can be aborted only in version 2, which brings a new epoch', async () => {
      const { epoch } = producer
      expect(await producer.end(false)).toBe(version === 2 ? 0 : codeOf('INVALID_TXN_STATE'))
      expect(producer.epoch).toBe(version === 2 ? epoch + 1 : epoch)
    })

    it('is aborted when another producer takes over, which fences the first', async () => {
      await begin()
      await producer.send(leader, topic, ['a'])
      const other = await producerOf(version, producer.id)
      expect(other.producerId).toBe(producer.producerId)
      expect(other.epoch).toBe(producer.epoch + 2)
      const { aborted } = await stable()
      expect(aborted).toEqual([{ producerId: producer.producerId, firstOffset: 0n }])
      expect((await producer.send(leader, topic, ['b']))[0]).toBe(codeOf('INVALID_PRODUCER_EPOCH'))
      expect(await producer.end(true)).toBe(codeOf('PRODUCER_FENCED'))
      expect(await producer.add(topic)).toEqual([codeOf('PRODUCER_FENCED')])
    })

    it('is aborted when it takes too long', async () => {
      expect(await producer.init({ transactionTimeoutMs: 200 })).toBe(0)
      await begin()
      await producer.send(leader, topic, ['a'])
      const { aborted } = await stable()
      expect(aborted).toEqual([{ producerId: producer.producerId, firstOffset: 0n }])
      // In version 2 its epoch is the one before, as that of a producer whose answer was lost.
      expect(await producer.end(true)).toBe(codeOf(version === 2 ? 'INVALID_TXN_STATE' : 'PRODUCER_FENCED'))
      const { producerId, epoch: producerEpoch } = producer
      for (let again = 0; again < 2; again++) {
        expect(await producer.init({ producerId, producerEpoch })).toBe(0)
        expect(producer.epoch).toBe(producerEpoch + 1)
      }
      expect(await producer.init({ producerId, producerEpoch: producer.epoch })).toBe(0)
      expect(await producer.init({ producerId, producerEpoch })).toBe(codeOf('PRODUCER_FENCED'))
    })

    it('is aborted when its own producer begins anew, which goes on with the next epoch', async () => {
      await begin()
      await producer.send(leader, topic, ['a'])
      const { producerId, epoch: producerEpoch } = producer
      for (let again = 0; again < 2; again++) {
        expect(await producer.init({ producerId, producerEpoch })).toBe(0)
        expect(producer.epoch).toBe(producerEpoch + 1)
      }
      expect((await stable()).aborted).toEqual([{ producerId, firstOffset: 0n }])
    })

    it('is open to its own producer alone, from its first sequence number on', async () => {
      await begin()
      expect(await producer.send(leader, topic, ['a'])).toEqual([0, 0n])
      const plain = async (of: Producer, baseSequence: number) => {
        const { producerId, epoch: producerEpoch } = of
        return (await produce(leader, topic, batchOf(['b'], { producerId, producerEpoch, baseSequence }))).errorCode
      }
      expect(await plain(producer, 5)).toBe(codeOf('OUT_OF_ORDER_SEQUENCE_NUMBER'))
      expect(await plain(producer, 1)).toBe(codeOf('INVALID_TXN_STATE'))
      // One that was not added, or does not begin with 0, leaves traces.
      const other = await producerOf(version)
      other.sequence = 3
      const refused = version === 2 ? 'OUT_OF_ORDER_SEQUENCE_NUMBER' : 'TRANSACTION_ABORTABLE'
      expect((await other.send(leader, topic, ['c']))[0]).toBe(codeOf(refused))
      expect(await plain(other, 4)).toBe(codeOf('OUT_OF_ORDER_SEQUENCE_NUMBER'))
      expect(await plain(other, 0)).toBe(0)
    })

    it('holds no records that are not part of it', async () => {
      await begin()
      await producer.send(leader, topic, ['a'])
      const { producerId, epoch: producerEpoch } = producer
      const answer = await produce(leader, topic, batchOf(['b'], { producerId, producerEpoch, baseSequence: 1 }))
      expect(answer.errorCode).toBe(codeOf('INVALID_TXN_STATE'))
    })

    it('hides offsets of a group until it is committed', async () => {
      const group = world.name('group')
      const coordinator = await world.coordinator(group)
      const read = async (requireStable: boolean) => {
        const topics = [{ name: topic.name, topicId: topic.id, partitionIndexes: [0] }]
        const { groups } = await coordinator.ask(OffsetFetch, { groups: [{ groupId: group, topics }], requireStable })
        const [found] = groups[0]?.topics[0]?.partitions ?? []
        return [found?.errorCode, found?.committedOffset]
      }
      const commit = async (offset: bigint, rest: object = {}) => {
        const partitions = [{ partitionIndex: 0, committedOffset: offset, committedMetadata: null }]
        const { producerId, epoch: producerEpoch, id: transactionalId } = producer
        const answer = await patiently(async () => {
          const { topics } = await coordinator.ask(
            TxnOffsetCommit,
            {
              transactionalId,
              groupId: group,
              producerId,
              producerEpoch,
              topics: [{ name: topic.name, partitions }],
              ...rest,
            },
            version === 2 ? 5 : 4,
          )
          return { errorCode: topics[0]?.partitions[0]?.errorCode ?? 0 }
        })
        return answer.errorCode
      }
      if (version === 1) {
        expect(await commit(5n)).toBe(codeOf('TRANSACTION_ABORTABLE'))
        const { producerId, epoch: producerEpoch, id: transactionalId } = producer
        const added = await producer.coordinator.ask(AddOffsetsToTxn, {
          transactionalId,
          producerId,
          producerEpoch,
          groupId: group,
        })
        expect(added.errorCode).toBe(0)
      }
      expect(await commit(5n)).toBe(0)
      expect(await read(true)).toEqual([codeOf('UNSTABLE_OFFSET_COMMIT'), -1n])
      expect(await read(false)).toEqual([0, -1n])
      expect(await producer.end(true)).toBe(0)
      await eventually(async () => ((await read(true))[0] === 0 ? true : undefined))
      expect(await read(true)).toEqual([0, 5n])
      // What is committed without it meanwhile is newer.
      if (version === 2) {
        expect(await commit(8n)).toBe(0)
        await coordinator.ask(OffsetCommit, {
          groupId: group,
          generationIdOrMemberEpoch: -1,
          memberId: '',
          topics: [
            {
              name: topic.name,
              topicId: topic.id,
              partitions: [{ partitionIndex: 0, committedOffset: 5n, committedMetadata: null }],
            },
          ],
        })
        expect(await producer.end(true)).toBe(0)
        await eventually(async () => ((await read(true))[0] === 0 ? true : undefined))
        expect(await read(true)).toEqual([0, 5n])
      }
      // Those of an aborted one are gone.
      if (version === 1) {
        const { producerId, epoch: producerEpoch, id: transactionalId } = producer
        await patiently(() =>
          producer.coordinator.ask(AddOffsetsToTxn, { transactionalId, producerId, producerEpoch, groupId: group }),
        )
      }
      expect(await commit(9n)).toBe(0)
      expect(await producer.end(false)).toBe(0)
      await eventually(async () => ((await read(true))[0] === 0 ? true : undefined))
      expect(await read(true)).toEqual([0, 5n])
      expect(await commit(9n, { generationIdOrMemberEpoch: 3, memberId: 'nobody' })).toBe(
        version === 2 ? codeOf('UNKNOWN_MEMBER_ID') : codeOf('TRANSACTION_ABORTABLE'),
      )
    })
  })

  describe('the end of the log', () => {
    it('for those who read committed records only is where the first open transaction begins', async () => {
      const producer = await producerOf(2)
      const later = BigInt(Date.now()) + 60_000n
      await produce(leader, topic, batchOf(['a'], { timestamps: [100n] }))
      await producer.send(leader, topic, ['b'])
      await produce(leader, topic, batchOf(['c'], { timestamps: [later] }))
      const list = async (timestamp: bigint, isolationLevel: number) => {
        const { topics } = await leader.ask(ListOffsets, {
          replicaId: -1,
          isolationLevel,
          topics: [{ name: topic.name, partitions: [{ partitionIndex: 0, timestamp }] }],
        })
        return topics[0]?.partitions[0]?.offset
      }
      expect([await list(-1n, 0), await list(-1n, 1)]).toEqual([3n, 1n])
      expect([await list(later, 0), await list(later, 1)]).toEqual([2n, -1n])
      expect([await list(100n, 0), await list(100n, 1)]).toEqual([0n, 0n])
    })
  })

  describe('what is not part of a transaction', () => {
    it('is refused in version 1', async () => {
      const producer = await producerOf(1)
      expect((await producer.send(leader, topic, ['a']))[0]).toBe(codeOf('TRANSACTION_ABORTABLE'))
      expect((await producer.send(leader, topic, ['a'], { version: 10 }))[0]).toBe(codeOf('INVALID_TXN_STATE'))
    })

    it('is refused without a transactional id', async () => {
      const producer = await producerOf(2)
      const answer = await producer.send(leader, topic, ['a'], { transactionalId: undefined })
      expect(answer[0]).toBe(codeOf('TRANSACTIONAL_ID_AUTHORIZATION_FAILED'))
    })

    it('all or none of several partitions are added', async () => {
      const producer = await producerOf(1)
      expect(await producer.add(topic, [0, 7])).toEqual([
        codeOf('OPERATION_NOT_ATTEMPTED'),
        codeOf('UNKNOWN_TOPIC_OR_PARTITION'),
      ])
    })
  })

  describe('InitProducerId', () => {
    it('brings the next epoch each time', async () => {
      const producer = await producerOf(2)
      const { producerId, epoch } = producer
      expect(epoch).toBe(0)
      expect(await producer.init()).toBe(0)
      expect([producer.producerId, producer.epoch]).toEqual([producerId, 1])
    })

    it('lets a producer go on with its own epoch, and no other', async () => {
      const producer = await producerOf(2)
      const { producerId } = producer
      expect(await producer.init({ producerId, producerEpoch: 0 })).toBe(0)
      expect(producer.epoch).toBe(1)
      // Its answer was lost, it asks again.
      expect(await producer.init({ producerId, producerEpoch: 0 })).toBe(0)
      expect(producer.epoch).toBe(1)
      expect(await producer.init()).toBe(0)
      expect(await producer.init({ producerId, producerEpoch: 0 })).toBe(codeOf('PRODUCER_FENCED'))
      expect(await producer.init({ producerId: producerId + 1000n, producerEpoch: 2 })).toBe(codeOf('PRODUCER_FENCED'))
    })

    it.each([
      ['the empty id', { transactionalId: '' }, 'INVALID_REQUEST'],
      ['no time', { transactionTimeoutMs: 0 }, 'INVALID_TRANSACTION_TIMEOUT'],
      ['too much time', { transactionTimeoutMs: 1_000_000_000 }, 'INVALID_TRANSACTION_TIMEOUT'],
    ] as const)('refuses %s', async (_name, rest, error) => {
      const producer = await producerOf(2)
      expect(await producer.init(rest)).toBe(codeOf(error))
    })

    it('at another broker is told so', async () => {
      const { id } = await producerOf(2)
      const { other } = await world.coordinators(id, 1)
      expect(await new Producer(id, 2, await world.client(other)).init()).toBe(codeOf('NOT_COORDINATOR'))
    })
  })

  it('who does not have the producer id that is known is refused', async () => {
    const producer = await producerOf(2)
    expect(await producer.end(true, { producerId: producer.producerId + 1000n })).toBe(
      codeOf('INVALID_PRODUCER_ID_MAPPING'),
    )
    const id = world.name('txn')
    const other = new Producer(id, 1, await world.coordinator(id, 1))
    expect(await other.end(true)).toBe(codeOf('INVALID_PRODUCER_ID_MAPPING'))
    expect(await other.add(topic)).toEqual([codeOf('INVALID_PRODUCER_ID_MAPPING')])
  })
}
