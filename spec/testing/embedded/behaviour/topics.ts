import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ApiVersions } from '../../../../src/protocol/messages/api-versions.js'
import { CreatePartitions } from '../../../../src/protocol/messages/create-partitions.js'
import { CreateTopics } from '../../../../src/protocol/messages/create-topics.js'
import { DeleteTopics } from '../../../../src/protocol/messages/delete-topics.js'
import { DescribeCluster } from '../../../../src/protocol/messages/describe-cluster.js'
import { DescribeConfigs } from '../../../../src/protocol/messages/describe-configs.js'
import { DescribeTopicPartitions } from '../../../../src/protocol/messages/describe-topic-partitions.js'
import { FindCoordinator } from '../../../../src/protocol/messages/find-coordinator.js'
import { apis } from '../../../../src/protocol/messages/index.js'
import { Metadata } from '../../../../src/protocol/messages/metadata.js'
import { SaslHandshake } from '../../../../src/protocol/messages/sasl-handshake.js'
import { zeroUuid } from '../../../../src/protocol/uuid.js'
import { servedApis } from '../../../../src/testing/embedded/served-apis.js'
import { codeOf, eventually, type Target, World } from './world.js'

/** How brokers tell what they can do, and what topics there are. */
export function topicsBehaviour(target: () => Target): void {
  let world: World
  beforeEach(() => {
    world = new World(target())
  })
  afterEach(() => world.close())

  describe('ApiVersions', () => {
    it('has the versions of every API that the embedded broker serves', async () => {
      const client = await world.client()
      const body = { clientSoftwareName: 'raw', clientSoftwareVersion: '1' }
      const { errorCode, apiKeys } = await client.ask(ApiVersions, body)
      const ranges = new Map(apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, [minVersion, maxVersion]]))
      const served = [...apis.values()].filter(api => (servedApis as readonly string[]).includes(api.name))
      expect(errorCode).toBe(0)
      expect(served.map(({ key, name }) => [name, ranges.get(key)])).toEqual(
        served.map(({ name, versions }) => [name, [name === 'Produce' ? 0 : versions.min, versions.stable]]),
      )
    })

    it('answers a version that it does not know as version 0, with the range to use', async () => {
      const client = await world.client()
      const answer = await client.exchange(Buffer.from([0, 18, 0, 99, 0, 0, 0, 7, 0, 1, 120, 0]))
      expect(answer.readInt32BE(0)).toBe(7)
      expect(ApiVersions.response.decode(answer.subarray(4), 0)).toMatchObject({
        errorCode: codeOf('UNSUPPORTED_VERSION'),
        apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 5 }],
      })
    })

    it('refuses a name of the software that is none', async () => {
      const client = await world.client()
      const { errorCode } = await client.ask(ApiVersions, { clientSoftwareName: ' ', clientSoftwareVersion: '1' })
      expect(errorCode).toBe(codeOf('INVALID_REQUEST'))
    })

    it('tells a client that meant another broker, or another cluster (KIP-1242)', async () => {
      const client = await world.client()
      const { clusterId } = await client.ask(Metadata, { topics: [] })
      const ask = async (clusterId: string | null, nodeId: number) => {
        const software = { clientSoftwareName: 'raw', clientSoftwareVersion: '1' }
        const { errorCode, apiKeys } = await client.ask(ApiVersions, { ...software, clusterId, nodeId })
        return [errorCode, apiKeys.length > 0]
      }
      expect(await ask(clusterId, 1)).toEqual([0, true])
      expect(await ask(clusterId, 2)).toEqual([codeOf('REBOOTSTRAP_REQUIRED'), false])
      expect(await ask('another', 1)).toEqual([codeOf('REBOOTSTRAP_REQUIRED'), false])
      // Both or neither.
      expect(await ask(clusterId, -1)).toEqual([codeOf('INVALID_REQUEST'), false])
      expect(await ask(null, 1)).toEqual([codeOf('INVALID_REQUEST'), false])
    })

    it('tells of the new group protocol and of transactions of version 2', async () => {
      const client = await world.client()
      const body = { clientSoftwareName: 'raw', clientSoftwareVersion: '1' }
      const { finalizedFeatures } = await client.ask(ApiVersions, body)
      const levels = new Map(finalizedFeatures.map(({ name, maxVersionLevel }) => [name, maxVersionLevel]))
      expect(['group.version', 'transaction.version'].map(name => levels.get(name))).toEqual([1, 2])
    })
  })

  describe('a broker hangs up on', () => {
    it.each([
      ['an API that there is not', [0x70, 0, 0, 0, 0, 0, 0, 1, 0xff, 0xff]],
      ['a version that there is not', [0, 3, 0, 99, 0, 0, 0, 1, 0xff, 0xff, 0]],
      ['a version of Produce that it names and does not serve', [0, 0, 0, 2, 0, 0, 0, 1, 0xff, 0xff]],
      ['a request that is cut short', [0, 3, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 0, 0]],
    ])('%s', async (_name, bytes) => {
      const client = await world.client()
      await expect(client.exchange(Buffer.from(bytes))).rejects.toThrow('the broker hung up')
    })
  })

  it('a broker does not look at what comes behind a request', async () => {
    const client = await world.client()
    const answer = await client.exchange(Buffer.from([0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff, 0, 0]))
    expect(ApiVersions.response.decode(answer.subarray(4), 0).errorCode).toBe(0)
  })

  it('SaslHandshake where nobody has to authenticate is told so', async () => {
    const client = await world.client()
    const { errorCode } = await client.ask(SaslHandshake, { mechanism: 'PLAIN' })
    expect(errorCode).toBe(codeOf('ILLEGAL_SASL_STATE'))
  })

  describe('DescribeCluster', () => {
    it('has the brokers', async () => {
      const client = await world.client()
      const { brokers, errorCode, endpointType } = await client.ask(DescribeCluster, {
        includeClusterAuthorizedOperations: false,
      })
      const ids = brokers.map(({ brokerId, isFenced }) => [brokerId, isFenced]).toSorted()
      expect({ ids, errorCode, endpointType }).toEqual({
        ids: [
          [1, false],
          [2, false],
        ],
        errorCode: 0,
        endpointType: 1,
      })
    })

    it('counts what one may do, when asked', async () => {
      const client = await world.client()
      const answer = await client.ask(DescribeCluster, { includeClusterAuthorizedOperations: true })
      expect(answer.clusterAuthorizedOperations).toBe(8096)
    })

    it('refuses to tell of controllers', async () => {
      const client = await world.client()
      const { errorCode } = await client.ask(DescribeCluster, {
        includeClusterAuthorizedOperations: false,
        endpointType: 2,
      })
      expect(errorCode).toBe(codeOf('MISMATCHED_ENDPOINT_TYPE'))
    })
  })

  describe('CreateTopics', () => {
    const wanted = (name: string, rest: object = {}) => ({
      name,
      numPartitions: 1,
      replicationFactor: 1,
      assignments: [],
      configs: [],
      ...rest,
    })

    const create = async (topics: ReturnType<typeof wanted>[], validateOnly = false) => {
      const client = await world.client()
      const answer = await client.ask(CreateTopics, { topics, timeoutMs: 10_000, validateOnly })
      return answer.topics
    }

    it('says what it has made', async () => {
      const name = world.name()
      const [topic] = await create([
        wanted(name, { numPartitions: 3, configs: [{ name: 'retention.ms', value: '1000' }] }),
      ])
      expect(topic).toMatchObject({ name, errorCode: 0, errorMessage: null, numPartitions: 3, replicationFactor: 1 })
      expect(topic?.topicId).not.toBe(zeroUuid)
      const configs = topic?.configs?.map(({ name: key, value, configSource }) => [key, value, configSource])
      expect(configs).toContainEqual(['retention.ms', '1000', 1])
      expect(configs).toContainEqual(['cleanup.policy', 'delete', 5])
      expect(configs?.length).toBe(37)
    })

    it('takes the defaults of the brokers for -1', async () => {
      const [topic] = await create([wanted(world.name(), { numPartitions: -1, replicationFactor: -1 })])
      expect(topic).toMatchObject({ errorCode: 0, numPartitions: 1, replicationFactor: 1 })
    })

    it('takes the brokers that it is told', async () => {
      const name = world.name()
      const assignments = [
        { partitionIndex: 0, brokerIds: [2] },
        { partitionIndex: 1, brokerIds: [1] },
      ]
      await create([wanted(name, { numPartitions: -1, replicationFactor: -1, assignments })])
      expect((await world.known(name)).leaders).toEqual([2, 1])
    })

    it('makes nothing when it is only to validate', async () => {
      const name = world.name()
      const [topic] = await create([wanted(name)], true)
      expect(topic).toMatchObject({ errorCode: 0, numPartitions: 1, replicationFactor: 1 })
      const client = await world.client()
      const { topics } = await client.ask(Metadata, { topics: [{ name }], allowAutoTopicCreation: false })
      expect(topics[0]?.errorCode).toBe(codeOf('UNKNOWN_TOPIC_OR_PARTITION'))
    })

    it.each([
      ['far too many partitions', { numPartitions: 10_001 }, 'POLICY_VIOLATION'],
      ['no partitions', { numPartitions: 0 }, 'INVALID_PARTITIONS'],
      ['partitions below none', { numPartitions: -2 }, 'INVALID_PARTITIONS'],
      ['no replicas', { replicationFactor: 0 }, 'INVALID_REPLICATION_FACTOR'],
      ['more replicas than brokers', { replicationFactor: 3 }, 'INVALID_REPLICATION_FACTOR'],
      ['a setting that there is not', { configs: [{ name: 'colour', value: 'red' }] }, 'INVALID_CONFIG'],
      ['a setting of another type', { configs: [{ name: 'retention.ms', value: 'long' }] }, 'INVALID_CONFIG'],
      ['a setting out of its choices', { configs: [{ name: 'cleanup.policy', value: 'burn' }] }, 'INVALID_CONFIG'],
      ['a setting without a value', { configs: [{ name: 'retention.ms', value: null }] }, 'INVALID_CONFIG'],
      [
        'a broker that there is not',
        { numPartitions: -1, replicationFactor: -1, assignments: [{ partitionIndex: 0, brokerIds: [77] }] },
        'INVALID_REPLICA_ASSIGNMENT',
      ],
      [
        'the same broker twice',
        { numPartitions: -1, replicationFactor: -1, assignments: [{ partitionIndex: 0, brokerIds: [1, 1] }] },
        'INVALID_REPLICA_ASSIGNMENT',
      ],
      [
        'a gap between partitions',
        { numPartitions: -1, replicationFactor: -1, assignments: [{ partitionIndex: 1, brokerIds: [1] }] },
        'INVALID_REPLICA_ASSIGNMENT',
      ],
      [
        'both a count and brokers',
        { numPartitions: 1, replicationFactor: -1, assignments: [{ partitionIndex: 0, brokerIds: [1] }] },
        'INVALID_REQUEST',
      ],
    ] as const)('refuses %s', async (_name, rest, error) => {
      const [topic] = await create([wanted(world.name(), rest)])
      expect(topic?.errorCode).toBe(codeOf(error))
    })

    it('counts far too many partitions without those below none', async () => {
      const counts = [2 ** 31 - 1, -(2 ** 31)]
      for (const order of [counts, counts.toReversed()]) {
        const topics = await create(order.map(numPartitions => wanted(world.name(), { numPartitions })))
        const refused = codeOf('POLICY_VIOLATION')
        expect(topics.map(({ errorCode }) => errorCode)).toEqual([refused, refused])
      }
    })

    it.each(['', '.', '..', 'a b', 'ü', 'a/b', 'x'.repeat(250)])('refuses the name "%s"', async name => {
      const [topic] = await create([wanted(name)])
      expect(topic?.errorCode).toBe(codeOf('INVALID_TOPIC_EXCEPTION'))
    })

    it('refuses a name that is taken, one that differs by a dot, and one that comes twice', async () => {
      const name = world.name('a.b')
      await world.topic(1, {}, name)
      const twice = world.name()
      const topics = await create([wanted(name), wanted(name.replace('a.b', 'a_b')), wanted(twice), wanted(twice)])
      const codes = new Map(topics.map(topic => [topic.name, topic.errorCode]))
      expect([...codes.values()].toSorted((one, other) => one - other)).toEqual([
        codeOf('INVALID_TOPIC_EXCEPTION'),
        codeOf('TOPIC_ALREADY_EXISTS'),
        codeOf('INVALID_REQUEST'),
      ])
      expect(codes.get(name)).toBe(codeOf('TOPIC_ALREADY_EXISTS'))
      expect(codes.get(twice)).toBe(codeOf('INVALID_REQUEST'))
    })
  })

  describe('Metadata', () => {
    it('has brokers and, of a topic, who leads it', async () => {
      const topic = await world.topic(2)
      const client = await world.client()
      const answer = await client.ask(Metadata, {
        topics: [{ name: topic.name }],
        includeTopicAuthorizedOperations: true,
      })
      expect(answer.brokers.map(({ nodeId }) => nodeId).toSorted()).toEqual([1, 2])
      expect([1, 2]).toContain(answer.controllerId)
      const [found] = answer.topics
      expect(found).toMatchObject({
        errorCode: 0,
        name: topic.name,
        topicId: topic.id,
        isInternal: false,
        topicAuthorizedOperations: 3576,
      })
      for (const partition of found?.partitions ?? []) {
        const { leaderId } = partition
        expect(partition).toMatchObject({
          errorCode: 0,
          leaderEpoch: 0,
          replicaNodes: [leaderId],
          isrNodes: [leaderId],
        })
        expect(partition.offlineReplicas).toEqual([])
      }
    })

    it('spreads leaders over the brokers', async () => {
      const { leaders } = await world.topic(2)
      expect(leaders.toSorted()).toEqual([1, 2])
    })

    it('finds topics by id', async () => {
      const topic = await world.topic()
      const unknown = 'AAAAAAAAAAAAAAAAAAAAAQ'.replace('AQ', 'Ag')
      const client = await world.client()
      const { topics } = await client.ask(Metadata, {
        topics: [
          { topicId: topic.id, name: null },
          { topicId: unknown, name: null },
        ],
      })
      const found = topics.map(({ name, topicId, errorCode }) => ({ name, topicId, errorCode }))
      expect(found).toContainEqual({ name: topic.name, topicId: topic.id, errorCode: 0 })
      expect(found).toContainEqual({ name: null, topicId: unknown, errorCode: codeOf('UNKNOWN_TOPIC_ID') })
    })

    it('has all topics when none is named, and none for an empty list', async () => {
      const topic = await world.topic()
      const client = await world.client()
      const all = await client.ask(Metadata, { topics: null })
      expect(all.topics.map(({ name }) => name)).toContain(topic.name)
      expect((await client.ask(Metadata, { topics: [] })).topics).toEqual([])
      const old = await client.ask(Metadata, { topics: [] }, 0)
      expect(old.topics.map(({ name }) => name)).toContain(topic.name)
    })

    it('creates a topic when it may', async () => {
      const name = world.name()
      const client = await world.client()
      const unwanted = await client.ask(Metadata, { topics: [{ name }], allowAutoTopicCreation: false })
      expect(unwanted.topics[0]?.errorCode).toBe(codeOf('UNKNOWN_TOPIC_OR_PARTITION'))
      const found = await eventually(async () => {
        const { topics } = await client.ask(Metadata, { topics: [{ name }] })
        return topics[0]?.errorCode === 0 ? topics[0] : undefined
      })
      expect(found.partitions.length).toBe(1)
    })

    it('refuses a name that no topic can have', async () => {
      const client = await world.client()
      const { topics } = await client.ask(Metadata, { topics: [{ name: 'a b' }] })
      expect(topics[0]?.errorCode).toBe(codeOf('INVALID_TOPIC_EXCEPTION'))
    })
  })

  describe('DescribeTopicPartitions', () => {
    it('goes through the partitions a page at a time', async () => {
      const [one, two] = [await world.topic(2), await world.topic(3)]
      const names = [one.name, two.name].toSorted()
      const client = await world.client()
      const pages: string[] = []
      let cursor: { topicName: string; partitionIndex: number } | null = null
      do {
        const answer: Awaited<ReturnType<typeof page>> = await page(cursor)
        const found = answer.topics.flatMap(({ name, partitions }) =>
          partitions.map(({ partitionIndex }) => `${names.indexOf(name ?? '')}/${partitionIndex}`),
        )
        pages.push(found.join(' '))
        cursor = answer.nextCursor
      } while (cursor !== null)
      const sizes = names.map(name => (name === one.name ? 2 : 3))
      const all = sizes.flatMap((size, topic) => Array.from({ length: size }, (_, index) => `${topic}/${index}`))
      expect(pages).toEqual([all.slice(0, 2).join(' '), all.slice(2, 4).join(' '), all.slice(4).join(' ')])

      function page(from: typeof cursor) {
        const topics = names.map(name => ({ name }))
        return client.ask(DescribeTopicPartitions, { topics, responsePartitionLimit: 2, cursor: from })
      }
    })

    it('has at least one partition in an answer', async () => {
      const topic = await world.topic(2)
      const client = await world.client()
      const body = { topics: [{ name: topic.name }], responsePartitionLimit: 0, cursor: null }
      const { topics, nextCursor } = await client.ask(DescribeTopicPartitions, body)
      expect(topics.flatMap(({ partitions }) => partitions.map(({ partitionIndex }) => partitionIndex))).toEqual([0])
      expect(nextCursor).toEqual({ topicName: topic.name, partitionIndex: 1 })
    })

    it('says which topics there are not', async () => {
      const client = await world.client()
      const topics = [{ name: world.name() }]
      const answer = await client.ask(DescribeTopicPartitions, { topics, responsePartitionLimit: 10, cursor: null })
      expect(answer.topics.map(({ errorCode }) => errorCode)).toEqual([codeOf('UNKNOWN_TOPIC_OR_PARTITION')])
    })

    it('has all of a partition', async () => {
      const topic = await world.topic()
      const client = await world.client()
      const topics = [{ name: topic.name }]
      const answer = await client.ask(DescribeTopicPartitions, { topics, responsePartitionLimit: 10, cursor: null })
      const [leaderId] = topic.leaders
      expect(answer.topics).toMatchObject([
        {
          errorCode: 0,
          name: topic.name,
          topicId: topic.id,
          isInternal: false,
          topicAuthorizedOperations: 3576,
          partitions: [
            {
              errorCode: 0,
              partitionIndex: 0,
              leaderId,
              leaderEpoch: 0,
              replicaNodes: [leaderId],
              isrNodes: [leaderId],
              eligibleLeaderReplicas: [],
              lastKnownElr: [],
              offlineReplicas: [],
            },
          ],
        },
      ])
    })
  })

  describe('CreatePartitions', () => {
    const grow = async (name: string, count: number, assignments: { brokerIds: number[] }[] | null = null) => {
      const client = await world.client()
      const topics = [{ name, count, assignments }]
      const { results } = await client.ask(CreatePartitions, { topics, timeoutMs: 10_000, validateOnly: false })
      return results[0]?.errorCode
    }

    it('adds partitions', async () => {
      const { name } = await world.topic(1)
      expect(await grow(name, 3, [{ brokerIds: [2] }, { brokerIds: [1] }])).toBe(0)
      const leaders = await eventually(async () => {
        const known = (await world.known(name)).leaders
        return known.length === 3 ? known : undefined
      })
      expect(leaders.slice(1)).toEqual([2, 1])
    })

    it('adds nothing when it is only to validate, nor to a topic that comes twice', async () => {
      const { name } = await world.topic(1)
      const client = await world.client()
      const wanted = { name, count: 3, assignments: null }
      const ask = async (topics: (typeof wanted)[], validateOnly: boolean) => {
        const { results } = await client.ask(CreatePartitions, { topics, timeoutMs: 10_000, validateOnly })
        return results.map(({ errorCode, errorMessage }) => [errorCode, errorMessage])
      }
      expect(await ask([wanted], true)).toEqual([[0, null]])
      expect(await ask([wanted, wanted], false)).toEqual([[codeOf('INVALID_REQUEST'), 'Duplicate topic name.']])
      expect((await world.known(name)).leaders.length).toBe(1)
    })

    it('adds no more than 10,000 with one request', async () => {
      const [one, other] = [await world.topic(), await world.topic()]
      const client = await world.client()
      const ask = async (...counts: number[]) => {
        const topics = counts.map((count, index) => ({
          name: index === 0 ? one.name : other.name,
          count,
          assignments: null,
        }))
        const { results } = await client.ask(CreatePartitions, { topics, timeoutMs: 10_000, validateOnly: true })
        return results.map(({ errorCode }) => errorCode)
      }
      expect(await ask(10_001)).toEqual([0])
      const refused = codeOf('POLICY_VIOLATION')
      expect(await ask(10_002)).toEqual([refused])
      expect(await ask(2 ** 31 - 1)).toEqual([refused])
      expect(await ask(6000, 6000)).toEqual([refused, refused])
      expect(await ask(6000, 4002)).toEqual([0, 0])
    })

    it('refuses what is no increase, and a topic that there is not', async () => {
      const { name } = await world.topic(2)
      expect(await grow(name, 2)).toBe(codeOf('INVALID_PARTITIONS'))
      expect(await grow(name, 1)).toBe(codeOf('INVALID_PARTITIONS'))
      expect(await grow(name, 4, [{ brokerIds: [1] }])).toBe(codeOf('INVALID_REPLICA_ASSIGNMENT'))
      expect(await grow(name, 3, [{ brokerIds: [77] }])).toBe(codeOf('INVALID_REPLICA_ASSIGNMENT'))
      expect(await grow(world.name(), 2)).toBe(codeOf('UNKNOWN_TOPIC_OR_PARTITION'))
    })
  })

  describe('DeleteTopics', () => {
    it('deletes by name and by id, and says which there are not', async () => {
      const [one, two] = [await world.topic(), await world.topic()]
      const client = await world.client()
      const unknown = world.name()
      const topics = [
        { name: one.name, topicId: zeroUuid },
        { name: null, topicId: two.id },
        { name: unknown, topicId: zeroUuid },
      ]
      const { responses } = await client.ask(DeleteTopics, { topics, timeoutMs: 10_000 })
      const codes = new Map(responses.map(({ name, errorCode }) => [name, errorCode]))
      expect([one.name, two.name, unknown].map(name => codes.get(name))).toEqual([
        0,
        0,
        codeOf('UNKNOWN_TOPIC_OR_PARTITION'),
      ])
      await eventually(async () => {
        const found = await client.ask(Metadata, {
          topics: [{ name: one.name }, { name: two.name }],
          allowAutoTopicCreation: false,
        })
        return found.topics.every(({ errorCode }) => errorCode === codeOf('UNKNOWN_TOPIC_OR_PARTITION')) || undefined
      })
    })

    it('wants either a name or an id, and each once', async () => {
      const topic = await world.topic()
      const client = await world.client()
      const remove = async (...topics: { name: string | null; topicId: string }[]) => {
        const { responses } = await client.ask(DeleteTopics, { topics, timeoutMs: 10_000 })
        return responses.map(({ errorCode, errorMessage }) => [errorCode, errorMessage])
      }
      const refused = codeOf('INVALID_REQUEST')
      const byName = { name: topic.name, topicId: zeroUuid }
      const byId = { name: null, topicId: topic.id }
      expect(await remove({ name: topic.name, topicId: topic.id })).toEqual([
        [refused, 'You may not specify both topic name and topic id.'],
      ])
      expect(await remove({ name: null, topicId: zeroUuid })).toEqual([
        [refused, 'Neither topic name nor id were specified.'],
      ])
      expect(await remove(byName, byName)).toEqual([[refused, 'Duplicate topic name.']])
      expect(await remove(byId, byId)).toEqual([[refused, 'Duplicate topic id.']])
      expect(await remove({ name: null, topicId: 'AAAAAAAAAAAAAAAAAAAAAg' })).toEqual([
        [codeOf('UNKNOWN_TOPIC_ID'), 'This server does not host this topic ID.'],
      ])
      expect((await world.known(topic.name)).id).toBe(topic.id)
    })

    it('knows a topic by its old name only', async () => {
      const topic = await world.topic()
      const client = await world.client()
      const { responses } = await client.ask(DeleteTopics, { topicNames: [topic.name], timeoutMs: 10_000 }, 1)
      expect(responses).toMatchObject([{ name: topic.name, errorCode: 0 }])
    })
  })

  describe('DescribeConfigs', () => {
    it('has the settings of a topic and where they come from', async () => {
      const topic = await world.topic(1, { 'max.message.bytes': '2000' })
      const client = await world.client()
      const configurationKeys = ['max.message.bytes', 'retention.ms', 'message.timestamp.type']
      const resources = [{ resourceType: 2, resourceName: topic.name, configurationKeys }]
      const { results } = await client.ask(DescribeConfigs, { resources, includeSynonyms: true })
      const found = results[0]?.configs.map(({ name, value, configSource, configType, readOnly }) => ({
        name,
        value,
        configSource,
        configType,
        readOnly,
      }))
      expect(found?.toSorted((one, other) => one.name.localeCompare(other.name))).toEqual([
        { name: 'max.message.bytes', value: '2000', configSource: 1, configType: 3, readOnly: false },
        { name: 'message.timestamp.type', value: 'CreateTime', configSource: 5, configType: 2, readOnly: false },
        { name: 'retention.ms', value: '604800000', configSource: 5, configType: 5, readOnly: false },
      ])
      const synonyms = results[0]?.configs.find(({ name }) => name === 'max.message.bytes')?.synonyms
      expect(synonyms).toEqual([
        { name: 'max.message.bytes', value: '2000', source: 1 },
        { name: 'message.max.bytes', value: '1048588', source: 5 },
      ])
    })

    it('has the settings of the broker that is asked, and of no other', async () => {
      const client = await world.client(1)
      const configurationKeys = ['group.min.session.timeout.ms', 'transaction.max.timeout.ms']
      const resources = ['1', '2'].map(resourceName => ({ resourceType: 4, resourceName, configurationKeys }))
      const { results } = await client.ask(DescribeConfigs, { resources, includeSynonyms: false })
      const [own, other] = results.toSorted((one, two) => one.resourceName.localeCompare(two.resourceName))
      const found = own?.configs.map(({ name, value, configSource, readOnly }) => [name, value, configSource, readOnly])
      expect(found?.toSorted()).toEqual([
        ['group.min.session.timeout.ms', '100', 4, true],
        ['transaction.max.timeout.ms', '900000', 5, true],
      ])
      expect(other?.errorCode).toBe(codeOf('INVALID_REQUEST'))
    })

    it('says which topics there are not', async () => {
      const client = await world.client()
      const resources = [{ resourceType: 2, resourceName: world.name(), configurationKeys: null }]
      const { results } = await client.ask(DescribeConfigs, { resources, includeSynonyms: false })
      expect(results[0]?.errorCode).toBe(codeOf('UNKNOWN_TOPIC_OR_PARTITION'))
    })
  })

  describe('FindCoordinator', () => {
    it('finds the same broker for a key, in old versions and in new ones', async () => {
      const group = world.name('group')
      const client = await world.client()
      const found = await eventually(async () => {
        const { coordinators } = await client.ask(FindCoordinator, { keyType: 0, coordinatorKeys: [group] })
        return coordinators[0]?.errorCode === 0 ? coordinators[0] : undefined
      })
      const old = await client.ask(FindCoordinator, { keyType: 0, key: group }, 3)
      expect(old).toMatchObject({ errorCode: 0, nodeId: found.nodeId, host: found.host, port: found.port })
    })

    it('refuses a kind of key that it does not coordinate', async () => {
      const client = await world.client()
      const { errorCode, nodeId } = await client.ask(FindCoordinator, { keyType: 2, key: 'share' }, 3)
      expect({ errorCode, nodeId }).toEqual({ errorCode: codeOf('INVALID_REQUEST'), nodeId: -1 })
    })
  })
}
