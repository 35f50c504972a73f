import {
  catchError,
  concat,
  defer,
  delay,
  EMPTY,
  ignoreElements,
  type MonoTypeOperatorFunction,
  type Observable,
  tap,
  VirtualTimeScheduler,
} from 'rxjs'
import { expect } from 'vitest'
import { Cluster } from '../../src/cluster/cluster.js'
import type { KafkaEvent } from '../../src/cluster/kafka-event.js'
import { type KafkaOptions, kafkaSettings } from '../../src/cluster/kafka-options.js'
import { ProduceError } from '../../src/errors.js'
import { Producer } from '../../src/producer/producer.js'
import { type ProducerOptions, producerConfig } from '../../src/producer/producer-options.js'
import { Sender } from '../../src/producer/sender.js'
import {
  type EmbeddedBroker,
  type EmbeddedBrokerOptions,
  embeddedBroker,
  type FaultTarget,
} from '../../src/testing/index.js'

/** A producer on a cluster in memory, in virtual time. */
export interface World {
  readonly broker: EmbeddedBroker
  readonly producer: Producer
  readonly sender: Sender
  readonly scheduler: VirtualTimeScheduler
  readonly events: readonly KafkaEvent[]
  /** When requests came, from now on. */
  requests(target: FaultTarget): readonly number[]
  at(time: number, work: () => void): void
  /** The values in a partition's log. */
  log(partition?: number, topic?: string): readonly string[]
  /** How many records each batch of the log has. */
  batches(partition?: number, topic?: string): readonly number[]
}

export interface WorldOptions extends EmbeddedBrokerOptions {
  readonly producer?: ProducerOptions | undefined
  readonly kafka?: Partial<KafkaOptions> | undefined
}

/** Where a batch has the number of its records. */
const COUNT = 57

/**
 * Lives through it until the client has let everything go: returns what was told, and when. Whatever happens, no memory
 * stays reserved and no connection open.
 */
export function virtually(
  { producer: producerOptions = {}, kafka = {}, ...options }: WorldOptions,
  use: (world: World) => Observable<unknown>,
): readonly string[] {
  const scheduler = new VirtualTimeScheduler()
  scheduler.maxFrames = 10_000_000
  const told: string[] = []
  const tell = (what: string) => told.push(`${scheduler.now()}: ${what}`)
  let ended: unknown = 'never'
  const life = embeddedBroker({ listen: false, ...options, scheduler }, broker => {
    const cluster = new Cluster(
      kafkaSettings({
        bootstrap: [...broker.bootstrap],
        transport: broker.transport,
        scheduler,
        random: size => Buffer.alloc(size),
        ...kafka,
      }),
    )
    const events: KafkaEvent[] = []
    cluster.events.stream.subscribe(event => events.push(event))
    const sender = new Sender(cluster, producerConfig(producerOptions), 'produce:0')
    const world: World = {
      broker,
      sender,
      producer: new Producer(sender),
      scheduler,
      events,
      requests: target => {
        const times: number[] = []
        broker.fault({ ...target, times: Number.POSITIVE_INFINITY, before: () => times.push(scheduler.now()) })
        return times
      },
      at: (time, work) => scheduler.schedule(work, time - scheduler.now()),
      log: (partition = 0, topic = 'a') => broker.records(topic, partition).map(({ value }) => String(value)),
      batches: (partition = 0, topic = 'a') =>
        broker.partitions
          .filter(one => one.topic === topic && one.partition === partition)
          .flatMap(({ batches }) => batches.map(bytes => bytes.readInt32BE(COUNT))),
    }
    const used = defer(() => use(world)).pipe(
      tap({
        next: value => tell(describe(value)),
        error: error => tell(describe(error)),
        complete: () => tell('|'),
      }),
      catchError(error => {
        if (error.name === 'AssertionError') throw error
        return EMPTY
      }),
    )
    const checked = defer(() => {
      expect(sender.memory.used).toBe(0)
      expect(broker.connections).toEqual([])
      return EMPTY
    })
    // The cluster hears a little later that a client has gone.
    return concat(used, cluster.released.pipe(delay(1, scheduler)), checked).pipe(ignoreElements())
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
  if (ended instanceof Error) throw ended
  expect(ended).toBe(undefined)
  return told
}

/** The same where it has to complete. */
export function lives(options: WorldOptions, use: (world: World) => Observable<unknown>): readonly string[] {
  const told = virtually(options, use)
  expect(told.at(-1)).toMatch(/: \|$/)
  return told
}

/** Checks something when the source has completed; it has to. */
export function afterwards<T>(check: () => void): MonoTypeOperatorFunction<T> {
  const checked = defer(() => {
    check()
    return EMPTY
  })
  return source => concat(source, checked)
}

/** `a-0@17` of a Delivery, `unsent: …` of a ProduceError. */
export function describe(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(describe).join(', ')}]`
  if (value instanceof ProduceError) return `${value.outcome}: ${value.message}`
  if (typeof value !== 'object' || value === null || value instanceof Error) return String(value)
  const { error, topic, partition, offset } = value as Record<string, unknown>
  if (error !== undefined) return describe(error)
  return topic === undefined ? JSON.stringify(value) : `${topic}-${partition}@${offset}`
}
