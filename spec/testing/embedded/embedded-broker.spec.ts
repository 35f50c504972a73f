import { lastValueFrom, Subject, takeUntil, toArray, VirtualTimeScheduler } from 'rxjs'
import { describe, expect, it } from 'vitest'
import * as protocol from '../../../src/protocol/index.js'
import { type EmbeddedBrokerOptions, embeddedBroker } from '../../../src/testing/index.js'
import { batchOf } from './behaviour/world.js'
import { at, codesIn, connected, raw, running, until } from './running.js'

const { ConsumerProtocolAssignment, ConsumerProtocolSubscription, Metadata, Produce } = protocol

describe('embeddedBroker', () => {
  it.each<readonly [EmbeddedBrokerOptions, string]>([
    [{ brokers: 0 }, 'brokers must be an integer from 1 to 1000; got 0'],
    [{ port: 65_536 }, 'port must be an integer from 0 to 65535; got 65536'],
    [{ port: 65_534, brokers: 3 }, 'port must be'],
    [{ host: '' }, 'host must be an address to listen on'],
    [{ advertise: '' }, 'advertise must be a name that clients can connect to; got the string ""'],
    [{ listen: 'no' as never }, 'listen must be true or false; got the string "no"'],
    [{ retentionBytes: 0 }, 'retentionBytes must be'],
    [{ seed: 0.5 }, 'seed must be'],
    [{ topics: { 'a b': 1 } }, 'topic a b: Topic name is invalid'],
    [
      { topics: { orders: '3' as never } },
      'topic orders must be a number of partitions or an object; got the string "3"',
    ],
    [{ topics: { orders: 0 } }, 'topic orders: Number of partitions'],
    [{ topics: { orders: { replicationFactor: 2 } } }, 'topic orders: Unable to replicate'],
    [{ topics: { orders: { config: { 'cleanup.policy': 'burn' } } } }, 'topic orders: Invalid value burn'],
    [{ config: { 'log.dirs': 1 } as object }, 'log.dirs is no setting of the embedded broker: it would do nothing'],
    [{ config: { 'message.max.bytes': -1 } }, 'message.max.bytes must be 0 or a positive integer'],
    [{ config: { 'auto.create.topics.enable': 1 as never } }, 'auto.create.topics.enable must be true or false'],
    [{ sasl: { mechanisms: [] } }, 'sasl.mechanisms must be some of PLAIN'],
    [{ sasl: { mechanisms: ['GSSAPI' as never] } }, 'sasl.mechanisms must be some of PLAIN'],
    [
      { config: { 'num.partition': 1 } as object },
      'num.partition is no setting of the embedded broker: did you mean num.partitions?',
    ],
    [{ racks: ['a', ''] }, 'racks must be a list of names'],
    [{ racks: 'a' as never }, 'racks must be a list of names; got the string "a"'],
    [{ settling: -1 }, 'settling must be 0 or a positive number of ms; got -1'],
    [{ settling: Number.POSITIVE_INFINITY }, 'settling must be 0 or a positive number of ms; got Infinity'],
    [{ brokerCount: 3 } as object, 'embeddedBroker() has no option "brokerCount"'],
    [{ topic: { orders: 1 } } as object, 'embeddedBroker() has no option "topic": did you mean topics?'],
    [
      { topics: { orders: { partition: 2 } as object } },
      'topic orders has no option "partition": did you mean partitions?',
    ],
    [{ sasl: { user: {} } as object }, 'sasl of embeddedBroker() has no option "user": did you mean users?'],
    [{ sasl: { sessionLifetime: -1 } }, 'sasl.sessionLifetime must be a number of ms; got -1'],
  ])('refuses %j at the call', (options, message) => {
    expect(() => embeddedBroker(options)).toThrow(
      expect.objectContaining({ name: 'ArgumentError', message: expect.stringContaining(message) }),
    )
  })

  it('takes what is undefined for what is left out', async () => {
    const none = Object.fromEntries(
      ['brokers', 'racks', 'settling', 'host', 'port', 'advertise', 'partitions', 'retentionBytes', 'sasl', 'seed'].map(
        name => [name, undefined],
      ),
    )
    const topics = { orders: { partitions: undefined, config: { 'retention.bytes': undefined } }, none: undefined }
    const config = { 'message.max.bytes': undefined }
    const { cluster } = await running({ ...none, listen: false, topics, config })
    expect(cluster.partitions.map(({ topic }) => topic)).toEqual(['orders'])
    const client = await raw(at(cluster))
    const batch = batchOf(['a'])
    const topicData = [{ name: 'orders', partitionData: [{ index: 0, records: batch }] }]
    const body = { transactionalId: null, acks: -1, timeoutMs: 1000, topicData }
    expect(codesIn(await client.ask(Produce, body, 9))).toEqual(new Set([0]))
  })

  it('is cold: each subscribe starts a cluster of its own, and the same seed gives the same ids', async () => {
    const options = { listen: false, topics: { orders: 1 } }
    const [one, two, other] = [await running(options), await running(options), await running({ ...options, seed: 2 })]
    await (await raw(at(one.cluster))).ask(Metadata, { topics: [{ name: 'new' }] })
    expect([one, two].map(({ cluster }) => cluster.partitions.length)).toEqual([2, 1])
    expect(two.cluster.clusterId).toBe(one.cluster.clusterId)
    expect(two.cluster.partitions[0]?.topicId).toBe(one.cluster.partitions[0]?.topicId)
    expect(other.cluster.clusterId).not.toBe(one.cluster.clusterId)
  })

  it('emits once and stays until it is unsubscribed', async () => {
    const stop = new Subject<void>()
    const emitted = lastValueFrom(embeddedBroker({ listen: false }).pipe(takeUntil(stop), toArray()))
    stop.next()
    expect(await emitted).toHaveLength(1)
  })

  it('spreads leaders, replicas and coordinators over the brokers', async () => {
    const { cluster } = await running({ listen: false, brokers: 4, topics: { orders: 4 } })
    const spread = cluster.partitions.map(({ leader, replicas, isr }) => ({ leader, replicas, isr }))
    expect(spread).toEqual([
      { leader: 1, replicas: [1, 2, 3], isr: [1, 2, 3] },
      { leader: 2, replicas: [2, 3, 4], isr: [2, 3, 4] },
      { leader: 3, replicas: [3, 4, 1], isr: [3, 4, 1] },
      { leader: 4, replicas: [4, 1, 2], isr: [4, 1, 2] },
    ])
    const client = await raw(at(cluster))
    const coordinatorKeys = Array.from({ length: 40 }, (_, n) => `group-${n}`)
    const { coordinators } = await client.ask(protocol.FindCoordinator, { keyType: 0, coordinatorKeys })
    expect(new Set(coordinators.map(({ nodeId }) => nodeId))).toEqual(new Set([1, 2, 3, 4]))
  })

  it('leads nowhere else: another name, another port, TLS', async () => {
    const { cluster } = await running({ listen: false })
    const options = at(cluster)
    const refused = expect.objectContaining({ name: 'ConnectError', message: expect.stringContaining('ECONNREFUSED') })
    await expect(connected({ ...options, host: 'elsewhere' })).rejects.toEqual(refused)
    await expect(connected({ ...options, port: 1 })).rejects.toEqual(refused)
    await expect(connected({ ...options, tls: true })).rejects.toMatchObject({ name: 'ConnectError' })
  })
})

describe('a view', () => {
  const start = async () => {
    const { cluster } = await running({ listen: false, brokers: 2, topics: { orders: 2 } })
    return { cluster, client: await raw(at(cluster), 'viewer') }
  }

  it('of connections', async () => {
    const { cluster } = await start()
    const kafka = await connected({ ...at(cluster, 2), clientId: 'ours' })
    expect(kafka.closed).toBe(false)
    expect(cluster.connections).toEqual([
      { id: 1, nodeId: 1, clientId: '', software: '' },
      { id: 2, nodeId: 2, clientId: 'ours', software: expect.stringMatching(/^kafka-rx \d/) },
    ])
  })

  it('of logs: a partition, its batches, its records', async () => {
    const { cluster, client } = await start()
    const topicData = [{ name: 'orders', partitionData: [{ index: 0, records: batchOf(['a', 'b'], { key: 'k' }) }] }]
    await client.ask(Produce, { transactionalId: null, acks: 1, timeoutMs: 100, topicData }, 9)
    const [view] = cluster.partitions
    expect(view).toMatchObject({ topic: 'orders', partition: 0, leader: 1, leaderEpoch: 0, startOffset: 0n })
    expect(view).toMatchObject({ highWatermark: 2n, lastStableOffset: 2n, sizeInBytes: view?.batches[0]?.length })
    const records = cluster.records('orders', 0).map(({ offset, key, value }) => `${offset} ${key}=${value}`)
    expect(records).toEqual(['0 k=a', '1 k=b'])
    expect(cluster.records('orders', 1)).toEqual([])
  })

  it('of a group of the classic protocol', async () => {
    const { cluster, client } = await start()
    const subscription = ConsumerProtocolSubscription.encode({ topics: ['orders'], userData: null }, 0)
    const assigned = [{ topic: 'orders', partitions: [0, 1] }]
    const assignment = ConsumerProtocolAssignment.encode({ assignedPartitions: assigned, userData: null }, 0)
    const versioned = (bytes: Buffer) => Buffer.concat([Buffer.from([0, 0]), bytes])
    cluster.moveCoordinator('group', 'billing', 1)
    const member = { groupId: 'billing', groupInstanceId: 'static', protocolType: 'consumer' }
    const joined = await client.ask(protocol.JoinGroup, {
      ...member,
      memberId: '',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      protocols: [{ name: 'range', metadata: versioned(subscription) }],
    })
    const { memberId, generationId } = joined
    const expected = {
      groupId: 'billing',
      type: 'classic',
      protocolType: 'consumer',
      assignor: 'range',
      state: 'CompletingRebalance',
      epoch: 1,
      leader: memberId,
      coordinator: 1,
      offsets: [],
    }
    const asMember = { memberId, instanceId: 'static', clientId: 'viewer', epoch: 1, topics: ['orders'] }
    expect(cluster.groups).toEqual([
      { ...expected, members: [{ ...asMember, partitions: [], assignment: Buffer.alloc(0) }] },
    ])
    const bytes = versioned(assignment)
    const assignments = [{ memberId, assignment: bytes }]
    await client.ask(protocol.SyncGroup, { ...member, memberId, generationId, protocolName: 'range', assignments })
    const offset = { partitionIndex: 1, committedOffset: 7n, committedLeaderEpoch: 0, committedMetadata: 'so far' }
    const topics = [{ name: 'orders', partitions: [offset] }]
    const commit = { groupId: 'billing', generationIdOrMemberEpoch: 1, memberId, groupInstanceId: 'static', topics }
    await client.ask(protocol.OffsetCommit, commit, 8)
    const partitions = [0, 1].map(partition => ({ topic: 'orders', partition }))
    const offsets = [{ topic: 'orders', partition: 1, offset: 7n, leaderEpoch: 0, metadata: 'so far' }]
    expect(cluster.groups).toEqual([
      { ...expected, state: 'Stable', offsets, members: [{ ...asMember, partitions, assignment: bytes }] },
    ])
  })

  it('of a group whose members say what no consumer says', async () => {
    const { cluster, client } = await start()
    cluster.moveCoordinator('group', 'billing', 1)
    const joined = await client.ask(protocol.JoinGroup, {
      groupId: 'billing',
      groupInstanceId: 'static',
      protocolType: 'consumer',
      memberId: '',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      protocols: [{ name: 'range', metadata: Buffer.from('0001ffffffff', 'hex') }],
    })
    expect(joined.errorCode).toBe(0)
    expect(cluster.groups[0]?.members).toMatchObject([{ topics: [], partitions: [] }])
  })

  it('of a group of the new protocol', async () => {
    const { cluster, client } = await start()
    cluster.moveCoordinator('group', 'billing', 1)
    await client.ask(protocol.ConsumerGroupHeartbeat, {
      groupId: 'billing',
      memberId: 'a',
      memberEpoch: 0,
      instanceId: null,
      rackId: null,
      rebalanceTimeoutMs: 1000,
      subscribedTopicNames: ['orders'],
      serverAssignor: 'range',
      topicPartitions: [],
    })
    expect(cluster.groups).toEqual([
      {
        groupId: 'billing',
        type: 'consumer',
        protocolType: 'consumer',
        assignor: 'range',
        state: 'Stable',
        epoch: 1,
        leader: null,
        coordinator: 1,
        offsets: [],
        members: [
          {
            memberId: 'a',
            instanceId: null,
            clientId: 'viewer',
            epoch: 1,
            topics: ['orders'],
            partitions: [0, 1].map(partition => ({ topic: 'orders', partition })),
            assignment: Buffer.alloc(0),
          },
        ],
      },
    ])
  })

  it('of a transactional id', async () => {
    const { cluster, client } = await start()
    cluster.moveCoordinator('transaction', 'mover', 1)
    const init = { transactionalId: 'mover', transactionTimeoutMs: 1000, producerId: -1n, producerEpoch: -1 }
    const { producerId, producerEpoch } = await client.ask(protocol.InitProducerId, init)
    const expected = { transactionalId: 'mover', producerId, producerEpoch, coordinator: 1 }
    expect(cluster.transactions).toEqual([{ ...expected, state: 'Empty', partitions: [], groups: [] }])
    const claim = { transactionalId: 'mover', producerId, producerEpoch }
    await client.ask(protocol.AddOffsetsToTxn, { ...claim, groupId: 'billing' })
    const records = batchOf(['a'], { producerId, producerEpoch, baseSequence: 0, isTransactional: true })
    const topicData = [{ name: 'orders', partitionData: [{ index: 0, records }] }]
    await client.ask(Produce, { transactionalId: 'mover', acks: -1, timeoutMs: 100, topicData }, 12)
    const partitions = [{ topic: 'orders', partition: 0 }]
    expect(cluster.transactions).toEqual([{ ...expected, state: 'Ongoing', partitions, groups: ['billing'] }])
    expect(cluster.partitions[0]).toMatchObject({ highWatermark: 1n, lastStableOffset: 0n })
    await client.ask(protocol.EndTxn, { ...claim, committed: true }, 4)
    expect(cluster.transactions).toEqual([{ ...expected, state: 'CompleteCommit', partitions: [], groups: [] }])
    expect(cluster.records('orders', 0)).toHaveLength(1)
    expect(cluster.partitions[0]).toMatchObject({ highWatermark: 2n, lastStableOffset: 2n })
  })
})

it('is gone when it is unsubscribed: nothing leads to it any more', async () => {
  const { cluster, subscription } = await running({ listen: false })
  const client = await raw(at(cluster))
  subscription.unsubscribe()
  await client.hungUp
  await expect(connected(at(cluster))).rejects.toMatchObject({ name: 'ConnectError' })
  expect(cluster.connections).toEqual([])
})

describe('where it differs from Kafka', () => {
  it('a new topic is ready in the answer that creates it', async () => {
    const { cluster } = await running({ listen: false, brokers: 2 })
    const client = await raw(at(cluster))
    const { topics } = await client.ask(Metadata, { topics: [{ name: 'new' }], allowAutoTopicCreation: true })
    expect(topics).toMatchObject([{ errorCode: 0, partitions: [{ errorCode: 0, leaderId: 1, isrNodes: [1, 2] }] }])
  })

  it('members, sessions and transactions go on at another coordinator as if nothing had happened', async () => {
    const { cluster } = await running({ listen: false, brokers: 2, topics: { orders: 1 } })
    const [one, two] = [await raw(at(cluster, 1)), await raw(at(cluster, 2))]
    for (const kind of ['group', 'transaction'] as const) cluster.moveCoordinator(kind, 'billing', 1)
    const beat = { groupId: 'billing', memberId: 'a', instanceId: null, rackId: null, serverAssignor: null }
    const joining = { memberEpoch: 0, rebalanceTimeoutMs: 1000, subscribedTopicNames: ['orders'], topicPartitions: [] }
    await one.ask(protocol.ConsumerGroupHeartbeat, { ...beat, ...joining })
    const init = { transactionalId: 'billing', transactionTimeoutMs: 1000, producerId: -1n, producerEpoch: -1 }
    const { producerId, producerEpoch } = await one.ask(protocol.InitProducerId, init)
    cluster.stop(1)
    const going = { memberEpoch: 1, rebalanceTimeoutMs: -1, subscribedTopicNames: null, topicPartitions: null }
    expect(await two.ask(protocol.ConsumerGroupHeartbeat, { ...beat, ...going })).toMatchObject({ memberEpoch: 1 })
    const claim = { transactionalId: 'billing', producerId, producerEpoch }
    expect(await two.ask(protocol.AddOffsetsToTxn, { ...claim, groupId: 'billing' })).toMatchObject({ errorCode: 0 })
    // Its markers are there before the answer.
    expect(await two.ask(protocol.EndTxn, { ...claim, committed: true }, 4)).toMatchObject({ errorCode: 0 })
    expect(await two.ask(protocol.InitProducerId, init)).toMatchObject({ errorCode: 0, producerId })
  })

  it('what is committed is so at once, however many brokers are down', async () => {
    const config = { 'min.insync.replicas': '2' }
    const topics = { orders: { partitions: 1, config } }
    const { cluster } = await running({ listen: false, brokers: 3, topics })
    const client = await raw(at(cluster))
    const produced = async () => {
      const topicData = [{ name: 'orders', partitionData: [{ index: 0, records: batchOf(['a']) }] }]
      const answer = await client.ask(Produce, { transactionalId: null, acks: -1, timeoutMs: 100, topicData }, 9)
      return answer.responses[0]?.partitionResponses[0]?.errorCode
    }
    cluster.stop(2)
    expect(await produced()).toBe(0)
    cluster.stop(3)
    expect(await produced()).toBe(protocol.errors.NOT_ENOUGH_REPLICAS.code)
    cluster.start(3)
    expect(await produced()).toBe(0)
    expect(cluster.partitions[0]).toMatchObject({ highWatermark: 2n, isr: [1, 3] })
  })

  it('a group of one protocol takes no members of the other', async () => {
    const { cluster } = await running({ listen: false, topics: { orders: 1 } })
    const client = await raw(at(cluster))
    const beat = { groupId: 'billing', memberId: 'a', instanceId: null, rackId: null, serverAssignor: null }
    const joining = { memberEpoch: 0, rebalanceTimeoutMs: 1000, subscribedTopicNames: ['orders'], topicPartitions: [] }
    await client.ask(protocol.ConsumerGroupHeartbeat, { ...beat, ...joining })
    const protocols = [{ name: 'range', metadata: Buffer.alloc(0) }]
    const timeouts = { sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 10_000 }
    const join = { groupId: 'billing', memberId: '', protocolType: 'consumer', protocols, ...timeouts }
    const { errorCode } = await client.ask(protocol.JoinGroup, join)
    expect(errorCode).toBe(protocol.errors.INCONSISTENT_GROUP_PROTOCOL.code)
  })
})

it('runs on the clock that it is given', async () => {
  const scheduler = new VirtualTimeScheduler()
  const { cluster } = await running({ listen: false, scheduler, topics: { orders: 1 } })
  const client = await raw(at(cluster))
  const partitions = [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 100 }]
  const body = { maxWaitMs: 600_000, minBytes: 1, maxBytes: 100, isolationLevel: 0 }
  const fetched = client.ask(protocol.Fetch, { ...body, topics: [{ topic: 'orders', partitions }] }, 12)
  let answered: protocol.FetchResponse | undefined
  fetched.then(answer => {
    answered = answer
  })
  await until(() => {
    scheduler.flush()
    return answered !== undefined
  })
  expect(answered?.errorCode).toBe(0)
  expect(scheduler.now()).toBe(600_000)
})
