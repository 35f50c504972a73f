import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DeleteTopics } from '../../../../src/protocol/messages/delete-topics.js'
import { Fetch, type FetchResponse } from '../../../../src/protocol/messages/fetch.js'
import { InitProducerId } from '../../../../src/protocol/messages/init-producer-id.js'
import { ListOffsets } from '../../../../src/protocol/messages/list-offsets.js'
import { OffsetForLeaderEpoch } from '../../../../src/protocol/messages/offset-for-leader-epoch.js'
import { Produce } from '../../../../src/protocol/messages/produce.js'
import type { Compression } from '../../../../src/protocol/records/compression/compression.js'
import { recordBatches } from '../../../../src/protocol/records/record-batches.js'
import { zeroUuid } from '../../../../src/protocol/uuid.js'
import { readVectors } from '../../../protocol/records/vectors.js'
import type { RawClient } from './raw-client.js'
import {
  batchOf,
  codeOf,
  eventually,
  type FetchOptions,
  fetch,
  fetchOf,
  type OwnTopic,
  produce,
  type Target,
  World,
} from './world.js'

/** How records are appended and read. */
export function logsBehaviour(target: () => Target): void {
  let world: World
  beforeEach(() => {
    world = new World(target())
  })
  afterEach(() => world.close())

  describe('Produce', () => {
    it('counts offsets', async () => {
      const topic = await world.topic()
      const leader = await world.leader(topic)
      const answers = [
        await produce(leader, topic, batchOf(['a', 'b'])),
        await produce(leader, topic, batchOf(['c']), { acks: 1 }),
        await produce(leader, topic, batchOf(['d']), { version: 3 }),
      ]
      expect(
        answers.map(({ errorCode, baseOffset, logAppendTimeMs }) => ({ errorCode, baseOffset, logAppendTimeMs })),
      ).toEqual([0n, 2n, 3n].map(baseOffset => ({ errorCode: 0, baseOffset, logAppendTimeMs: -1n })))
      expect(answers[0]?.logStartOffset).toBe(0n)
      expect((await fetch(leader, topic)).values).toEqual(['0:a', '1:b', '2:c', '3:d'])
    })

    it.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)('keeps batches of %s as they are', async compression => {
      const topic = await world.topic()
      const leader = await world.leader(topic)
      const compressed = compressedBatch(compression)
      expect(await produce(leader, topic, compressed)).toMatchObject({ errorCode: 0, baseOffset: 0n })
      const { records } = await fetch(leader, topic)
      // But for the epoch of the leader, which is outside of the checksum.
      expect(records?.subarray(16)).toEqual(compressed.subarray(16))
      expect(records?.readInt32BE(12)).toBe(0)
    })

    it('without acks, answers nothing and goes on', async () => {
      const topic = await world.topic()
      const leader = await world.leader(topic)
      leader.tell(Produce, body(topic, batchOf(['a']), 0))
      expect((await produce(leader, topic, batchOf(['b']))).baseOffset).toBe(1n)
    })

    it('without acks, hangs up when something is wrong', async () => {
      const topic = await world.topic()
      const leader = await world.leader(topic)
      leader.tell(Produce, body({ ...topic, id: 'AAAAAAAAAAAAAAAAAAAAAg' }, batchOf(['a']), 0))
      await leader.hungUp
    })

    it.each([
      ['no batch', () => Buffer.alloc(0), 'INVALID_RECORD'],
      ['two batches', () => Buffer.concat([batchOf(['a']), batchOf(['b'])]), 'INVALID_RECORD'],
      [
        'a batch whose checksum is wrong',
        () => changed(batchOf(['abc']), bytes => bytes.writeUInt8(1, bytes.length - 3)),
        'CORRUPT_MESSAGE',
      ],
      ['a batch that begins at another offset than 0', () => batchOf(['a'], { baseOffset: 5n }), 'INVALID_RECORD'],
      ['a batch with gaps', () => batchOf(['a'], { lastOffset: 4n }), 'INVALID_RECORD'],
      ['a batch without records', () => batchOf([]), 'INVALID_RECORD'],
      ['a control batch', () => batchOf(['a'], { isControl: true }), 'INVALID_RECORD'],
      [
        'a producer without a sequence number',
        () => batchOf(['a'], { producerId: 7n, producerEpoch: 0 }),
        'INVALID_RECORD',
      ],
      ['a batch that is too large', () => batchOf(['x'.repeat(1_048_588)]), 'MESSAGE_TOO_LARGE'],
    ] as const)('refuses %s', async (_name, records, error) => {
      const topic = await world.topic()
      const leader = await world.leader(topic)
      expect(await produce(leader, topic, records())).toMatchObject({ errorCode: codeOf(error), baseOffset: -1n })
      expect((await fetch(leader, topic)).highWatermark).toBe(0n)
    })

    it('refuses acks that are none', async () => {
      const topic = await world.topic()
      const leader = await world.leader(topic)
      const answer = await produce(leader, topic, batchOf(['a']), { acks: 2 })
      expect(answer.errorCode).toBe(codeOf('INVALID_REQUIRED_ACKS'))
    })

    it('refuses topics and partitions that there are not', async () => {
      const topic = await world.topic()
      const leader = await world.leader(topic)
      const unknownId = { ...topic, id: 'AAAAAAAAAAAAAAAAAAAAAg' }
      const unknownName = { ...topic, name: world.name() }
      const codes = [
        await produce(leader, unknownId, batchOf(['a'])),
        await produce(leader, unknownName, batchOf(['a']), { version: 12 }),
        await produce(leader, topic, batchOf(['a']), { partition: 1 }),
      ].map(({ errorCode }) => errorCode)
      expect(codes).toEqual(
        (['UNKNOWN_TOPIC_ID', 'UNKNOWN_TOPIC_OR_PARTITION', 'UNKNOWN_TOPIC_OR_PARTITION'] as const).map(codeOf),
      )
    })

    it('refuses zstd before version 7', async () => {
      const topic = await world.topic()
      const leader = await world.leader(topic)
      const answer = await produce(leader, topic, compressedBatch('zstd'), { version: 6 })
      expect(answer.errorCode).toBe(codeOf('UNSUPPORTED_COMPRESSION_TYPE'))
    })

    it('to another broker says who leads', async () => {
      const topic = await world.topic(2)
      const [leaderId = 0, otherId = 0] = topic.leaders
      const other = await world.client(otherId)
      const { responses, nodeEndpoints } = await other.ask(Produce, body(topic, batchOf(['a']), -1))
      expect(responses[0]?.partitionResponses[0]).toMatchObject({
        errorCode: codeOf('NOT_LEADER_OR_FOLLOWER'),
        currentLeader: { leaderId, leaderEpoch: 0 },
      })
      expect(nodeEndpoints).toMatchObject(
        [{ nodeId: leaderId, ...target().brokers.get(leaderId) }].map(({ nodeId, host, port }) => ({
          nodeId,
          host,
          port,
        })),
      )
    })

    it('of a topic that wants more replicas in sync than it has is taken', async () => {
      const topic = await world.topic(1, { 'min.insync.replicas': '2' })
      const leader = await world.leader(topic)
      expect((await produce(leader, topic, batchOf(['a']))).errorCode).toBe(0)
    })

    it('of a compacted topic wants keys', async () => {
      const topic = await world.topic(1, { 'cleanup.policy': 'compact' })
      const leader = await world.leader(topic)
      const { errorCode, recordErrors } = await produce(leader, topic, batchOf(['a', 'b']))
      expect(errorCode).toBe(codeOf('INVALID_RECORD'))
      expect(recordErrors.map(({ batchIndex }) => batchIndex)).toEqual([0, 1])
      expect((await produce(leader, topic, batchOf(['a'], { key: 'k' }))).errorCode).toBe(0)
    })

    it('refuses timestamps far from its clock', async () => {
      const topic = await world.topic(1, { 'message.timestamp.before.max.ms': '1000' })
      const leader = await world.leader(topic)
      const now = BigInt(Date.now())
      const { errorCode, recordErrors } = await produce(
        leader,
        topic,
        batchOf(['a', 'b', 'c'], { timestamps: [now, now - 60_000n, now + 7_200_000n] }),
      )
      expect(errorCode).toBe(codeOf('INVALID_TIMESTAMP'))
      expect(recordErrors.map(({ batchIndex }) => batchIndex)).toEqual([1, 2])
    })

    it('stamps the time of the append on a topic that wants that', async () => {
      const topic = await world.topic(1, { 'message.timestamp.type': 'LogAppendTime' })
      const leader = await world.leader(topic)
      const before = BigInt(Date.now()) - 1000n
      const { logAppendTimeMs } = await produce(leader, topic, batchOf(['a', 'b']))
      expect(logAppendTimeMs).toBeGreaterThan(before)
      const { records } = await fetch(leader, topic)
      const [batch] = [...recordBatches(records ?? Buffer.alloc(0))]
      expect(batch?.timestampType).toBe('logAppendTime')
      expect([...(batch ?? [])].map(({ timestamp }) => timestamp)).toEqual([logAppendTimeMs, logAppendTimeMs])
    })
  })

  describe('an idempotent producer', () => {
    const producerOf = async (): Promise<bigint> => {
      const client = await world.client()
      const { producerId, producerEpoch } = await eventually(async () => {
        const answer = await client.ask(InitProducerId, { transactionalId: null, transactionTimeoutMs: 60_000 })
        return answer.errorCode === 0 ? answer : undefined
      })
      expect(producerEpoch).toBe(0)
      return producerId
    }

    it('has an id of its own', async () => {
      expect(await producerOf()).not.toBe(await producerOf())
    })

    it('must give both of id and epoch or none', async () => {
      const client = await world.client()
      const { errorCode } = await client.ask(InitProducerId, {
        transactionalId: null,
        transactionTimeoutMs: 1,
        producerId: 5n,
      })
      expect(errorCode).toBe(codeOf('INVALID_REQUEST'))
    })

    it('has its batches appended once and in order', async () => {
      const topic = await world.topic()
      const leader = await world.leader(topic)
      const producerId = await producerOf()
      const send = async (values: string[], baseSequence: number, producerEpoch = 0) => {
        const answer = await produce(leader, topic, batchOf(values, { producerId, producerEpoch, baseSequence }))
        return [answer.errorCode, answer.baseOffset]
      }
      expect(await send(['a', 'b'], 0)).toEqual([0, 0n])
      expect(await send(['c'], 2)).toEqual([0, 2n])
      // Again, in any order: told the offset that it has.
      expect(await send(['c'], 2)).toEqual([0, 2n])
      expect(await send(['a', 'b'], 0)).toEqual([0, 0n])
      // One is missing.
      expect(await send(['e'], 4)).toEqual([codeOf('OUT_OF_ORDER_SEQUENCE_NUMBER'), -1n])
      // Only part of one that is there.
      expect(await send(['b'], 1)).toEqual([codeOf('OUT_OF_ORDER_SEQUENCE_NUMBER'), -1n])
      // A new epoch begins at 0, and ends the one before.
      expect(await send(['x'], 3, 1)).toEqual([codeOf('OUT_OF_ORDER_SEQUENCE_NUMBER'), -1n])
      expect(await send(['d'], 0, 1)).toEqual([0, 3n])
      expect(await send(['d'], 3, 0)).toEqual([codeOf('INVALID_PRODUCER_EPOCH'), -1n])
      expect((await fetch(leader, topic)).values).toEqual(['0:a', '1:b', '2:c', '3:d'])
    })

    it('has its last five batches remembered', async () => {
      const topic = await world.topic()
      const leader = await world.leader(topic)
      const producerId = await producerOf()
      const send = async (baseSequence: number) => {
        const answer = await produce(leader, topic, batchOf(['a'], { producerId, producerEpoch: 0, baseSequence }))
        return [answer.errorCode, answer.baseOffset]
      }
      for (let sequence = 0; sequence < 6; sequence++) expect(await send(sequence)).toEqual([0, BigInt(sequence)])
      expect(await send(1)).toEqual([0, 1n])
      expect(await send(0)).toEqual([codeOf('OUT_OF_ORDER_SEQUENCE_NUMBER'), -1n])
    })

    it('whom the partition does not know may begin anywhere, and goes on behind the last int32 with 0', async () => {
      const topic = await world.topic()
      const leader = await world.leader(topic)
      const producerId = await producerOf()
      const send = async (values: string[], baseSequence: number) => {
        const answer = await produce(leader, topic, batchOf(values, { producerId, producerEpoch: 0, baseSequence }))
        return [answer.errorCode, answer.baseOffset]
      }
      expect(await send(['a'], 0x7ffffffe)).toEqual([0, 0n])
      expect(await send(['b', 'c'], 0x7fffffff)).toEqual([0, 1n])
      expect(await send(['d'], 1)).toEqual([0, 3n])
    })
  })

  describe('Fetch', () => {
    let topic: OwnTopic
    let leader: RawClient
    beforeEach(async () => {
      topic = await world.topic()
      leader = await world.leader(topic)
    })

    it('of an empty partition', async () => {
      const { errorCode, highWatermark, lastStableOffset, logStartOffset, records } = await fetch(leader, topic)
      expect({ errorCode, highWatermark, lastStableOffset, logStartOffset, length: records?.length ?? 0 }).toEqual({
        errorCode: 0,
        highWatermark: 0n,
        lastStableOffset: 0n,
        logStartOffset: 0n,
        length: 0,
      })
    })

    it('begins with the batch that holds the offset', async () => {
      await produce(leader, topic, batchOf(['a', 'b', 'c']))
      await produce(leader, topic, batchOf(['d']))
      expect((await fetch(leader, topic, { offset: 1n })).values).toEqual(['0:a', '1:b', '2:c', '3:d'])
      expect((await fetch(leader, topic, { offset: 3n })).values).toEqual(['3:d'])
      expect((await fetch(leader, topic, { offset: 4n })).values).toEqual([])
      expect((await fetch(leader, topic, { offset: 3n, version: 4 })).values).toEqual(['3:d'])
    })

    it('refuses offsets that are not there', async () => {
      await produce(leader, topic, batchOf(['a']))
      for (const offset of [2n, -1n]) {
        const { errorCode, highWatermark } = await fetch(leader, topic, { offset })
        expect({ errorCode, highWatermark }).toEqual({ errorCode: codeOf('OFFSET_OUT_OF_RANGE'), highWatermark: -1n })
      }
    })

    it('gives the first batch even when it is too large, and only that', async () => {
      await produce(leader, topic, batchOf(['a'.repeat(500)]))
      await produce(leader, topic, batchOf(['b']))
      expect((await fetch(leader, topic, { partitionMaxBytes: 1 })).values.length).toBe(1)
      expect((await fetch(leader, topic, { maxBytes: 1 })).values.length).toBe(1)
    })

    it('gives nothing of further partitions when there is no room', async () => {
      const two = await world.topic(2, {}, world.name())
      const [first = 0] = two.leaders
      const both = { ...two, leaders: [first, first] }
      // Both partitions on one broker, as they may not be: then the second is refused.
      const client = await world.client(first)
      await produce(client, both, batchOf(['a'.repeat(500)]))
      const fetched = fetchOf(both, { maxBytes: 10 })
      const [wanted] = fetched.topics
      const again = {
        ...fetched,
        topics: [
          {
            ...wanted,
            partitions: [...(wanted?.partitions ?? []), { partition: 7, fetchOffset: 0n, partitionMaxBytes: 1000 }],
          },
        ],
      }
      const { responses } = await client.ask(Fetch, again as never)
      const codes = new Map(
        responses[0]?.partitions.map(({ partitionIndex, errorCode }) => [partitionIndex, errorCode]),
      )
      expect(codes).toEqual(
        new Map([
          [0, 0],
          [7, codeOf('UNKNOWN_TOPIC_OR_PARTITION')],
        ]),
      )
    })

    it('waits for what is not there yet', async () => {
      const other = await world.leader(topic)
      const fetching = fetch(leader, topic, { maxWaitMs: 20_000 })
      await sleep(100)
      await produce(other, topic, batchOf(['a']))
      expect((await fetching).values).toEqual(['0:a'])
    })

    it('waits for as many bytes as are wanted', async () => {
      const other = await world.leader(topic)
      await produce(other, topic, batchOf(['x'.repeat(90)]))
      const fetching = fetch(leader, topic, { maxWaitMs: 20_000, minBytes: 300 })
      expect(await Promise.race([fetching, sleep(100, 'waits')])).toBe('waits')
      await produce(other, topic, batchOf(['x'.repeat(90)]))
      expect((await fetching).values.length).toBe(2)
    })

    it('waits no longer than it is told', async () => {
      const { errorCode, values } = await fetch(leader, topic, { maxWaitMs: 50 })
      expect({ errorCode, values }).toEqual({ errorCode: 0, values: [] })
    })

    it('does not wait when something is wrong', async () => {
      const { errorCode } = await fetch(leader, topic, { maxWaitMs: 60_000, offset: 9n })
      expect(errorCode).toBe(codeOf('OFFSET_OUT_OF_RANGE'))
    })

    it('knows epochs of leaders', async () => {
      await produce(leader, topic, batchOf(['a']))
      expect((await fetch(leader, topic, { currentLeaderEpoch: 0 })).errorCode).toBe(0)
      expect((await fetch(leader, topic, { currentLeaderEpoch: 1 })).errorCode).toBe(codeOf('UNKNOWN_LEADER_EPOCH'))
      expect((await fetch(leader, topic, { currentLeaderEpoch: 0, lastFetchedEpoch: 0 })).errorCode).toBe(0)
      const ahead = await fetch(leader, topic, { currentLeaderEpoch: 0, lastFetchedEpoch: 5 })
      expect(ahead.errorCode).toBe(codeOf('OFFSET_OUT_OF_RANGE'))
    })

    it('does not look at an epoch below 0', async () => {
      for (const currentLeaderEpoch of [-1, -2, -5]) {
        expect((await fetch(leader, topic, { currentLeaderEpoch })).errorCode).toBe(0)
      }
    })

    it('does not know what to do with isolation levels that there are not', async () => {
      const errorCode = codeOf('UNKNOWN_SERVER_ERROR')
      for (const isolationLevel of [2, -1]) {
        const answer = await leader.ask(Fetch, fetchOf(topic, { isolationLevel }))
        expect([answer.errorCode, answer.sessionId, answer.responses]).toEqual([errorCode, 0, []])
        const old = await leader.ask(Fetch, fetchOf(topic, { isolationLevel }), 12)
        expect([old.errorCode, old.responses[0]?.partitions[0]?.errorCode]).toEqual([errorCode, errorCode])
      }
    })

    it('does not know how to read less than nothing', async () => {
      const errorCode = codeOf('UNKNOWN_SERVER_ERROR')
      await produce(leader, topic, batchOf(['a']))
      expect((await fetch(leader, topic, { maxBytes: -1 })).errorCode).toBe(errorCode)
      expect((await fetch(leader, topic, { partitionMaxBytes: -1, maxWaitMs: 60_000 })).errorCode).toBe(errorCode)
      expect((await fetch(leader, topic, { minBytes: -1 })).errorCode).toBe(0)
      const end = (await fetch(leader, topic)).highWatermark
      expect((await fetch(leader, topic, { maxBytes: -1, offset: end })).errorCode).toBe(0)
    })

    it('tells of no aborted transactions where there is nothing to be read from', async () => {
      const told = async (where: OwnTopic, options: FetchOptions = {}) =>
        (await fetch(leader, where, { isolationLevel: 1, ...options })).abortedTransactions
      expect(await told({ ...topic, id: 'AAAAAAAAAAAAAAAAAAAABQ' })).toEqual([])
      expect(await told(topic, { partition: 7 })).toEqual([])
      expect(await told(topic, { offset: 1000n })).toBe(null)
      expect(await told(topic, { currentLeaderEpoch: 99 })).toBe(null)
    })

    it('refuses a topic that there is not, by id and by name', async () => {
      const unknown = { ...topic, id: 'AAAAAAAAAAAAAAAAAAAAAg', name: world.name() }
      expect((await fetch(leader, unknown)).errorCode).toBe(codeOf('UNKNOWN_TOPIC_ID'))
      expect((await fetch(leader, unknown, { version: 12 })).errorCode).toBe(codeOf('UNKNOWN_TOPIC_OR_PARTITION'))
    })

    it('to another broker says who leads', async () => {
      const wide = await world.topic(2)
      const [leaderId = 0, otherId = 0] = wide.leaders
      const other = await world.client(otherId)
      const { responses, nodeEndpoints } = await other.ask(Fetch, fetchOf(wide))
      expect(responses[0]?.partitions[0]).toMatchObject({
        errorCode: codeOf('NOT_LEADER_OR_FOLLOWER'),
        currentLeader: { leaderId, leaderEpoch: 0 },
      })
      expect(nodeEndpoints.map(({ nodeId }) => nodeId)).toEqual([leaderId])
    })
  })

  describe('a fetch session', () => {
    it('remembers partitions and tells only what is new', async () => {
      const topic = await world.topic()
      const leader = await world.leader(topic)
      const ask = (options: Parameters<typeof fetchOf>[1], topics?: []) =>
        leader.ask(Fetch, { ...fetchOf(topic, options), ...(topics && { topics }) })
      const told = (answer: Awaited<ReturnType<typeof ask>>) =>
        answer.responses.flatMap(({ partitions }) => partitions.map(({ highWatermark }) => highWatermark))
      const first = await ask({ sessionEpoch: 0 })
      const { sessionId } = first
      expect(sessionId).toBeGreaterThan(0)
      expect(told(first)).toEqual([0n])
      expect(told(await ask({ sessionId, sessionEpoch: 1 }, []))).toEqual([])
      await produce(leader, topic, batchOf(['a', 'b']))
      expect(told(await ask({ sessionId, sessionEpoch: 2 }, []))).toEqual([2n])
      // Asked for again from behind it, there is nothing new.
      expect(told(await ask({ sessionId, sessionEpoch: 3, offset: 2n }))).toEqual([])
      const repeated = await ask({ sessionId, sessionEpoch: 3 }, [])
      expect(repeated.errorCode).toBe(codeOf('INVALID_FETCH_SESSION_EPOCH'))
      // Forgotten, the session is empty and ends.
      const forgotten = [{ topicId: topic.id, partitions: [0] }]
      const last = await leader.ask(Fetch, {
        ...fetchOf(topic, { sessionId, sessionEpoch: 4 }),
        topics: [],
        forgottenTopicsData: forgotten,
      })
      expect([last.errorCode, last.sessionId, told(last)]).toEqual([0, 0, []])
      const gone = await ask({ sessionId, sessionEpoch: 5 }, [])
      expect(gone.errorCode).toBe(codeOf('FETCH_SESSION_ID_NOT_FOUND'))
    })

    it('tells errors each time', async () => {
      const topic = await world.topic()
      const leader = await world.leader(topic)
      const { sessionId } = await leader.ask(Fetch, fetchOf(topic, { sessionEpoch: 0, offset: 9n }))
      const again = await leader.ask(Fetch, { ...fetchOf(topic, { sessionId, sessionEpoch: 1 }), topics: [] })
      expect(again.responses.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode))).toEqual([
        codeOf('OFFSET_OUT_OF_RANGE'),
      ])
    })

    it('goes on with the name of a topic that was made anew', async () => {
      const client = await world.client()
      const topic = await world.topic()
      const { name } = topic
      const leaders = await Promise.all([1, 2].map(nodeId => world.client(nodeId)))
      const told = async (leader: RawClient, sessionId: number, sessionEpoch: number) => {
        const { responses } = await leader.ask(Fetch, { ...fetchOf(topic, { sessionId, sessionEpoch }), topics: [] })
        return responses[0]?.partitions[0]?.errorCode
      }
      const opened = await Promise.all(leaders.map(leader => leader.ask(Fetch, fetchOf(topic, { sessionEpoch: 0 }))))
      await client.ask(DeleteTopics, { topics: [{ name, topicId: zeroUuid }], topicNames: [], timeoutMs: 10_000 })
      const leader = leaders[(topic.leaders[0] ?? 1) - 1] as RawClient
      const { sessionId } = opened[(topic.leaders[0] ?? 1) - 1] as FetchResponse
      let epoch = 1
      const missing = codeOf('UNKNOWN_TOPIC_OR_PARTITION')
      await eventually(async () => (await told(leader, sessionId, epoch++)) === missing || undefined)
      const anew = await world.topic(1, {}, name)
      expect(anew.id).not.toBe(topic.id)
      if (anew.leaders[0] === topic.leaders[0]) {
        expect(await told(leader, sessionId, epoch++)).toBe(codeOf('INCONSISTENT_TOPIC_ID'))
      }
      const reader = await world.leader(anew)
      expect((await fetch(reader, topic)).errorCode).toBe(codeOf('UNKNOWN_TOPIC_ID'))
      expect((await produce(reader, topic, batchOf(['a']))).errorCode).toBe(codeOf('UNKNOWN_TOPIC_ID'))
      // By its name it is the new one.
      expect((await produce(reader, topic, batchOf(['a']), { version: 12 })).baseOffset).toBe(0n)
      expect((await fetch(reader, topic, { version: 12 })).values).toEqual(['0:a'])
    })

    it('does not mix names and ids', async () => {
      const topic = await world.topic()
      const leader = await world.leader(topic)
      const { sessionId } = await leader.ask(Fetch, fetchOf(topic, { sessionEpoch: 0 }), 12)
      const { errorCode } = await leader.ask(Fetch, fetchOf(topic, { sessionId, sessionEpoch: 1 }), 13)
      expect(errorCode).toBe(codeOf('FETCH_SESSION_TOPIC_ID_ERROR'))
    })

    it('is closed by its last epoch', async () => {
      const topic = await world.topic()
      const leader = await world.leader(topic)
      const { sessionId } = await leader.ask(Fetch, fetchOf(topic, { sessionEpoch: 0 }))
      const closed = await leader.ask(Fetch, { ...fetchOf(topic, { sessionId, sessionEpoch: -1 }), topics: [] })
      expect([closed.errorCode, closed.sessionId]).toEqual([0, 0])
      const gone = await leader.ask(Fetch, fetchOf(topic, { sessionId, sessionEpoch: 1 }))
      expect(gone.errorCode).toBe(codeOf('FETCH_SESSION_ID_NOT_FOUND'))
    })
  })

  describe('ListOffsets', () => {
    const list = async (
      leader: RawClient,
      topic: OwnTopic,
      timestamp: bigint,
      version?: number,
      currentLeaderEpoch = -1,
    ) => {
      const partitions = [{ partitionIndex: 0, timestamp, currentLeaderEpoch }]
      const { topics } = await leader.ask(
        ListOffsets,
        { replicaId: -1, topics: [{ name: topic.name, partitions }] },
        version,
      )
      const { errorCode, offset, timestamp: at, leaderEpoch } = topics[0]?.partitions[0] ?? {}
      return [errorCode, offset, at, leaderEpoch]
    }

    it('of an empty partition', async () => {
      const topic = await world.topic()
      const leader = await world.leader(topic)
      expect(await list(leader, topic, -1n)).toEqual([0, 0n, -1n, 0])
      expect(await list(leader, topic, -2n)).toEqual([0, 0n, -1n, 0])
      expect(await list(leader, topic, -3n)).toEqual([0, -1n, -1n, -1])
      expect(await list(leader, topic, 0n)).toEqual([0, -1n, -1n, -1])
    })

    it('by timestamp', async () => {
      const topic = await world.topic()
      const leader = await world.leader(topic)
      await produce(leader, topic, batchOf(['a', 'b'], { timestamps: [100n, 200n] }))
      await produce(leader, topic, batchOf(['c', 'd', 'e'], { timestamps: [500n, 300n, 400n] }))
      expect(await list(leader, topic, 0n)).toEqual([0, 0n, 100n, 0])
      expect(await list(leader, topic, 150n)).toEqual([0, 1n, 200n, 0])
      expect(await list(leader, topic, 201n)).toEqual([0, 2n, 500n, 0])
      expect(await list(leader, topic, 501n)).toEqual([0, -1n, -1n, -1])
      expect(await list(leader, topic, -1n)).toEqual([0, 5n, -1n, 0])
      expect(await list(leader, topic, -2n)).toEqual([0, 0n, -1n, 0])
      expect(await list(leader, topic, -3n)).toEqual([0, 2n, 500n, 0])
      expect(await list(leader, topic, -4n)).toEqual([0, 0n, -1n, 0])
      expect(await list(leader, topic, -5n)).toEqual([0, -1n, -1n, -1])
      expect(await list(leader, topic, -1n, 1)).toEqual([0, 5n, -1n, -1])
    })

    it('refuses what its version does not know', async () => {
      const topic = await world.topic()
      const leader = await world.leader(topic)
      for (const [timestamp, version] of [
        [-3n, 6],
        [-4n, 7],
        [-5n, 8],
        [-7n, 11],
      ] as const) {
        expect((await list(leader, topic, timestamp, version))[0]).toBe(codeOf('UNSUPPORTED_VERSION'))
      }
    })

    it('knows epochs, other brokers, and partitions that there are not', async () => {
      const topic = await world.topic(2)
      const leader = await world.leader(topic)
      const other = await world.leader(topic, 1)
      expect((await list(leader, topic, -1n, 11, 3))[0]).toBe(codeOf('UNKNOWN_LEADER_EPOCH'))
      expect((await list(leader, topic, -1n, 11, -2))[0]).toBe(codeOf('FENCED_LEADER_EPOCH'))
      expect((await list(other, topic, -1n))[0]).toBe(codeOf('NOT_LEADER_OR_FOLLOWER'))
      expect((await list(leader, { ...topic, name: world.name() }, -1n))[0]).toBe(codeOf('UNKNOWN_TOPIC_OR_PARTITION'))
    })

    it('refuses a partition that comes twice', async () => {
      const topic = await world.topic()
      const leader = await world.leader(topic)
      const partitions = [-1n, -2n].map(timestamp => ({ partitionIndex: 0, timestamp }))
      const { topics } = await leader.ask(ListOffsets, { replicaId: -1, topics: [{ name: topic.name, partitions }] })
      const codes = topics.flatMap(found => found.partitions.map(({ errorCode }) => errorCode))
      expect(codes).toEqual([codeOf('INVALID_REQUEST')])
    })
  })

  describe('OffsetForLeaderEpoch', () => {
    it('says where an epoch ended', async () => {
      const topic = await world.topic()
      const leader = await world.leader(topic)
      await produce(leader, topic, batchOf(['a', 'b']))
      const ask = async (leaderEpoch: number, currentLeaderEpoch = -1, name = topic.name) => {
        const partitions = [{ partition: 0, currentLeaderEpoch, leaderEpoch }]
        const { topics } = await leader.ask(OffsetForLeaderEpoch, {
          replicaId: -1,
          topics: [{ topic: name, partitions }],
        })
        const { errorCode, leaderEpoch: epoch, endOffset } = topics[0]?.partitions[0] ?? {}
        return [errorCode, epoch, endOffset]
      }
      expect(await ask(0)).toEqual([0, 0, 2n])
      expect(await ask(3)).toEqual([0, -1, -1n])
      expect(await ask(-1)).toEqual([0, -1, -1n])
      expect(await ask(0, 0)).toEqual([0, 0, 2n])
      expect(await ask(0, 4)).toEqual([codeOf('UNKNOWN_LEADER_EPOCH'), -1, -1n])
      expect(await ask(0, -2)).toEqual([codeOf('FENCED_LEADER_EPOCH'), -1, -1n])
      expect(await ask(0, -1, world.name())).toEqual([codeOf('UNKNOWN_TOPIC_OR_PARTITION'), -1, -1n])
    })
  })
}

function body(topic: OwnTopic, records: Buffer, acks: number) {
  const partitionData = [{ index: 0, records }]
  return {
    acks,
    timeoutMs: 5000,
    transactionalId: null,
    topicData: [{ name: topic.name, topicId: topic.id, partitionData }],
  }
}

/** As Kafka's own classes write it: node 20 does not write zstd. */
function compressedBatch(compression: Compression): Buffer {
  const found = readVectors().find(({ name }) => name === `magic 2 ${compression}: one record`)
  if (found === undefined) throw new Error(`no batch of ${compression}`)
  return found.bytes
}

function changed(bytes: Buffer, change: (bytes: Buffer) => void): Buffer {
  const copy = Buffer.from(bytes)
  change(copy)
  return copy
}
