import { describe, expect, it } from 'vitest'
import type { ErrorName } from '../../src/protocol/error-codes.js'
import type { ServedApi } from '../../src/testing/index.js'
import { type At, type Effect, live, type Protocol, type Requests, type Scenario } from './faulty-life.js'

/** `FAULTS=all` lets each effect hit each request of each scenario; else some, by `FAULT_SEED`. */
const isWhole = process.env['FAULTS'] === 'all'
const seed = Number(process.env['FAULT_SEED'] ?? 1)
const many = isWhole ? 1500 : 10

const often = { commit: { interval: 700 } }
const scenarios: Readonly<Record<string, Scenario>> = {
  'one member': { brokers: 2, partitions: 2, members: [{}], reads: 'consume', records: 60, options: often },
  'a second member comes, the first goes': {
    brokers: 2,
    partitions: 3,
    members: [{ goes: 5000 }, { joins: 2000 }],
    reads: 'consume',
    takes: 30,
    concurrency: 2,
    records: 80,
    options: often,
  },
  'three members, one is unsubscribed': {
    brokers: 2,
    partitions: 3,
    members: [{}, { joins: 500 }, { joins: 1500, goes: 4000, by: 'unsubscribed' }],
    reads: 'consume',
    order: 'key',
    concurrency: 3,
    takes: 120,
    records: 60,
  },
  'three members, one crashes': {
    brokers: 2,
    partitions: 3,
    members: [{}, { joins: 500 }, { joins: 600, goes: 4000, by: 'crashes' }],
    reads: 'consumeBatches',
    concurrency: 2,
    takes: 50,
    records: 60,
    options: often,
  },
  'a record at a time, acknowledged downstream': {
    brokers: 2,
    partitions: 2,
    members: [{ goes: 3000, by: 'unsubscribed' }, { joins: 1000 }],
    reads: 'records',
    concurrency: 3,
    takes: 70,
    records: 50,
    options: { commit: { interval: 500, records: 5 }, prefetch: 1 },
  },
  'batches, of two members': {
    brokers: 2,
    partitions: 3,
    members: [{}, { joins: 1500, goes: 4500 }],
    reads: 'batches',
    takes: 40,
    records: 60,
    options: often,
  },
  'each partition by itself': {
    brokers: 3,
    partitions: 3,
    members: [{}, { joins: 2000 }],
    reads: 'partitions',
    takes: 60,
    records: 60,
    options: often,
  },
  'static members, one comes back': {
    brokers: 2,
    partitions: 2,
    members: [{ instanceId: 'a' }, { instanceId: 'b', joins: 200, goes: 3000 }, { instanceId: 'b', joins: 4000 }],
    reads: 'consume',
    takes: 20,
    records: 80,
    options: often,
  },
}
/** What only the classic protocol has. */
const eager: Scenario = {
  brokers: 2,
  partitions: 3,
  members: [{}, { joins: 2000, goes: 6000 }],
  reads: 'consume',
  takes: 30,
  records: 70,
  options: { ...often, assignors: ['range'] },
}
const lives: readonly (readonly [string, Protocol, Scenario])[] = [
  ...Object.entries(scenarios).flatMap(([name, scenario]) =>
    (['classic', 'consumer'] as const).map(protocol => [`${name}, ${protocol}`, protocol, scenario] as const),
  ),
  ['two eager members, classic', 'classic', eager],
]

const coordinator = ['COORDINATOR_LOAD_IN_PROGRESS', 'COORDINATOR_NOT_AVAILABLE', 'NOT_COORDINATOR'] as const
const leader = [
  'NOT_LEADER_OR_FOLLOWER',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'KAFKA_STORAGE_ERROR',
] as const
/** What passes, of each API. */
const refusals: Readonly<Partial<Record<ServedApi, readonly ErrorName[]>>> = {
  Metadata: ['LEADER_NOT_AVAILABLE', 'UNKNOWN_TOPIC_OR_PARTITION', 'REBOOTSTRAP_REQUIRED'],
  FindCoordinator: ['COORDINATOR_NOT_AVAILABLE', 'COORDINATOR_LOAD_IN_PROGRESS'],
  JoinGroup: [...coordinator, 'UNKNOWN_MEMBER_ID', 'REBALANCE_IN_PROGRESS'],
  SyncGroup: [...coordinator, 'UNKNOWN_MEMBER_ID', 'REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION'],
  Heartbeat: [...coordinator, 'UNKNOWN_MEMBER_ID', 'REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION'],
  LeaveGroup: [...coordinator, 'UNKNOWN_MEMBER_ID'],
  ConsumerGroupHeartbeat: [...coordinator, 'UNKNOWN_MEMBER_ID', 'FENCED_MEMBER_EPOCH'],
  OffsetFetch: [...coordinator, 'UNSTABLE_OFFSET_COMMIT', 'UNKNOWN_MEMBER_ID', 'STALE_MEMBER_EPOCH'],
  OffsetCommit: [
    ...coordinator,
    'UNKNOWN_MEMBER_ID',
    'REBALANCE_IN_PROGRESS',
    'ILLEGAL_GENERATION',
    'STALE_MEMBER_EPOCH',
    'UNKNOWN_TOPIC_OR_PARTITION',
  ],
  ListOffsets: [...leader, 'OFFSET_NOT_AVAILABLE', 'LEADER_NOT_AVAILABLE', 'REPLICA_NOT_AVAILABLE'],
  OffsetForLeaderEpoch: [...leader],
  Fetch: [
    ...leader,
    'UNKNOWN_TOPIC_ID',
    'INCONSISTENT_TOPIC_ID',
    'REPLICA_NOT_AVAILABLE',
    'OFFSET_NOT_AVAILABLE',
    'FETCH_SESSION_ID_NOT_FOUND',
    'INVALID_FETCH_SESSION_EPOCH',
    'FETCH_SESSION_TOPIC_ID_ERROR',
  ],
}

/** What a coordinator says to members of one protocol only. */
const epochs: readonly string[] = ['STALE_MEMBER_EPOCH', 'FENCED_MEMBER_EPOCH']
const generations: readonly string[] = ['ILLEGAL_GENERATION', 'REBALANCE_IN_PROGRESS']

interface Kind {
  readonly effect: Effect
  /** Which requests it is for; all where it does not say. */
  readonly api?: ServedApi
  /** Which protocol's members may hear it; default both. */
  readonly protocol?: Protocol | undefined
}

const whole: Readonly<Record<string, Effect>> = {
  'cut before': { make: () => ({ cut: 'before' }) },
  'cut after': { make: () => ({ cut: 'after' }) },
  'answers lost': { make: () => ({ lose: true }) },
  'delayed past the timeout': { make: () => ({ delay: 40_000 }) },
  delayed: { make: () => ({ delay: 900 }) },
  'answered late': { make: () => ({ late: 900 }) },
  'answered too late': { make: () => ({ late: 40_000 }) },
  throttled: { make: () => ({ throttle: 500 }) },
  'leader moved': { make: ({ cluster }) => ({ before: () => cluster.moveLeader('orders', 0, 2) }) },
  'leader moved after': { make: ({ cluster }) => ({ after: () => cluster.moveLeader('orders', 0, 2) }) },
  'coordinator moved': { make: ({ cluster }) => ({ before: () => moveCoordinator(cluster) }) },
  'coordinator moved after': { make: ({ cluster }) => ({ after: () => moveCoordinator(cluster) }) },
  'broker restarted': {
    make: ({ cluster, later }) => ({
      before: () => {
        cluster.stop(1)
        later(0, () => cluster.start(1))
      },
    }),
  },
  'broker stopped for 20 s': {
    make: ({ cluster, later }) => ({
      after: () => {
        cluster.stop(1)
        later(20_000, () => cluster.start(1))
      },
    }),
  },
  'all brokers stopped for 5 s': {
    make: ({ cluster, later }) => ({
      before: () => {
        for (const { nodeId } of cluster.brokers) {
          cluster.stop(nodeId)
          later(5000, () => cluster.start(nodeId))
        }
      },
    }),
  },
  'topic deleted and made anew': { make: ({ remake }) => ({ before: remake }) },
}

const kinds: Readonly<Record<string, Kind>> = {
  ...Object.fromEntries(Object.entries(whole).map(([name, effect]) => [name, { effect }])),
  ...Object.fromEntries(
    Object.entries(refusals).flatMap(([name, codes]) => {
      const api = name as ServedApi
      return codes.map(error => {
        const protocol = epochs.includes(error) ? 'consumer' : generations.includes(error) ? 'classic' : undefined
        return [`${api}: ${error}`, { api, protocol, effect: { make: () => ({ api, error }) } }]
      })
    }),
  ),
  ...Object.fromEntries(
    (['JoinGroup', 'SyncGroup', 'Heartbeat', 'OffsetCommit', 'ConsumerGroupHeartbeat', 'LeaveGroup'] as const).map(
      api => [
        `${api}: NOT_COORDINATOR after`,
        { api, effect: { make: () => ({ api, errorAfter: 'NOT_COORDINATOR' }) } },
      ],
    ),
  ),
}

function moveCoordinator(cluster: Parameters<Effect['make']>[0]['cluster']): void {
  const { coordinator: now } = cluster.groups.find(({ groupId }) => groupId === 'billing') ?? { coordinator: 1 }
  cluster.moveCoordinator('group', 'billing', now === 1 ? 2 : 1)
}

/** Numbers by chance, the same for the same seed. */
function chance(from: number): (below: number) => number {
  let state = from
  return below => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return (state >>> 8) % below
  }
}

describe.each(lives)('whatever request fails, of %s', (of, protocol, scenario) => {
  const requests = live(protocol, scenario, [])
  const some = chance(seed + of.length * 1000)
  const chosen = Object.entries(kinds).filter(
    ([, kind]) =>
      isFor(kind, protocol) && (kind.api === undefined || requests.has(kind.api)) && (isWhole || some(30) === 0),
  )

  it.each(chosen)('%s', (name, { api, effect }) => {
    const pick = chance(seed + name.length * 1000 + of.length)
    const count = asked(requests, api)
    const skips = isWhole ? Array.from({ length: count }, (_, skip) => skip) : [pick(count)]
    const problems = skips.flatMap(skip => problemOf(protocol, scenario, [{ effect, skip }], `${name}, of ${of}`))
    expect(problems).toEqual([])
  })
})

it('whatever two or three requests fail', () => {
  const pick = chance(seed)
  const problems: string[] = []
  for (let n = 0; n < many; n++) {
    const [of, protocol, scenario] = lives[pick(lives.length)] as (typeof lives)[number]
    const names = Object.keys(kinds).filter(name => isFor(kinds[name] as Kind, protocol))
    const chosen = Array.from({ length: 2 + (n % 2) }, () => names[pick(names.length)] as string)
    const faults = chosen.map(name => {
      const { effect, api } = kinds[name] as Kind
      return { effect, skip: pick(api === undefined ? 60 : 4) }
    })
    problems.push(...problemOf(protocol, scenario, faults, `${chosen.join(' and ')}, of ${of}`))
  }
  expect(problems).toEqual([])
})

function isFor(kind: Kind, protocol: Protocol): boolean {
  return (kind.protocol ?? protocol) === protocol
}

function asked(requests: Requests, api: ServedApi | undefined): number {
  return api === undefined ? [...requests.values()].reduce((all, one) => all + one, 0) : (requests.get(api) ?? 0)
}

/** Lives through it; what went wrong, nothing if all is well. */
function problemOf(protocol: Protocol, scenario: Scenario, faults: readonly At[], what: string): readonly string[] {
  try {
    expect(live(protocol, scenario, faults).size).toBeGreaterThan(0)
    return []
  } catch (error) {
    return [`${what}, at request ${faults.map(({ skip }) => skip).join(' and ')}, seed ${seed}: ${wordsOf(error)}`]
  }
}

/** The message, and what an assertion got. */
function wordsOf(error: unknown): string {
  const { message, actual } = error as { readonly message: string; readonly actual?: unknown }
  return Array.isArray(actual) ? actual.slice(0, 3).join('; ') : message
}
