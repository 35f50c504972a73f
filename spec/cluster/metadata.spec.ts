import {
  catchError,
  concat,
  concatMap,
  defer,
  forkJoin,
  ignoreElements,
  map,
  merge,
  mergeMap,
  of,
  range,
  take,
  timer,
  toArray,
} from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { Transport } from '../../src/connection/index.js'
import { CreatePartitions, DescribeCluster, DescribeGroups, ListOffsets } from '../../src/protocol/index.js'
import { type EmbeddedBroker, embeddedBroker } from '../../src/testing/index.js'
import { countRequests, live, type World } from './live.js'

const cluster = { includeClusterAuthorizedOperations: false }
const endOf = ({ kafka }: World, topic: string, partition = 0, timeout = 30_000) =>
  kafka
    .request(
      ListOffsets,
      { replicaId: -1, topics: [{ name: topic, partitions: [{ partitionIndex: partition, timestamp: -1n }] }] },
      { to: { leader: { topic, partition } }, timeout },
    )
    .pipe(map(({ topics }) => topics[0]?.partitions[0]?.errorCode))

describe('metadata', () => {
  it('has one request in flight for any number of askers', () => {
    const { values } = live({ broker: { brokers: 3, topics: { a: 3, b: 3, c: 3 } } }, world => {
      const asked = countRequests(world.cluster, 'Metadata')
      return range(0, 300).pipe(
        mergeMap(n => endOf(world, 'abc'.charAt(n % 3), n % 3)),
        toArray(),
        map(codes => [codes.length, new Set(codes).size, asked()]),
      )
    })
    expect(values).toEqual([[300, 1, 2]])
  })

  it('is of topics in use alone', () => {
    const { events } = live({ broker: { topics: { a: 1, b: 1, c: 1 } } }, world => endOf(world, 'b'))
    const told = events.flatMap(event => (event.type === 'metadata' ? [event.topics.map(({ name }) => name)] : []))
    expect(told).toEqual([['b']])
  })

  it('is refreshed on age', () => {
    const { values, events } = live({ broker: { topics: { a: 1 } }, kafka: { metadataMaxAge: 10_000 } }, world => {
      const asked = countRequests(world.cluster, 'Metadata')
      // Who goes on producing goes on watching.
      return timer(0, 1000, world.scheduler).pipe(
        take(35),
        concatMap(n => world.kafka.producer({ linger: 900 }).send({ topic: 'a', value: String(n) })),
        toArray(),
        map(() => asked()),
      )
    })
    const at = events.flatMap(event => (event.type === 'metadata' ? [event.at] : []))
    expect(values[0]).toBe(at.length)
    expect(at.length).toBeGreaterThanOrEqual(3)
    expect(at.length).toBeLessThanOrEqual(5)
  })

  it('is asked for anew when a leader has moved, and the request goes there', () => {
    const { values, endedAt } = live({ broker: { brokers: 3, topics: { a: 1 } } }, world =>
      concat(
        endOf(world, 'a'),
        defer(() => {
          world.cluster.moveLeader('a', 0, 2)
          return endOf(world, 'a')
        }),
        defer(() => {
          world.cluster.moveLeader('a', 0, 3)
          return endOf(world, 'a')
        }),
      ),
    )
    expect(values).toEqual([0, 0, 0])
    expect(endedAt).toBeLessThan(1000)
  })

  it('is asked for until a topic has leaders', () => {
    const { values, endedAt } = live({ broker: { settling: 3000 } }, world =>
      concat(
        world.kafka.createTopics({ name: 'new' }).pipe(map(([topic]) => topic?.partitions[0]?.leader)),
        endOf(world, 'new'),
      ),
    )
    expect(values).toEqual([1, 0])
    expect(endedAt).toBeGreaterThanOrEqual(3000)
    expect(endedAt).toBeLessThan(6000)
  })

  it.each([
    'NOT_LEADER_OR_FOLLOWER',
    'LEADER_NOT_AVAILABLE',
    'FENCED_LEADER_EPOCH',
    'UNKNOWN_LEADER_EPOCH',
    'REPLICA_NOT_AVAILABLE',
    'KAFKA_STORAGE_ERROR',
  ] as const)('is asked for anew on %s, and the request again', error => {
    const { values } = live({ broker: { topics: { a: 1 } } }, world => {
      const asked = countRequests(world.cluster, 'Metadata')
      world.cluster.fault({ api: 'ListOffsets', topic: 'a', error })
      return endOf(world, 'a').pipe(map(code => [code, asked()]))
    })
    expect(values).toEqual([[0, 2]])
  })

  it.each(['NOT_COORDINATOR', 'COORDINATOR_NOT_AVAILABLE', 'COORDINATOR_LOAD_IN_PROGRESS'] as const)(
    'of a coordinator is asked for anew on %s',
    error => {
      const { values } = live({}, ({ kafka, cluster }) => {
        const asked = countRequests(cluster, 'FindCoordinator')
        cluster.fault({ api: 'DescribeGroups', error })
        const ask = kafka.request(DescribeGroups, { groups: ['g'] }, { to: { coordinator: { group: 'g' } } })
        return concat(ask, ask).pipe(map(({ groups }) => [groups[0]?.errorCode, asked()]))
      })
      expect(values).toEqual([
        [69, 2],
        [69, 2],
      ])
    },
  )

  it('of a coordinator is asked for once by many, and again when it has moved', () => {
    const { values } = live({ broker: { brokers: 3 } }, ({ kafka, cluster }) => {
      const asked = countRequests(cluster, 'FindCoordinator')
      const ask = kafka.request(DescribeGroups, { groups: ['g'] }, { to: { coordinator: { group: 'g' } } })
      return concat(
        forkJoin(Array.from({ length: 50 }, () => ask)),
        defer(() => {
          for (const id of [1, 2, 3]) cluster.moveCoordinator('group', 'g', id)
          return ask
        }),
      ).pipe(map(() => asked()))
    })
    expect(values[0]).toBe(1)
    expect(values[1]).toBeLessThanOrEqual(3)
  })

  it('is asked for anew when a connection is lost', () => {
    const { values } = live({ broker: { brokers: 2, topics: { a: 1 } } }, world => {
      const asked = countRequests(world.cluster, 'Metadata')
      const [first] = world.cluster.partitions
      return concat(
        endOf(world, 'a'),
        defer(() => {
          world.cluster.stop(first?.leader === 1 ? 1 : 2)
          return endOf(world, 'a')
        }),
      ).pipe(map(code => [code, asked()]))
    })
    expect(values).toEqual([
      [0, 1],
      [0, 2],
    ])
  })

  it('is asked of the bootstrap servers again on REBOOTSTRAP_REQUIRED, without a hot loop', () => {
    const { values, endedAt, events } = live({ broker: { brokers: 2, topics: { a: 1 } } }, world => {
      const asked = countRequests(world.cluster, 'Metadata')
      return concat(
        endOf(world, 'a'),
        defer(() => {
          world.cluster.fault({ api: 'Metadata', error: 'REBOOTSTRAP_REQUIRED', times: 5 })
          world.cluster.fault({ api: 'ListOffsets', topic: 'a', error: 'NOT_LEADER_OR_FOLLOWER' })
          return endOf(world, 'a')
        }),
      ).pipe(map(code => [code, asked()]))
    })
    expect(values).toEqual([
      [0, 1],
      [0, 7],
    ])
    expect(endedAt).toBeGreaterThan(1000)
    expect(events.filter(({ type }) => type === 'metadata').length).toBe(2)
  })

  it('is asked of the bootstrap servers again when no known broker answers', () => {
    // Known by names that lead nowhere after a while; bootstrap still leads to the cluster.
    let isDark = false
    const through =
      ({ transport, brokers: [{ host, port }] }: EmbeddedBroker): Transport =>
      endpoint => {
        if (endpoint.host === 'front') return transport({ ...endpoint, host, port })
        return isDark ? embeddedBroker({ listen: false }).pipe(concatMap(() => [])) : transport(endpoint)
      }
    const { values, endedAt } = live(
      { broker: { brokers: 3 }, kafka: { bootstrap: 'front', timeout: 1000 }, transport: through },
      ({ kafka, cluster: embedded }) => {
        const ask = kafka.request(DescribeCluster, cluster).pipe(map(({ brokers }) => brokers.length))
        return concat(
          ask,
          kafka.topics().pipe(ignoreElements()),
          kafka.request(DescribeCluster, cluster, { to: 'controller' }).pipe(ignoreElements()),
          kafka.released.pipe(ignoreElements()),
          defer(() => {
            isDark = true
            embedded.disconnect()
            return ask
          }),
        )
      },
    )
    expect(values).toEqual([3, 3])
    expect(endedAt).toBeLessThan(10_000)
  })
})

describe('another cluster or node behind an address (KIP-1242)', () => {
  /** The first cluster until `isOther`, then another one under the same names. */
  const swap =
    (state: { isOther: boolean; other?: EmbeddedBroker }, first: EmbeddedBroker): Transport =>
    endpoint =>
      state.isOther && state.other ? state.other.transport(endpoint) : first.transport(endpoint)

  it('is found, and asked for its own topics; what was known of the old one is forgotten', () => {
    const state: { isOther: boolean; other?: EmbeddedBroker } = { isOther: false }
    const { values, error, connections, endedAt } = live(
      { broker: { brokers: 2, topics: { a: 2 } }, transport: first => swap(state, first) },
      world => {
        const { scheduler } = world
        return embeddedBroker({ listen: false, scheduler, seed: 7, brokers: 1, topics: { a: 1, b: 1 } }, other =>
          concat(
            endOf(world, 'a', 1),
            defer(() => {
              state.other = other
              state.isOther = true
              world.cluster.disconnect()
              return endOf(world, 'b')
            }),
            endOf(world, 'a'),
            world.kafka.topics('a').pipe(map(([a]) => a?.partitions.length)),
            world.kafka.released.pipe(ignoreElements()),
          ),
        )
      },
    )
    expect(error).toBeUndefined()
    expect(values).toEqual([0, 0, 0, 1])
    expect(connections).toBe(0)
    expect(endedAt).toBeLessThan(5000)
  })

  it('leaves no connection to a broker that the new one does not have, and no coordinator of the old', () => {
    const state: { isOther: boolean; other?: EmbeddedBroker } = { isOther: false }
    const { values, error, events } = live(
      {
        broker: { brokers: 2, topics: { a: 2 } },
        kafka: { bootstrap: '127.0.0.1:9092', idleTimeout: Number.POSITIVE_INFINITY },
        transport: first => swap(state, first),
      },
      world => {
        const { scheduler, kafka, cluster: first } = world
        const ofGroup = kafka
          .request(DescribeGroups, { groups: ['g'] }, { to: { coordinator: { group: 'g' } } })
          .pipe(ignoreElements())
        return embeddedBroker({ listen: false, scheduler, seed: 7, topics: { a: 1 } }, other =>
          concat(
            endOf(world, 'a', 0),
            endOf(world, 'a', 1),
            ofGroup,
            defer(() => {
              first.moveCoordinator('group', 'g', 2)
              return ofGroup
            }),
            defer(() => {
              state.other = other
              state.isOther = true
              first.disconnect({ nodeId: 1 })
              return endOf(world, 'a')
            }),
            defer(() => of(first.connections.length)),
            ofGroup,
          ),
        )
      },
    )
    expect([error, values]).toEqual([undefined, [0, 0, 0, 0]])
    const gone = events.flatMap(event =>
      event.type === 'disconnected' && event.port === 9093 ? [String(event.cause)] : [],
    )
    expect(gone).toEqual(['ConnectionError: node 2 at 127.0.0.1:9093 has left the cluster'])
    const lastMetadata = events.findLastIndex(({ type }) => type === 'metadata')
    expect(events.slice(lastMetadata).filter(({ type }) => type === 'retrying')).toEqual([])
  })

  it('is told by a 4.4 broker at its greeting: another node at an address', () => {
    let isCrossed = false
    const crossed =
      ({ transport, brokers: [{ host, port }] }: EmbeddedBroker): Transport =>
      endpoint => {
        if (endpoint.host === 'front') return transport({ ...endpoint, host, port })
        return transport(isCrossed ? { ...endpoint, port: endpoint.port === 9092 ? 9093 : 9092 } : endpoint)
      }
    const { values, endedAt, error, events } = live(
      { broker: { brokers: 2 }, kafka: { bootstrap: 'front' }, transport: crossed },
      ({ kafka, cluster: embedded, scheduler }) => {
        const ask = kafka
          .request(DescribeCluster, cluster, { to: { broker: 2 } })
          .pipe(map(({ brokers }) => brokers.length))
        return concat(
          ask,
          defer(() => {
            isCrossed = true
            embedded.disconnect()
            scheduler.schedule(() => (isCrossed = false), 3000)
            return ask
          }),
        )
      },
    )
    expect(error).toBeUndefined()
    expect(values).toEqual([2, 2])
    expect(endedAt).toBeGreaterThanOrEqual(3000)
    const misled = events.filter(event => event.type === 'retrying' && /another broker/.test(event.cause.message))
    expect(misled.length).toBeGreaterThan(1)
    expect(misled.length).toBeLessThan(10)
  })
})

describe('a missing topic', () => {
  it('is an error at once where it is asked for by name, naming it', () => {
    const { error, endedAt } = live({ broker: { topics: { a: 1 } } }, ({ kafka }) => kafka.topics(['a', 'missing']))
    expect(error).toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' })
    expect(String(error)).toMatch(/missing/)
    expect(endedAt).toBe(0)
  })

  it('is asked for again for 10 s, since it may have just been made; then an error, unsent', () => {
    const { error, endedAt } = live({}, world => endOf(world, 'missing'))
    expect(error).toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' })
    expect(endedAt).toBeGreaterThanOrEqual(10_000)
    expect(endedAt).toBeLessThan(11_500)
  })

  it('is found when it is made meanwhile', () => {
    const { values, endedAt } = live({}, world =>
      merge(
        endOf(world, 'new'),
        timer(5000, world.scheduler).pipe(
          concatMap(() => world.kafka.createTopics({ name: 'new' })),
          ignoreElements(),
        ),
      ),
    )
    expect(values).toEqual([0])
    expect(endedAt).toBeLessThan(6500)
  })

  it('is never made by who only reads', () => {
    const { values } = live({ broker: { config: { 'auto.create.topics.enable': true } } }, world =>
      concat(
        endOf(world, 'missing', 0, 2000).pipe(catchError(() => of('none'))),
        defer(() => of(world.cluster.partitions.length)),
      ),
    )
    expect(values).toEqual(['none', 0])
  })
})

describe('a partition that is not there', () => {
  it('is found when it was added since, and else an error that says which there are', () => {
    const { values, error } = live({ broker: { topics: { a: 1 } } }, world => {
      const { kafka } = world
      const more = { topics: [{ name: 'a', count: 3, assignments: null }], timeoutMs: 1000, validateOnly: false }
      return concat(
        endOf(world, 'a'),
        kafka.request(CreatePartitions, more, { to: 'controller' }).pipe(map(({ results }) => results[0]?.errorCode)),
        endOf(world, 'a', 2),
        endOf(world, 'a', 3),
      )
    })
    expect(values).toEqual([0, 0, 0])
    expect(error).toMatchObject({ name: 'ArgumentError', outcome: 'unsent' })
    expect(String(error)).toMatch(/a has the partitions 0 to 2, and no partition 3/)
  })
})

describe('a topic deleted and made again', () => {
  it('has another id, and is found under it', () => {
    const { values } = live({ broker: { topics: { a: 1 } } }, world => {
      const { kafka } = world
      const id = kafka.topics('a').pipe(map(([a]) => a?.id))
      return concat(
        endOf(world, 'a'),
        id,
        kafka.deleteTopics('a'),
        kafka.createTopics({ name: 'a', partitions: 2 }).pipe(map(([a]) => a?.partitions.length)),
        id,
        endOf(world, 'a', 1),
      )
    })
    const [, before, , , after] = values
    expect([values[0], values[2], values[3], values[5]]).toEqual([0, undefined, 2, 0])
    expect(before).not.toBe(after)
  })
})
