import { concat, defer, delay, from, ignoreElements, tap, VirtualTimeScheduler } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { Kafka } from '../../src/kafka.js'
import type { ProducerOptions } from '../../src/producer/producer-options.js'
import { type EmbeddedBroker, embeddedBroker, type FaultOptions } from '../../src/testing/index.js'

/** One way to produce. */
interface Scenario {
  readonly brokers: number
  readonly partitions: number
  readonly options: ProducerOptions
  readonly records: number
}

/** What became of a run. */
interface Life {
  readonly hits: number
  readonly events: readonly string[]
}

const topic = 'orders'

/** Makes a fault for a cluster, which may have to change it. */
type MakeFault = (cluster: EmbeddedBroker) => FaultOptions

const effects: Readonly<Record<string, MakeFault>> = {
  'cut before': () => ({ cut: 'before' }),
  'cut after': () => ({ cut: 'after' }),
  'answer lost': () => ({ lose: true }),
  'delayed past the timeout': () => ({ delay: 40_000 }),
  delayed: () => ({ delay: 900 }),
  throttled: () => ({ throttle: 500 }),
  NOT_LEADER_OR_FOLLOWER: () => ({ error: 'NOT_LEADER_OR_FOLLOWER' }),
  NOT_ENOUGH_REPLICAS: () => ({ error: 'NOT_ENOUGH_REPLICAS' }),
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: () => ({ error: 'NOT_ENOUGH_REPLICAS_AFTER_APPEND' }),
  REQUEST_TIMED_OUT: () => ({ error: 'REQUEST_TIMED_OUT' }),
  UNKNOWN_TOPIC_OR_PARTITION: () => ({ error: 'UNKNOWN_TOPIC_OR_PARTITION' }),
  UNKNOWN_TOPIC_ID: () => ({ error: 'UNKNOWN_TOPIC_ID' }),
  OUT_OF_ORDER_SEQUENCE_NUMBER: () => ({ error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' }),
  MESSAGE_TOO_LARGE: () => ({ error: 'MESSAGE_TOO_LARGE' }),
  COORDINATOR_LOAD_IN_PROGRESS: () => ({ error: 'COORDINATOR_LOAD_IN_PROGRESS' }),
  'leader moved': ({ moveLeader }) => ({ before: () => moveLeader(topic, 0, 2) }),
  'leader moved after': ({ moveLeader }) => ({ after: () => moveLeader(topic, 0, 2) }),
  'broker stopped and back': ({ stop, start }) => ({ before: () => stop(1), late: 0, after: () => start(1) }),
}

function live({ brokers, partitions, options, records }: Scenario, makeFault: MakeFault, skip: number): Life {
  const scheduler = new VirtualTimeScheduler()
  scheduler.maxFrames = 1_000_000
  const fates = new Map<number, string>()
  const events: string[] = []
  let hits = 0
  let ended = ''
  const life = embeddedBroker(
    { listen: false, scheduler, brokers, topics: { [topic]: { partitions, replicationFactor: brokers } } },
    cluster => {
      const kafka = new Kafka({
        bootstrap: [...cluster.bootstrap],
        transport: cluster.transport,
        scheduler,
        random: size => Buffer.alloc(size),
      })
      kafka.events.subscribe(event => events.push(event.type))
      const producer = kafka.producer(options)
      const fault = cluster.fault({ skip, ...makeFault(cluster) })
      const tell = (n: number, fate: string) => {
        if (fates.has(n)) fates.set(n, `${fates.get(n)}, ${fate}`)
        else fates.set(n, fate)
      }
      const numbers = Array.from({ length: records }, (_, n) => n)
      const all = from(numbers).pipe(
        producer.produce(n => ({ topic, partition: n % partitions, value: String(n) }), { onError: 'emit' }),
        tap(({ input, error, offset }) => tell(input, error ? error.outcome : `delivered ${offset}`)),
      )
      return concat(
        all.pipe(ignoreElements()),
        defer(() => {
          hits = fault.hits
          fault.unsubscribe()
          // The cluster hears a little later that a client has gone.
          return kafka.released.pipe(delay(1, scheduler), ignoreElements())
        }),
        defer(() => {
          check(cluster, fates, partitions, records)
          if (hits === 0) expect([...fates.values()].filter(fate => !fate.startsWith('delivered'))).toEqual([])
          return []
        }),
      )
    },
  )
  life.subscribe({ error: error => (ended = `error ${error}`), complete: () => (ended = 'complete') })
  scheduler.flush()
  expect(ended).toBe('complete')
  return { hits, events }
}

/** The log against what was told. */
function check(cluster: EmbeddedBroker, fates: ReadonlyMap<number, string>, partitions: number, records: number): void {
  const wrong: string[] = []
  for (let partition = 0; partition < partitions; partition++) {
    const log = cluster.records(topic, partition).map(({ value }) => Number(value))
    let last = -1
    for (let n = partition; n < records; n += partitions) {
      const at = log.flatMap((logged, place) => (logged === n ? [place] : []))
      const fate = fates.get(n)
      const problem = problemOf(fate, at, last)
      if (problem !== undefined) wrong.push(`${n} ${fate}: ${problem}`)
      if (fate?.startsWith('delivered')) last = at[0] ?? last
    }
  }
  expect(wrong).toEqual([])
  expect(cluster.connections).toEqual([])
}

function problemOf(fate: string | undefined, at: readonly number[], last: number): string | undefined {
  if (fate === undefined || fate.includes(',')) return 'not one fate'
  if (at.length > 1) return `${at.length} times in the log`
  if (!fate.startsWith('delivered')) return fate !== 'unknown' && at.length > 0 ? 'in the log' : undefined
  const [place = -1] = at
  if (place < 0) return 'not in the log'
  if (place < last) return 'out of order'
  return fate === `delivered ${place}` || fate === 'delivered -1' ? undefined : `at ${place}`
}

const scenarios: Readonly<Record<string, Scenario>> = {
  'three partitions on three brokers, small batches': {
    brokers: 3,
    partitions: 3,
    options: { batchSize: 200 },
    records: 60,
  },
  'one partition, many batches': { brokers: 2, partitions: 1, options: { batchSize: 100 }, records: 40 },
  'one in flight': { brokers: 2, partitions: 2, options: { maxInFlight: 1, batchSize: 150 }, records: 30 },
}

describe.each(Object.entries(scenarios))('whatever request fails, of %s', (_name, scenario) => {
  it.each(Object.entries(effects))('%s', (_effect, makeFault) => {
    for (let skip = 0; skip < 60; skip++) {
      try {
        if (live(scenario, makeFault, skip).hits === 0 && skip > 0) return
      } catch (error) {
        throw new Error(`fault at request ${skip}`, { cause: error })
      }
    }
  })
})
