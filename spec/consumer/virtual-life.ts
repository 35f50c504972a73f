import {
  catchError,
  concat,
  defer,
  delay,
  EMPTY,
  ignoreElements,
  type Observable,
  tap,
  VirtualTimeScheduler,
} from 'rxjs'
import { expect } from 'vitest'
import { ConsumerRecord, Kafka, type KafkaEvent, type KafkaOptions } from '../../src/index.js'
import {
  type EmbeddedBroker,
  type EmbeddedBrokerOptions,
  embeddedBroker,
  type FaultTarget,
} from '../../src/testing/index.js'

/** A client of a cluster in memory, in virtual time. */
export interface World {
  readonly broker: EmbeddedBroker
  readonly kafka: Kafka
  readonly scheduler: VirtualTimeScheduler
  readonly events: readonly KafkaEvent[]
  /** When requests came, from now on. */
  requests(target: FaultTarget): readonly number[]
  at(time: number, work: () => void): void
  /** Writes values to a partition, at once. */
  write(values: readonly string[], partition?: number, topic?: string): Observable<never>
  /** What the group has committed of a partition. */
  committed(group: string, partition?: number, topic?: string): bigint | null
}

export interface WorldOptions extends EmbeddedBrokerOptions {
  readonly kafka?: Partial<KafkaOptions> | undefined
}

/**
 * Lives through it until the client has let everything go: returns what was told, and when. Whatever happens, no
 * connection stays open.
 */
export function virtually(
  { kafka: kafkaOptions = {}, ...options }: WorldOptions,
  use: (world: World) => Observable<unknown>,
): readonly string[] {
  const scheduler = new VirtualTimeScheduler()
  scheduler.maxFrames = 10_000_000
  const told: string[] = []
  const tell = (what: string) => told.push(`${scheduler.now()}: ${what}`)
  let drawn = 0
  let ended: unknown = 'never'
  const life = embeddedBroker({ listen: false, ...options, scheduler }, broker => {
    const kafka = new Kafka({
      bootstrap: [...broker.bootstrap],
      transport: broker.transport,
      scheduler,
      // Another each time: members are known by what it makes.
      random: size => Buffer.alloc(size, drawn++),
      ...kafkaOptions,
    })
    const events: KafkaEvent[] = []
    kafka.events.subscribe(event => events.push(event))
    const world: World = {
      broker,
      kafka,
      scheduler,
      events,
      requests: target => {
        const times: number[] = []
        broker.fault({ ...target, times: Number.POSITIVE_INFINITY, before: () => times.push(scheduler.now()) })
        return times
      },
      at: (time, work) => scheduler.schedule(work, time - scheduler.now()),
      write: (values, partition = 0, topic = 'a') =>
        defer(() => kafka.producer().send(values.map(value => ({ topic, partition, value })))).pipe(ignoreElements()),
      committed: (group, partition = 0, topic = 'a') => committedIn(broker, group, topic, partition),
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
      expect(broker.connections).toEqual([])
      return EMPTY
    })
    // The cluster hears a little later that a client has gone.
    return concat(used, kafka.released.pipe(delay(1, scheduler)), checked).pipe(ignoreElements())
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

/** `a-0@17 text` of a record, its name and message of an error. */
export function describe(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(describe).join(', ')}]`
  if (value instanceof ConsumerRecord) {
    return `${value.topic}-${value.partition}@${value.offset} ${value.value}`
  }
  if (typeof value !== 'object' || value === null || value instanceof Error) return String(value)
  return JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? String(one) : one))
}

function committedIn({ groups }: EmbeddedBroker, group: string, topic: string, partition: number): bigint | null {
  const offsets = groups.find(({ groupId }) => groupId === group)?.offsets ?? []
  return offsets.find(one => one.topic === topic && one.partition === partition)?.offset ?? null
}
