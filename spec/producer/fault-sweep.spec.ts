import { beforeAll, describe, expect, it } from 'vitest'
import { type ErrorName, errors } from '../../src/protocol/error-codes.js'
import { type Effect, live, type Scenario } from './faulty-life.js'

/** `FAULTS=all` lets each effect hit each request of each scenario; else some, by `FAULT_SEED`. */
const isWhole = process.env['FAULTS'] === 'all'
const seed = Number(process.env['FAULT_SEED'] ?? 1)
const many = isWhole ? 3000 : 60

const scenarios: Readonly<Record<string, Scenario>> = {
  'three partitions on three brokers': { brokers: 3, partitions: 3, options: { batchSize: 200 }, records: 60 },
  'one partition, many batches': { brokers: 2, partitions: 1, options: { batchSize: 100 }, records: 40 },
  'one in flight': { brokers: 2, partitions: 2, options: { maxInFlight: 1, batchSize: 150 }, records: 30 },
  'three topics': { brokers: 2, partitions: 2, topics: ['orders', 'b', 'c'], options: { batchSize: 150 }, records: 60 },
  lists: { brokers: 2, partitions: 2, options: { batchSize: 150 }, records: 40, inListsOf: 5 },
  'lists, and nobody waits long': {
    brokers: 2,
    partitions: 2,
    options: { batchSize: 250 },
    records: 40,
    inListsOf: 2,
    leavingWithin: 200,
  },
  'lists, and nobody waits long, lingering': {
    brokers: 2,
    partitions: 2,
    options: { linger: 15 },
    records: 40,
    inListsOf: 2,
    leavingWithin: 30,
  },
  'lingering and compressed': { brokers: 2, partitions: 2, options: { linger: 20, compression: 'gzip' }, records: 30 },
  'acks 1': { brokers: 2, partitions: 2, options: { acks: 1, batchSize: 100 }, records: 30 },
  'acks 0': { brokers: 2, partitions: 2, options: { acks: 0, batchSize: 100 }, records: 30 },
  'not idempotent': { brokers: 2, partitions: 2, options: { idempotent: false, batchSize: 100 }, records: 30 },
  'in a hurry': { brokers: 2, partitions: 2, options: { deliveryTimeout: 700, batchSize: 100 }, records: 30 },
}

const retriable = Object.keys(errors).filter(name => errors[name as ErrorName].retriable) as ErrorName[]
const refusals = [
  'MESSAGE_TOO_LARGE',
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_EPOCH',
  'POLICY_VIOLATION',
  'CLUSTER_AUTHORIZATION_FAILED',
  'TOPIC_AUTHORIZATION_FAILED',
]
const afterwards = [
  'REQUEST_TIMED_OUT',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'NOT_LEADER_OR_FOLLOWER',
  'UNKNOWN_SERVER_ERROR',
]

const effects: Readonly<Record<string, Effect>> = {
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
  'topic deleted and made anew': { make: ({ remake }) => ({ before: remake }), loses: true },
  ...Object.fromEntries(
    [...retriable, ...refusals].map(error => [error, { make: () => ({ error: error as ErrorName }) }]),
  ),
  ...Object.fromEntries(
    afterwards.map(error => [`${error} after`, { make: () => ({ errorAfter: error as ErrorName }) }]),
  ),
}

/** Numbers by chance, the same for the same seed. */
function chance(from: number): (below: number) => number {
  let state = from
  return below => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return (state >>> 8) % below
  }
}

describe.each(Object.entries(scenarios))('whatever request fails, of %s', (of, scenario) => {
  let requests = 0
  beforeAll(() => {
    requests = live(scenario, [])
  })

  const some = chance(seed + of.length * 1000)
  const chosen = Object.entries(effects).filter(() => isWhole || some(5) === 0)

  it.each(chosen)('%s', (name, effect) => {
    const pick = chance(seed + name.length * 1000 + scenario.records)
    const skips = isWhole ? Array.from({ length: requests }, (_, skip) => skip) : [pick(requests)]
    for (const skip of skips) hit(scenario, [{ effect, skip }], name)
  })
})

it('whatever two or three requests fail', () => {
  const pick = chance(seed)
  const lives = Object.entries(scenarios)
  // That a batch is out of order is no broker's answer where an attempt before this one has been appended.
  const names = Object.keys(effects).filter(name => name !== 'OUT_OF_ORDER_SEQUENCE_NUMBER')
  for (let n = 0; n < many; n++) {
    const [name, scenario] = lives[pick(lives.length)] as [string, Scenario]
    const chosen = Array.from({ length: 2 + (n % 2) }, () => names[pick(names.length)] as string)
    const faults = chosen.map(effect => ({ effect: effects[effect] as Effect, skip: pick(25) }))
    hit(scenario, faults, `${chosen.join(' and ')}, of ${name}`)
  }
})

function hit(scenario: Scenario, faults: Parameters<typeof live>[1], what: string): void {
  try {
    expect(live(scenario, faults)).toBeGreaterThan(0)
  } catch (error) {
    throw new Error(`${what}, at request ${faults.map(({ skip }) => skip).join(' and ')}, seed ${seed}`, {
      cause: error,
    })
  }
}
