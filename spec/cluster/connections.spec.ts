import { concat, concatMap, defer, forkJoin, ignoreElements, map, merge, mergeMap, of, take, tap, timer } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  CreateTopics,
  DescribeCluster,
  Fetch,
  Heartbeat,
  JoinGroup,
  ListOffsets,
  Metadata,
} from '../../src/protocol/index.js'
import { countRequests, live } from './live.js'

const cluster = { includeClusterAuthorizedOperations: false }
const newTopic = (name: string) => ({
  topics: [{ name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
  timeoutMs: 5000,
  validateOnly: false,
})

describe('connections', () => {
  it('a parked long poll, join, produce or slow request holds back nothing else', () => {
    const { values, error } = live({ broker: { topics: { a: 1 } } }, world => {
      const { kafka, cluster: embedded } = world
      for (const api of ['Fetch', 'JoinGroup', 'Produce', 'CreateTopics'] as const)
        embedded.fault({ api, delay: 20_000 })
      const join = {
        groupId: 'g',
        sessionTimeoutMs: 10_000,
        rebalanceTimeoutMs: 10_000,
        memberId: '',
        protocolType: 'consumer',
        protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
      }
      const to = { leader: { topic: 'a', partition: 0 } }
      const parked = merge(
        kafka.request(Fetch, { maxWaitMs: 20_000, minBytes: 1, maxBytes: 1000, isolationLevel: 0, topics: [] }, { to }),
        kafka.request(JoinGroup, join, { to: { coordinator: { group: 'g' } } }),
        kafka.request(CreateTopics, newTopic('new'), { to: 'controller' }),
        kafka.producer().send({ topic: 'a', value: 'x' }),
      ).pipe(ignoreElements())
      const quick = concat(
        kafka.request(Metadata, { topics: null }),
        kafka.request(ListOffsets, { replicaId: -1, topics: [] }, { to }),
        kafka.request(
          Heartbeat,
          { groupId: 'g', generationId: 1, memberId: 'm' },
          { to: { coordinator: { group: 'g' } } },
        ),
      )
      return merge(
        parked,
        timer(1000, world.scheduler).pipe(
          concatMap(() => quick),
          map(() => world.scheduler.now()),
        ),
        timer(2000, world.scheduler).pipe(map(() => embedded.connections.length)),
      )
    })
    expect(error).toBeUndefined()
    // Three that answer at once, and five connections: produce, fetch, join, slow, rest.
    expect(values).toEqual([1000, 1000, 1000, 5])
  })

  it('ask ApiVersions once a broker while one lives, and anew when the last has gone', () => {
    const { values } = live({ broker: { topics: { a: 1 } } }, ({ kafka, cluster: embedded }) => {
      const asked = countRequests(embedded, 'ApiVersions')
      const all = concat(
        kafka.request(Metadata, { topics: null }),
        kafka.request(
          Fetch,
          { maxWaitMs: 1, minBytes: 1, maxBytes: 1000, isolationLevel: 0, topics: [] },
          { to: { leader: { topic: 'a', partition: 0 } } },
        ),
        defer(() => kafka.createTopics({ name: `topic-${asked()}` })),
        kafka.producer().send({ topic: 'a', value: 'x' }),
      ).pipe(ignoreElements())
      return concat(
        all,
        defer(() => of(asked())),
        kafka.released.pipe(ignoreElements()),
        all,
        defer(() => of(asked())),
      )
    })
    expect(values).toEqual([1, 2])
  })

  it('are one for many requests, and closed after idleTimeout', () => {
    const { values, events } = live({ kafka: { idleTimeout: 5000 } }, world => {
      const { kafka, cluster: embedded, scheduler } = world
      return concat(
        forkJoin(Array.from({ length: 100 }, () => kafka.request(DescribeCluster, cluster))).pipe(ignoreElements()),
        // Used again meanwhile it stays.
        timer(4000, scheduler).pipe(
          concatMap(() => kafka.topics()),
          ignoreElements(),
        ),
        timer(4000, scheduler).pipe(map(() => embedded.connections.length)),
        timer(1500, scheduler).pipe(map(() => embedded.connections.length)),
      )
    })
    expect(values).toEqual([1, 0])
    expect(events.filter(({ type }) => type === 'connected').length).toBe(1)
    expect(events.filter(({ type }) => type === 'disconnected')).toEqual([
      { at: 9000, type: 'disconnected', nodeId: -1, host: '127.0.0.1', port: 9092 },
    ])
  })

  it('of a broker that left are let go', () => {
    const { values, events } = live(
      { broker: { brokers: 2, topics: { a: 1 } }, kafka: { metadataMaxAge: 5000 } },
      world => {
        const { kafka, cluster: embedded, scheduler } = world
        const [other] = [1, 2].filter(id => id !== embedded.partitions[0]?.leader)
        // The broker says that it is the only one.
        return concat(
          kafka.request(DescribeCluster, cluster, { to: { broker: other ?? 0 } }).pipe(ignoreElements()),
          defer(() => {
            embedded.stop(other ?? 0)
            return kafka.topics('a').pipe(ignoreElements())
          }),
          timer(1000, scheduler).pipe(
            concatMap(() => kafka.request(DescribeCluster, cluster, { to: { broker: other ?? 0 }, timeout: 3000 })),
            map(({ brokers }) => brokers.length),
          ),
        )
      },
    )
    expect(values).toEqual([])
    expect(events.filter(({ type }) => type === 'disconnected').length).toBeGreaterThan(0)
  })
})

describe('a connection lost', () => {
  it('is reconnected on demand with backoff of its broker, not of all', () => {
    const tries: number[] = []
    const { error, endedAt } = live(
      {
        broker: { brokers: 2 },
        transport:
          ({ transport }, scheduler) =>
          endpoint => {
            if (endpoint.port === 9093) tries.push(scheduler.now())
            return transport(endpoint)
          },
      },
      ({ kafka, cluster: embedded, scheduler }) => {
        const to2 = kafka.request(DescribeCluster, cluster, { to: { broker: 2 }, timeout: 20_000 })
        return concat(
          to2,
          defer(() => {
            tries.length = 0
            embedded.fault({ api: 'ApiVersions', nodeId: 2, cut: 'before', times: 5 })
            embedded.disconnect({ nodeId: 2 })
            const others = timer(0, 50, scheduler).pipe(
              mergeMap(() => kafka.request(DescribeCluster, cluster, { to: { broker: 1 }, timeout: 40 })),
              take(40),
            )
            return merge(others, to2)
          }),
        )
      },
    )
    expect(error).toBeUndefined()
    expect(tries.length).toBeGreaterThanOrEqual(5)
    expect(tries.length).toBeLessThanOrEqual(8)
    const waits = tries.slice(1).map((at, n) => at - (tries[n] ?? 0))
    expect(Math.max(...waits)).toBeLessThanOrEqual(1100)
    expect(waits.filter(wait => wait < 100)).toEqual([])
    expect(endedAt).toBeLessThan(6000)
  })

  it('what may be repeated is asked again inside the deadline, and what was unsent', () => {
    const { values } = live({}, ({ kafka, cluster: embedded }) => {
      embedded.fault({ api: 'DescribeCluster', cut: 'after' })
      embedded.fault({ api: 'CreateTopics', cut: 'after', skip: 5 })
      return concat(
        kafka.request(DescribeCluster, cluster).pipe(map(({ brokers }) => brokers.length)),
        defer(() => {
          embedded.disconnect()
          return kafka
            .request(CreateTopics, newTopic('a'), { to: 'controller' })
            .pipe(map(({ topics }) => topics[0]?.errorCode))
        }),
      )
    })
    expect(values).toEqual([1, 0])
  })

  it('elsewhere, where the leader has moved', () => {
    const { values } = live(
      { broker: { brokers: 2, topics: { a: { partitions: 1, replicationFactor: 2 } } } },
      ({ kafka, cluster: embedded }) => {
        const leader = embedded.partitions[0]?.leader ?? 0
        embedded.fault({ api: 'ListOffsets', nodeId: leader, before: () => embedded.stop(leader) })
        return kafka
          .request(
            ListOffsets,
            { replicaId: -1, topics: [{ name: 'a', partitions: [{ partitionIndex: 0, timestamp: -1n }] }] },
            { to: { leader: { topic: 'a', partition: 0 } } },
          )
          .pipe(map(({ topics }) => [topics[0]?.partitions[0]?.errorCode, embedded.partitions[0]?.leader !== leader]))
      },
    )
    expect(values).toEqual([[0, true]])
  })

  it('what may not be repeated is told with its outcome', () => {
    const { values, error, endedAt } = live({}, ({ kafka, cluster: embedded }) => {
      const asked = countRequests(embedded, 'CreateTopics')
      embedded.fault({ api: 'CreateTopics', cut: 'after' })
      return kafka
        .request(CreateTopics, newTopic('a'), { to: 'controller' })
        .pipe(tap({ error: () => expect(asked()).toBe(1) }))
    })
    expect(values).toEqual([])
    expect(error).toMatchObject({ name: 'ConnectionError', outcome: 'unknown' })
    expect(endedAt).toBe(0)
  })

  it('a request that is not answered in time says that it was sent, and one that never could be that it was not', () => {
    const silent = live({}, ({ kafka, cluster: embedded }) => {
      embedded.fault({ api: 'DescribeCluster', delay: Number.POSITIVE_INFINITY, times: Number.POSITIVE_INFINITY })
      return kafka.request(DescribeCluster, cluster, { timeout: 5000 })
    })
    expect([silent.endedAt, silent.error]).toMatchObject([5000, { code: 'REQUEST_TIMEOUT', outcome: 'unknown' }])
    const nobody = live({}, ({ kafka }) =>
      kafka.request(DescribeCluster, cluster, { to: { broker: 9 }, timeout: 5000 }),
    )
    expect([nobody.endedAt, nobody.error]).toMatchObject([5000, { code: 'REQUEST_TIMEOUT', outcome: 'unsent' }])
  })

  it('no server is tried beyond the deadline because the one before used it up', () => {
    const { endedAt, error } = live(
      {
        broker: { brokers: 3 },
        transport:
          ({ transport }) =>
          endpoint =>
            transport(endpoint),
      },
      ({ kafka, cluster: embedded }) =>
        concat(
          kafka.request(DescribeCluster, cluster).pipe(ignoreElements()),
          defer(() => {
            embedded.fault({ api: 'DescribeCluster', delay: Number.POSITIVE_INFINITY, times: Number.POSITIVE_INFINITY })
            embedded.fault({ api: 'ApiVersions', delay: Number.POSITIVE_INFINITY, times: Number.POSITIVE_INFINITY })
            return kafka.request(DescribeCluster, cluster, { timeout: 3000 })
          }),
        ),
    )
    expect(endedAt).toBe(3000)
    expect(error).toMatchObject({ outcome: 'unknown' })
  })
})

describe('released', () => {
  it('emits once and completes, closes what is idle at once, and waits for what is under way', () => {
    const { values, endedAt, connections } = live({}, world => {
      const { kafka, cluster: embedded, scheduler } = world
      embedded.fault({ api: 'DescribeCluster', delay: 3000 })
      return concat(
        kafka.released.pipe(map(value => ['nothing was open', value, scheduler.now()])),
        kafka.topics().pipe(map(() => ['open', embedded.connections.length, 0])),
        merge(
          kafka.request(DescribeCluster, cluster).pipe(map(() => ['answered', 1, scheduler.now()])),
          kafka.released.pipe(map(value => ['released', value, scheduler.now()])),
        ),
      )
    })
    expect(values).toEqual([
      ['nothing was open', undefined, 0],
      ['open', 1, 0],
      ['answered', 1, 3000],
      ['released', undefined, 3000],
    ])
    expect([endedAt, connections]).toEqual([3000, 0])
  })

  it('waits for a request that waits out its backoff with nothing open', () => {
    const { values } = live({}, ({ kafka, cluster: embedded, scheduler }) =>
      concat(
        kafka.topics().pipe(ignoreElements()),
        defer(() => {
          embedded.stop(1)
          scheduler.schedule(() => embedded.start(1), 5000)
          return merge(
            kafka.request(DescribeCluster, cluster).pipe(map(() => 'answered')),
            kafka.released.pipe(map(() => 'released')),
          )
        }),
      ),
    )
    expect(values).toEqual(['answered', 'released'])
  })

  it('waits for all steps of what has more than one', () => {
    const { values } = live({ broker: { brokers: 3, settling: 500 } }, ({ kafka }) =>
      merge(kafka.createTopics({ name: 'a' }).pipe(map(() => 'made')), kafka.released.pipe(map(() => 'released'))),
    )
    expect(values).toEqual(['made', 'released'])
  })
})

describe('making topics', () => {
  it('does not wait for a broker that is down', () => {
    const { values, endedAt } = live({ broker: { brokers: 3 } }, ({ kafka, cluster: embedded }) =>
      concat(
        kafka.topics().pipe(ignoreElements()),
        kafka.request(DescribeCluster, cluster, { to: 'controller' }).pipe(ignoreElements()),
        defer(() => {
          // Still named by the metadata of who has not asked again.
          embedded.fault({ api: 'CreateTopics', after: () => embedded.stop(3) })
          return kafka.createTopics({ name: 'a', replicationFactor: 1 })
        }),
      ).pipe(map(topics => topics.length)),
    )
    expect(values).toEqual([1])
    expect(endedAt).toBeLessThan(3000)
  })

  it('emits them in the order asked for', () => {
    const { values } = live({ broker: { brokers: 2 } }, ({ kafka }) =>
      concat(kafka.createTopics([{ name: 'z' }, { name: 'a', partitions: 2 }]), kafka.topics(['z', 'a'])).pipe(
        map(topics => topics.map(({ name, partitions }) => `${name}${partitions.length}`)),
      ),
    )
    expect(values).toEqual([
      ['z1', 'a2'],
      ['z1', 'a2'],
    ])
  })

  it('that is there names it', () => {
    const { error } = live({ broker: { topics: { a: 1 } } }, ({ kafka }) => kafka.createTopics([{ name: 'a' }]))
    expect(error).toMatchObject({ code: 'TOPIC_ALREADY_EXISTS' })
    expect(String(error)).toMatch(/the topic a/)
  })
})
