import { type Observable, VirtualTimeScheduler } from 'rxjs'
import type { KafkaOptions } from '../../src/cluster/kafka-options.js'
import type { Transport } from '../../src/connection/index.js'
import type { KafkaEvent } from '../../src/index.js'
import { Kafka } from '../../src/kafka.js'
import { type EmbeddedBroker, type EmbeddedBrokerOptions, embeddedBroker } from '../../src/testing/index.js'

/** What a test has at hand. */
export interface World {
  readonly kafka: Kafka
  readonly cluster: EmbeddedBroker
  readonly scheduler: VirtualTimeScheduler
  /** What has been told so far, and when. */
  readonly events: readonly (KafkaEvent & { readonly at: number })[]
}

/** What became of it, in virtual time. */
export interface Life<T> {
  readonly values: readonly T[]
  readonly error: unknown
  /** When it ended; undefined when it never did. */
  readonly endedAt: number | undefined
  readonly events: readonly (KafkaEvent & { readonly at: number })[]
  /** How many connections were left, a moment after its end. */
  readonly connections: number
}

export interface Setting {
  readonly broker?: EmbeddedBrokerOptions
  readonly kafka?: Partial<KafkaOptions>
  readonly transport?: (cluster: EmbeddedBroker, scheduler: VirtualTimeScheduler) => Transport
  /** When it is over in any case, in ms; default 1000000. */
  readonly until?: number
}

/** Lives a client and a cluster through, in virtual time. */
export function live<T>(setting: Setting, use: (world: World) => Observable<T>): Life<T> {
  const scheduler = new VirtualTimeScheduler()
  scheduler.maxFrames = setting.until ?? 1_000_000
  const values: T[] = []
  const events: (KafkaEvent & { at: number })[] = []
  let error: unknown
  let endedAt: number | undefined
  let connections = 0
  const running = embeddedBroker({ listen: false, scheduler, ...setting.broker }).subscribe(cluster => {
    const transport = setting.transport?.(cluster, scheduler) ?? cluster.transport
    const random = (size: number) => Buffer.alloc(size)
    const kafka = new Kafka({ bootstrap: cluster.bootstrap, transport, scheduler, random, ...setting.kafka })
    kafka.events.subscribe(event => events.push({ at: scheduler.now(), ...event }))
    const end = (why?: unknown) => {
      error = why
      endedAt = scheduler.now()
      scheduler.schedule(() => (connections = cluster.connections.length), 1)
    }
    use({ kafka, cluster, scheduler, events }).subscribe({
      next: value => values.push(value),
      error: end,
      complete: end,
    })
  })
  scheduler.flush()
  running.unsubscribe()
  return { values, error, endedAt, events, connections }
}

/** Counts what of an API comes to the cluster. */
export function countRequests(
  cluster: EmbeddedBroker,
  api: Parameters<EmbeddedBroker['fault']>[0]['api'],
): () => number {
  let count = 0
  cluster.fault({ api, times: Number.POSITIVE_INFINITY, before: () => count++ })
  return () => count
}
