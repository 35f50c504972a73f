import { catchError, lastValueFrom, of } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { type Broker, type BrokerOptions, broker, KafkaError, type RequestOptions } from '../../../src/index.js'
import { errors } from '../../../src/protocol/error-codes.js'
import {
  Fetch,
  type FetchRequestInput,
  FindCoordinator,
  Heartbeat,
  ListOffsets,
  Metadata,
  Produce,
} from '../../../src/protocol/index.js'
import type { EmbeddedBroker, EmbeddedBrokerOptions, FaultOptions } from '../../../src/testing/index.js'
import { batchOf } from './behaviour/world.js'
import { at, codesIn, connected, raw, running, until } from './running.js'

const ways = [
  ['over the transport', { listen: false }],
  ['over TCP', { listen: true }],
] as const

describe.each(ways)('a fault, %s', (_way, { listen }) => {
  const start = async (options: EmbeddedBrokerOptions = {}) =>
    (await running({ topics: { orders: 3 }, ...options, listen })).cluster
  const reach = (cluster: EmbeddedBroker, options: Partial<BrokerOptions> & { nodeId?: number } = {}) => {
    const { nodeId, ...rest } = options
    return { ...at(cluster, nodeId, listen), ...rest }
  }
  const clientOf = (cluster: EmbeddedBroker, options: Partial<BrokerOptions> & { nodeId?: number } = {}) =>
    connected(reach(cluster, options))

  describe('an error code', () => {
    it('refuses a partition, and the others of the request not', async () => {
      const cluster = await start()
      const fault = cluster.fault({ api: 'Produce', topic: 'orders', partition: 1, error: 'NOT_ENOUGH_REPLICAS' })
      const client = await clientOf(cluster)
      expect(await produce(client, [0, 1, 2])).toEqual(['NONE', 'NOT_ENOUGH_REPLICAS', 'NONE'])
      expect(fault.hits).toBe(1)
      expect(ends(cluster)).toEqual([1n, 0n, 1n])
      expect(await produce(client, [0, 1, 2])).toEqual(['NONE', 'NONE', 'NONE'])
    })

    it('refuses all that a request names when it is for no partition', async () => {
      const cluster = await start()
      cluster.fault({ api: 'Produce', error: 'KAFKA_STORAGE_ERROR' })
      const client = await clientOf(cluster)
      expect(await produce(client, [0, 2])).toEqual(['KAFKA_STORAGE_ERROR', 'KAFKA_STORAGE_ERROR'])
      expect(ends(cluster)).toEqual([0n, 0n, 0n])
    })
  })

  it('that refuses the version of ApiVersions makes the client ask again, in a version that it may (KIP-511)', async () => {
    const cluster = await start()
    const fault = cluster.fault({ api: 'ApiVersions', error: 'UNSUPPORTED_VERSION' })
    const client = await clientOf(cluster)
    expect(await produce(client, [0])).toEqual(['NONE'])
    expect(fault.hits).toBe(1)
  })

  describe('an error code after the effect', () => {
    it('is told of all that a request names, and the records are there', async () => {
      const cluster = await start()
      const fault = cluster.fault({ api: 'Produce', errorAfter: 'NOT_ENOUGH_REPLICAS_AFTER_APPEND' })
      const client = await clientOf(cluster)
      const told = 'NOT_ENOUGH_REPLICAS_AFTER_APPEND'
      expect(await produce(client, [0, 2])).toEqual([told, told])
      expect(fault.hits).toBe(1)
      expect(ends(cluster)).toEqual([1n, 0n, 1n])
      expect(await produce(client, [0])).toEqual(['NONE'])
    })
  })

  it('can hit whatever request comes nth', async () => {
    for (let skip = 0; skip < 3; skip++) {
      const cluster = await start()
      const counted = cluster.fault({ times: Number.POSITIVE_INFINITY })
      const client = await raw(reach(cluster))
      const fault = cluster.fault({ skip, cut: 'before' })
      const asked = [
        () => client.ask(Metadata, { topics: [] }),
        () => client.ask(Produce, batches([0]), 9),
        () => client.ask(FindCoordinator, { keyType: 0, coordinatorKeys: ['billing'] }),
      ]
      const told: unknown[] = []
      for (const ask of asked) {
        told.push(
          await ask().then(
            () => 'answered',
            () => 'hung up',
          ),
        )
      }
      expect(told).toEqual(asked.map((_, index) => (index < skip ? 'answered' : 'hung up')))
      expect([counted.hits, fault.hits]).toEqual([skip + 1, 1])
      expect(ends(cluster)).toEqual([skip > 1 ? 1n : 0n, 0n, 0n])
    }
  })

  describe('a cut connection', () => {
    it('before the effect leaves nothing behind', async () => {
      const cluster = await start()
      cluster.fault({ api: 'Produce', cut: 'before', after: () => expect.unreachable('there was no effect') })
      const client = await clientOf(cluster)
      expect(await failure(client.request(Produce, batches([0]), { version: 9 }))).toBe('ConnectionError unknown')
      expect(client.closed).toBe(true)
      expect(ends(cluster)).toEqual([0n, 0n, 0n])
      expect(await produce(await clientOf(cluster), [0])).toEqual(['NONE'])
    })

    it('after the effect leaves it there, without an answer', async () => {
      const cluster = await start()
      cluster.fault({ api: 'Produce', cut: 'after' })
      const client = await clientOf(cluster)
      expect(await failure(client.request(Produce, batches([0]), { version: 9 }))).toBe('ConnectionError unknown')
      expect(ends(cluster)).toEqual([1n, 0n, 0n])
    })

    it('takes with it what waited behind', async () => {
      const cluster = await start()
      cluster.fault({ api: 'Metadata', cut: 'before' })
      const client = await clientOf(cluster)
      const asked = [metadata(client), client.request(Produce, batches([0]), { version: 9 })]
      expect(await Promise.all(asked.map(failure))).toEqual(['ConnectionError unknown', 'ConnectionError unknown'])
      expect(ends(cluster)).toEqual([0n, 0n, 0n])
    })
  })

  it('a lost response: the effect is there, the connection stays, and nothing more is heard on it', async () => {
    const cluster = await start()
    cluster.fault({ api: 'Produce', lose: true })
    const client = await raw(reach(cluster))
    const heard: string[] = []
    client.ask(Produce, batches([0]), 9).then(
      () => heard.push('Produce'),
      () => heard.push('hung up'),
    )
    client.ask(Metadata, { topics: [] }).then(
      () => heard.push('Metadata'),
      () => heard.push('hung up'),
    )
    await until(() => cluster.partitions[0]?.highWatermark === 1n)
    // Another connection is asked, so that what is on its way arrives.
    const other = await raw(reach(cluster))
    for (let n = 0; n < 20; n++) await other.ask(Metadata, { topics: [] })
    expect(ends(cluster)).toEqual([1n, 0n, 0n])
    expect(heard).toEqual([])
    expect(cluster.connections).toHaveLength(2)
    cluster.disconnect()
    await client.hungUp
  })

  describe('wrong bytes', () => {
    it('in a body make that request fail', async () => {
      const cluster = await start()
      cluster.fault({ api: 'Metadata', bytes: answer => Buffer.concat([answer]).fill(0xff, 9) })
      const client = await clientOf(cluster)
      const asked = [metadata(client, { version: 12 }), metadata(client)]
      expect(await Promise.all(asked.map(failure))).toEqual(['ProtocolError unknown', 'none'])
    })

    it('in a correlation id make the connection fail', async () => {
      const cluster = await start()
      cluster.fault({ api: 'Metadata', bytes: answer => Buffer.concat([answer]).fill(0x7f, 4, 8) })
      const client = await clientOf(cluster)
      expect(await failure(metadata(client))).toBe('ConnectionError unknown, ProtocolError')
      expect(client.closed).toBe(true)
    })

    it('that are no frame make it fail', async () => {
      const cluster = await start()
      cluster.fault({ api: 'Metadata', bytes: () => Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n') })
      const client = await clientOf(cluster)
      expect(await failure(metadata(client))).toBe('ConnectionError unknown, FrameError')
    })

    it('that end early are followed by what comes next', async () => {
      const cluster = await start()
      cluster.fault({ api: 'Metadata', bytes: answer => answer.subarray(0, 7) })
      const client = await clientOf(cluster, { requestTimeout: 50 })
      expect(await failure(metadata(client))).toMatch(/^(RequestTimeout|ReceiveTimeout|Connection)Error unknown$/)
    })
  })

  it('a leader that moves while a request is on its way', async () => {
    const cluster = await start({ brokers: 3 })
    cluster.fault({ api: 'Produce', before: () => cluster.moveLeader('orders', 0, 2) })
    const client = await clientOf(cluster)
    const { responses, nodeEndpoints } = await lastValueFrom(client.request(Produce, batches([0]), { version: 12 }))
    const { host, port } = reach(cluster, { nodeId: 2 })
    expect(responses[0]?.partitionResponses).toMatchObject([
      { errorCode: errors.NOT_LEADER_OR_FOLLOWER.code, currentLeader: { leaderId: 2, leaderEpoch: 1 } },
    ])
    expect(nodeEndpoints).toEqual([{ nodeId: 2, host, port, rack: null }])
    expect(await produce(await clientOf(cluster, { nodeId: 2 }), [0])).toEqual(['NONE'])
  })

  it('a leader that moves while a fetch waits, which ends the wait', async () => {
    const cluster = await start({ brokers: 2 })
    const client = await raw(reach(cluster))
    const fetched = client.ask(Fetch, waiting(0, { currentLeaderEpoch: 0 }), 12)
    await (await raw(reach(cluster))).ask(Metadata, { topics: [] })
    cluster.moveLeader('orders', 0, 2)
    const { responses } = await fetched
    expect(responses[0]?.partitions[0]?.errorCode).toBe(errors.FENCED_LEADER_EPOCH.code)
  })

  it('a coordinator that moves', async () => {
    const cluster = await start({ brokers: 2 })
    const [one, two] = [await raw(reach(cluster)), await raw(reach(cluster, { nodeId: 2 }))]
    const find = async (keyType: number) => {
      const { coordinators } = await one.ask(FindCoordinator, { keyType, coordinatorKeys: ['billing'] })
      return coordinators[0]?.nodeId
    }
    const beat = { groupId: 'billing', generationId: 1, memberId: 'a' }
    for (const to of [1, 2, 1]) {
      cluster.moveCoordinator('group', 'billing', to)
      cluster.moveCoordinator('transaction', 'billing', 3 - to)
      expect([await find(0), await find(1)]).toEqual([to, 3 - to])
      const codes = [(await one.ask(Heartbeat, beat)).errorCode, (await two.ask(Heartbeat, beat)).errorCode]
      const known = [errors.UNKNOWN_MEMBER_ID.code, errors.NOT_COORDINATOR.code]
      expect(codes).toEqual(to === 1 ? known : known.toReversed())
    }
  })

  it('a broker that goes down and comes up again', async () => {
    const cluster = await start({ brokers: 3 })
    const client = await clientOf(cluster, { nodeId: 2 })
    const [first, other] = [await clientOf(cluster), await clientOf(cluster, { nodeId: 3 })]
    expect(leaders(cluster)).toEqual([1, 2, 3])
    const seen = cluster.fault({ api: 'Fetch' })
    const pending = failure(client.request(Fetch, waiting(1), { version: 12 }))
    await until(() => seen.hits === 1)
    cluster.stop(2)
    expect(await pending).toBe('ConnectionError unknown')
    expect(await failure(broker(reach(cluster, { nodeId: 2 })))).toBe('ConnectError undefined')
    expect(leaders(cluster)).toEqual([1, 3, 3])
    const { brokers } = await lastValueFrom(metadata(first))
    expect(brokers.map(({ nodeId }) => nodeId)).toEqual([1, 3])
    expect(await produce(other, [1, 2])).toEqual(['NONE', 'NONE'])
    cluster.start(2)
    // Over TCP it listens a turn later.
    await new Promise(resolve => setImmediate(resolve))
    const again = await clientOf(cluster, { nodeId: 2 })
    expect(await produce(again, [1])).toEqual(['NOT_LEADER_OR_FOLLOWER'])
    cluster.moveLeader('orders', 1, 2)
    expect(await produce(again, [1])).toEqual(['NONE'])
    expect(ends(cluster)).toEqual([0n, 2n, 1n])
  })

  it('a broker that goes down while it answers', async () => {
    const cluster = await start({ brokers: 2 })
    cluster.fault({ api: 'Produce', after: () => cluster.stop(1) })
    const client = await clientOf(cluster)
    expect(await failure(client.request(Produce, batches([0]), { version: 9 }))).toBe('ConnectionError unknown')
    expect(ends(cluster)).toEqual([1n, 0n, 0n])
    expect(leaders(cluster)).toEqual([2, 2, 2])
  })

  it('hangs up on those that are meant', async () => {
    const cluster = await start({ brokers: 2 })
    const options = [{ clientId: 'a' }, { clientId: 'b' }, { clientId: 'b', nodeId: 2 }, { clientId: 'c' }]
    const clients = await Promise.all(options.map(one => clientOf(cluster, one)))
    const open = async () => {
      const asked = await Promise.all(clients.map(client => failure(metadata(client))))
      return asked.map(result => result === 'none')
    }
    expect(await open()).toEqual([true, true, true, true])
    cluster.disconnect({ clientId: 'b', nodeId: 1 })
    expect(await open()).toEqual([true, false, true, true])
    cluster.disconnect({ nodeId: 2 })
    expect(await open()).toEqual([true, false, false, true])
    cluster.disconnect({ connection: cluster.connections.find(({ clientId }) => clientId === 'c')?.id ?? 0 })
    expect(await open()).toEqual([true, false, false, false])
    cluster.disconnect()
    expect(await open()).toEqual([false, false, false, false])
  })

  it('that throws ends the cluster, with what it threw', async () => {
    const { cluster, failed } = await running({ listen })
    const client = await clientOf(cluster)
    const thrown = new Error('a mistake in a test')
    cluster.fault({
      before: () => {
        throw thrown
      },
    })
    expect(await failure(metadata(client))).toBe('ConnectionError unknown')
    expect(await failed).toBe(thrown)
  })

  describe('hits', () => {
    /** Which of these requests a fault hits: those that are refused. */
    const hit = async (target: FaultOptions) => {
      const cluster = await start({ brokers: 2, topics: { orders: { partitions: 4 }, other: 1 } })
      const [one, two, named] = [
        await raw(reach(cluster)),
        await raw(reach(cluster, { nodeId: 2 })),
        await raw(reach(cluster), 'named'),
      ]
      for (const client of [one, two, named]) await client.ask(Metadata, { topics: [] })
      const ids = cluster.connections.map(({ id }) => id)
      const connection = target.connection && ids[target.connection - 1]
      cluster.fault({ error: 'POLICY_VIOLATION', ...target, ...(connection && { connection }) })
      const produced = (partition: number, topic = 'orders') => batches([partition], topic)
      const listed = { topics: [{ name: 'orders', partitions: [{ partitionIndex: 2, timestamp: -1n }] }] }
      const asked: readonly (readonly [name: string, ask: () => Promise<object>])[] = [
        ['1 Produce orders/0', () => one.ask(Produce, produced(0), 9)],
        ['2 Produce orders/1', () => two.ask(Produce, produced(1), 9)],
        ['named Produce orders/2', () => named.ask(Produce, produced(2), 9)],
        ['1 Produce other/0', () => one.ask(Produce, produced(0, 'other'), 9)],
        ['1 ListOffsets orders/2', () => one.ask(ListOffsets, { replicaId: -1, ...listed }, 8)],
        ['1 Metadata orders', () => one.ask(Metadata, { topics: [{ name: 'orders' }] })],
      ]
      const names: string[] = []
      for (const [name, ask] of asked) if (codesIn(await ask()).has(errors.POLICY_VIOLATION.code)) names.push(name)
      return names
    }
    const all = [
      '1 Produce orders/0',
      '2 Produce orders/1',
      'named Produce orders/2',
      '1 Produce other/0',
      '1 ListOffsets orders/2',
      '1 Metadata orders',
    ] as const

    it.each<readonly [FaultOptions, readonly string[]]>([
      [{}, [all[0]]],
      [{ times: 2 }, [all[0], all[1]]],
      [{ times: Number.POSITIVE_INFINITY }, all],
      [{ skip: 2 }, [all[2]]],
      [{ skip: 1, times: 2 }, [all[1], all[2]]],
      [{ api: 'ListOffsets', times: 9 }, [all[4]]],
      [{ api: ['ListOffsets', 'Metadata'], times: 9 }, [all[4], all[5]]],
      [{ nodeId: 2, times: 9 }, [all[1]]],
      [{ clientId: 'named', times: 9 }, [all[2]]],
      [{ connection: 2, times: 9 }, [all[1]]],
      [{ topic: 'other', times: 9 }, [all[3]]],
      [{ topic: 'orders', partition: 2, times: 9 }, [all[2], all[4], all[5]]],
      [{ api: 'Produce', topic: 'orders', nodeId: 1, times: 9 }, [all[0], all[2]]],
      [{ api: 'Produce', topic: 'orders', nodeId: 1, skip: 1, times: 9 }, [all[2]]],
    ])('%j', async (target, expected) => {
      expect(await hit(target)).toEqual(expected)
    })
  })
})

describe('a fault', () => {
  it('hits a topic by its id, and one that a fetch session remembers', async () => {
    const { cluster } = await running({ listen: false, topics: { orders: 2 } })
    const client = await raw(at(cluster))
    const { topics } = await client.ask(Metadata, { topics: [{ name: 'orders' }] })
    const topicId = topics[0]?.topicId ?? ''
    const fault = cluster.fault({ topic: 'orders', partition: 1, error: 'KAFKA_STORAGE_ERROR', times: 2 })
    const partition = { fetchOffset: 0n, partitionMaxBytes: 1000 }
    const named = [{ topicId, partitions: [0, 1].map(index => ({ ...partition, partition: index })) }]
    const codes = ({ responses }: { responses: readonly { partitions: readonly { errorCode: number }[] }[] }) =>
      responses.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode))
    const opened = await client.ask(Fetch, fetching(named, { sessionEpoch: 0 }))
    expect(codes(opened)).toEqual([0, errors.KAFKA_STORAGE_ERROR.code])
    const { sessionId } = opened
    const next = await client.ask(Fetch, fetching([], { sessionId, sessionEpoch: 1 }))
    expect(codes(next)).toEqual([errors.KAFKA_STORAGE_ERROR.code])
    expect(fault.hits).toBe(2)
  })

  it('is for a fetch as a whole when its error is one of sessions', async () => {
    const { cluster } = await running({ listen: false, topics: { orders: 1 } })
    const client = await raw(at(cluster))
    cluster.fault({ api: 'Fetch', error: 'FETCH_SESSION_ID_NOT_FOUND' })
    const answer = await client.ask(Fetch, waiting(0), 12)
    expect(answer).toMatchObject({ errorCode: errors.FETCH_SESSION_ID_NOT_FOUND.code, sessionId: 0, responses: [] })
  })

  it('is taken back by unsubscribing', async () => {
    const { cluster } = await running({ listen: false, topics: { orders: 1 } })
    const client = await connected(at(cluster))
    const fault = cluster.fault({ error: 'KAFKA_STORAGE_ERROR', times: Number.POSITIVE_INFINITY })
    expect(await produce(client, [0])).toEqual(['KAFKA_STORAGE_ERROR'])
    fault.unsubscribe()
    expect(await produce(client, [0])).toEqual(['NONE'])
    expect(fault.hits).toBe(1)
  })

  it('is one of many: all that are for a request hit it, and the first error counts', async () => {
    const { cluster } = await running({ listen: false, topics: { orders: 2 } })
    const client = await connected(at(cluster))
    const seen: string[] = []
    cluster.fault({ before: () => seen.push('one'), error: 'POLICY_VIOLATION', topic: 'orders', partition: 1 })
    cluster.fault({ before: () => seen.push('two'), error: 'KAFKA_STORAGE_ERROR', after: () => seen.push('after') })
    expect(await produce(client, [0, 1])).toEqual(['KAFKA_STORAGE_ERROR', 'POLICY_VIOLATION'])
    expect(seen).toEqual(['one', 'two', 'after'])
  })

  it('whose callback asks through the same transport does not get in the way of the request', async () => {
    const { cluster } = await running({ listen: false, topics: { orders: 2 } })
    const [client, other] = [await connected(at(cluster)), await connected(at(cluster))]
    let inner: Promise<string[]> | undefined
    cluster.fault({
      api: 'Produce',
      before: () => {
        inner = produce(other, [0])
      },
    })
    expect(await produce(client, [1])).toEqual(['NONE'])
    expect(await inner).toEqual(['NONE'])
    expect(ends(cluster)).toEqual([1n, 1n])
  })

  it.each<readonly [object, string]>([
    [{ api: 'Produces' }, 'api must be one that the embedded broker serves; got the string "Produces"'],
    [{ api: ['Fetch', 'Vote'] }, 'api must be one that the embedded broker serves; got the string "Vote"'],
    [{ error: 'NOT_AN_ERROR' }, "error must be Kafka's name of one, as NOT_LEADER_OR_FOLLOWER; got the string"],
    [{ api: 'Produces' }, 'did you mean Produce?'],
    [{ error: 'NOT_LEADER_OR_FOLOWER' }, 'did you mean NOT_LEADER_OR_FOLLOWER?'],
    [{ errorAfter: 'NOPE' }, "errorAfter must be Kafka's name of one"],
    [{ late: -1 }, 'late must be 0 or a positive number; got -1'],
    [{ lose: 1 }, 'lose must be true or false; got 1'],
    [{ apis: 'Produce' }, 'fault() has no option "apis": did you mean api?'],
    [{ error: 'UNKNOWN_SERVER_ERROR', errorAfter: 'REQUEST_TIMED_OUT' }, 'errorAfter would do nothing'],
    [{ cut: 'after', errorAfter: 'REQUEST_TIMED_OUT' }, 'errorAfter would do nothing: with `cut` there is no answer'],
    [{ lose: true, throttle: 5 }, 'throttle would do nothing: with `lose` there is no answer'],
    [{ delay: -1 }, 'delay must be 0 or a positive number; got -1'],
    [{ throttle: Number.NaN }, 'throttle must be 0 or a positive number; got NaN'],
    [{ skip: '2' }, 'skip must be 0 or a positive number'],
    [{ times: 0 }, 'times must be at least 1; got 0'],
    [{ times: '3' }, 'times must be at least 1; got the string "3"'],
    [{ cut: 'middle' }, `cut must be 'before' or 'after' the effect; got the string "middle"`],
    [{ before: 5 }, 'before must be a function; got 5'],
    [{ bytes: 'wrong' }, 'bytes must be a function; got the string "wrong"'],
    [{ api: ['Heartbeat', 'JoinGroup'], topic: 'a' }, 'topic: requests of Heartbeat, JoinGroup name none'],
    [{ partition: 0 }, 'partition needs the topic it is of'],
    [{ nodeId: 2 }, 'nodeId must be from 1 to 1; got 2'],
  ])('%j cannot be right', async (options, message) => {
    const { cluster } = await running({ listen: false })
    expect(() => cluster.fault(options)).toThrow(
      expect.objectContaining({ name: 'ArgumentError', message: expect.stringContaining(message) }),
    )
  })

  it('is for topics, brokers and partitions that there are: so are moves, and stops', async () => {
    const { cluster } = await running({ listen: false, brokers: 2, topics: { orders: 1 } })
    cluster.stop(2)
    const wrong: readonly (readonly [run: () => void, message: string])[] = [
      [() => cluster.moveLeader('none', 0, 1), 'topic none has no partition 0'],
      [() => cluster.moveLeader('orders', 1, 1), 'topic orders has no partition 1'],
      [() => cluster.truncate('orders', 1, 0n), 'topic orders has no partition 1'],
      [() => cluster.moveLeader('orders', 0, 3), 'nodeId must be from 1 to 2; got 3'],
      [() => cluster.moveLeader('orders', 0, 2), 'broker 2 is down: it cannot lead'],
      [
        () => cluster.moveCoordinator('topic' as never, 'a', 1),
        `kind must be 'group' or 'transaction'; got the string "topic"`,
      ],
      [() => cluster.moveCoordinator('group', 'a', 2), 'broker 2 is down: it cannot lead'],
      [() => cluster.disconnect({ node: 1 } as object), 'disconnect() has no option "node": did you mean nodeId?'],
      [() => cluster.stop(0), 'nodeId must be from 1 to 2; got 0'],
      [() => cluster.start(7), 'nodeId must be from 1 to 2; got 7'],
      [() => cluster.records('orders', 1), 'topic orders has no partition 1'],
    ]
    for (const [run, message] of wrong) {
      expect(run).toThrow(expect.objectContaining({ name: 'ArgumentError', message }))
    }
  })
})

function batches(partitions: readonly number[], topic = 'orders') {
  const partitionData = partitions.map(index => ({ index, records: batchOf(['x']) }))
  return { transactionalId: null, acks: -1, timeoutMs: 1000, topicData: [{ name: topic, partitionData }] }
}

/** A fetch that waits until there is something, if need be for ten minutes. */
function waiting(partition: number, rest: object = {}) {
  const partitions = [{ partition, fetchOffset: 0n, partitionMaxBytes: 1000, ...rest }]
  return fetching([{ topic: 'orders', partitions }], { maxWaitMs: 600_000 })
}

function fetching(topics: FetchRequestInput['topics'], rest: object = {}) {
  return { maxWaitMs: 0, minBytes: 1, maxBytes: 1000, isolationLevel: 0, topics, ...rest }
}

/** Produces a record to each partition; the names of what they are answered. */
async function produce(client: Broker, partitions: readonly number[]): Promise<string[]> {
  const { responses } = await lastValueFrom(client.request(Produce, batches(partitions), { version: 9 }))
  const codes = responses[0]?.partitionResponses.map(({ errorCode }) => errorCode) ?? []
  return codes.map(number => Object.entries(errors).find(([, error]) => error.code === number)?.[0] ?? '?')
}

function metadata(client: Broker, options?: RequestOptions) {
  return client.request(Metadata, { topics: [] }, options)
}

/** Who leads the partitions of `orders`. */
function leaders(cluster: EmbeddedBroker): number[] {
  return cluster.partitions.filter(({ topic }) => topic === 'orders').map(({ leader }) => leader)
}

/** How many records the partitions of `orders` have. */
function ends(cluster: EmbeddedBroker): bigint[] {
  return cluster.partitions.filter(({ topic }) => topic === 'orders').map(({ highWatermark }) => highWatermark)
}

/** What it fails with, what became of the request, and the kind of error behind it. */
function failure(asked: ReturnType<Broker['request']> | ReturnType<typeof broker>): Promise<string> {
  const told = catchError(({ name, outcome, cause }: KafkaError) =>
    of(`${name} ${outcome}${cause instanceof KafkaError && cause.name !== name ? `, ${cause.name}` : ''}`),
  )
  return lastValueFrom(asked.pipe(told)).then(result => (typeof result === 'string' ? result : 'none'))
}
