import {
  concat,
  defer,
  delay,
  from,
  ignoreElements,
  map,
  mergeMap,
  type Observable,
  takeUntil,
  tap,
  timer,
  VirtualTimeScheduler,
} from 'rxjs'
import { expect } from 'vitest'
import { Cluster } from '../../src/cluster/cluster.js'
import { kafkaSettings } from '../../src/cluster/kafka-options.js'
import type { Delivery, Undelivered } from '../../src/producer/delivery.js'
import { Producer } from '../../src/producer/producer.js'
import { type ProducerOptions, producerConfig } from '../../src/producer/producer-options.js'
import { Sender } from '../../src/producer/sender.js'
import { CreateTopics } from '../../src/protocol/messages/create-topics.js'
import { DeleteTopics } from '../../src/protocol/messages/delete-topics.js'
import { zeroUuid } from '../../src/protocol/uuid.js'
import { type EmbeddedBroker, embeddedBroker, type FaultOptions } from '../../src/testing/index.js'

/** One way to produce. */
export interface Scenario {
  readonly brokers: number
  readonly partitions: number
  readonly topics?: readonly string[]
  readonly options: ProducerOptions
  readonly records: number
  /** Default: as a stream. */
  readonly inListsOf?: number
  /** Whoever sent a list leaves after so many ms at the most. */
  readonly leavingWithin?: number
}

/** What a fault may do to the cluster. */
export interface Place {
  readonly cluster: EmbeddedBroker
  /** In so many ms. */
  readonly later: (ms: number, work: () => void) => void
  /** Deletes the first topic and makes it anew. */
  readonly remake: () => void
}

/** Makes a fault for a cluster, which may have to change it. */
export interface Effect {
  readonly make: (place: Place) => Omit<FaultOptions, 'skip' | 'times'>
  /** Records that were delivered may be gone afterwards. */
  readonly loses?: boolean
}

/** A fault, and how many requests pass before the one that it hits. */
export interface At {
  readonly effect: Effect
  readonly skip: number
}

const firstTopic = 'orders'

/** Produces while these faults happen, and holds what was told against the logs; returns how many requests there were. */
export function live(scenario: Scenario, faults: readonly At[]): number {
  const { brokers, partitions, topics = [firstTopic], options, records, inListsOf, leavingWithin } = scenario
  const scheduler = new VirtualTimeScheduler()
  scheduler.maxFrames = 10_000_000
  const fates = new Map<number, string>()
  let requests = 0
  let ended: unknown = 'never'
  const asked = Object.fromEntries(topics.map(topic => [topic, { partitions, replicationFactor: brokers }]))
  const life = embeddedBroker({ listen: false, scheduler, brokers, topics: asked }, broker => {
    const connecting = {
      bootstrap: [...broker.bootstrap],
      transport: broker.transport,
      scheduler,
      random: (size: number) => Buffer.alloc(size),
    }
    const cluster = new Cluster(kafkaSettings(connecting))
    const sender = new Sender(cluster, producerConfig(options), 'produce:0')
    const producer = new Producer(sender)
    const counted = broker.fault({ clientId: 'kafka-rx', times: Number.POSITIVE_INFINITY, before: () => requests++ })
    const other = new Cluster(kafkaSettings({ ...connecting, clientId: 'other' }))
    const place: Place = {
      cluster: broker,
      later: (ms, work) => scheduler.schedule(work, ms),
      remake: () => remake(other, partitions, brokers).subscribe({ error: () => undefined }),
    }
    const injected = faults.map(({ effect, skip }) =>
      broker.fault({ clientId: 'kafka-rx', skip, ...effect.make(place) }),
    )
    const tell = (told: Delivery<unknown> | Undelivered<unknown>, n: number) => {
      const fate = told.error ? told.error.outcome : `delivered ${told.offset}`
      fates.set(n, fates.has(n) ? `${fates.get(n)}, ${fate}` : fate)
    }
    const tellAll = (list: readonly number[]) => (told: readonly (Delivery<unknown> | Undelivered<unknown>)[]) => {
      for (const [index, one] of told.entries()) tell(one, list[index] as number)
    }
    const recordOf = (n: number) => {
      const topic = topics[n % topics.length] as string
      return { topic, partition: Math.floor(n / topics.length) % partitions, value: String(n) }
    }
    const numbers = Array.from({ length: records }, (_, n) => n)
    const all: Observable<unknown> =
      inListsOf === undefined
        ? from(numbers).pipe(
            producer.produce(recordOf, { onError: 'emit' }),
            tap(told => tell(told, told.input as number)),
          )
        : from(numbers.filter(n => n % inListsOf === 0)).pipe(
            map(first => numbers.slice(first, first + inListsOf)),
            mergeMap(list => {
              const sent = producer.send(list.map(recordOf), { onError: 'emit' }).pipe(tap(tellAll(list)))
              if (leavingWithin === undefined) return sent
              return sent.pipe(takeUntil(timer(((list[0] as number) * 37) % leavingWithin, scheduler)))
            }),
          )
    return concat(
      all.pipe(ignoreElements()),
      defer(() => {
        for (const fault of injected) fault.unsubscribe()
        counted.unsubscribe()
        return concat(cluster.released, other.released).pipe(delay(1, scheduler), ignoreElements())
      }),
      defer(() => {
        expect(sender.memory.used).toBe(0)
        expect(broker.connections.filter(({ clientId }) => clientId !== 'other')).toEqual([])
        const loses = faults.some(({ effect }) => effect.loses === true)
        expect(problems(broker, scenario, recordOf, fates, loses)).toEqual([])
        const isCalm = injected.every(({ hits }) => hits === 0)
        if (isCalm) expect([...fates.values()].filter(fate => !fate.startsWith('delivered'))).toEqual([])
        return []
      }),
    )
  })
  life.subscribe({
    error: error => {
      ended = error
    },
    complete: () => {
      ended = undefined
    },
  })
  scheduler.flush()
  if (ended !== undefined) throw ended instanceof Error ? ended : new Error(`it has ended ${ended}`)
  return requests
}

function remake(cluster: Cluster, numPartitions: number, replicationFactor: number): Observable<unknown> {
  const ask = { to: 'controller', timeout: 5000 } as const
  const gone = { topics: [{ name: firstTopic, topicId: zeroUuid }], topicNames: [firstTopic], timeoutMs: 1000 }
  const topic = { name: firstTopic, numPartitions, replicationFactor, assignments: [], configs: [] }
  return concat(
    cluster.request(DeleteTopics, { ...ask, body: gone }),
    cluster.request(CreateTopics, { ...ask, body: { topics: [topic], timeoutMs: 1000, validateOnly: false } }),
  )
}

/** What was told that the logs contradict. */
function problems(
  broker: EmbeddedBroker,
  { options, records, leavingWithin }: Scenario,
  recordOf: (n: number) => { topic: string; partition: number },
  fates: ReadonlyMap<number, string>,
  loses: boolean,
): readonly string[] {
  const logs = new Map<string, readonly number[]>()
  for (const { topic, partition } of broker.partitions) {
    logs.set(
      `${topic}-${partition}`,
      broker.records(topic, partition).map(({ value }) => Number(value)),
    )
  }
  const last = new Map<string, number>()
  const wrong: string[] = []
  for (let n = 0; n < records; n++) {
    const { topic, partition } = recordOf(n)
    const where = `${topic}-${partition}`
    const at = (logs.get(where) ?? []).flatMap((logged, place) => (logged === n ? [place] : []))
    const fate = fates.get(n) ?? (leavingWithin === undefined ? undefined : 'left')
    const problem = problemOf(fate, at, last.get(where) ?? -1, options, loses)
    if (problem !== undefined) wrong.push(`${n} in ${where} ${fate}: ${problem}`)
    if (fate?.startsWith('delivered') && at[0] !== undefined) last.set(where, at[0])
  }
  return wrong
}

function problemOf(
  fate: string | undefined,
  at: readonly number[],
  last: number,
  { acks = 'all', idempotent = acks === 'all' }: ProducerOptions,
  loses: boolean,
): string | undefined {
  if (fate === undefined || fate.includes(',')) return 'not one fate'
  // Without idempotence a retry may write twice; without acks there is none.
  if (at.length > 1 && (idempotent || acks === 0)) return `${at.length} times in the log`
  if (fate === 'left') return undefined
  if (!fate.startsWith('delivered')) return fate !== 'unknown' && at.length > 0 ? 'in the log' : undefined
  const [place = -1] = at
  if (place < 0) return acks === 0 || loses ? undefined : 'not in the log'
  if (place < last) return 'out of order'
  if (loses || fate === 'delivered -1') return undefined
  return at.some(one => fate === `delivered ${one}`) ? undefined : `at ${at}`
}
