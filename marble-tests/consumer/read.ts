import { concat, defer, EMPTY, ignoreElements, Observable, type SchedulerLike } from 'rxjs'
import { Cluster } from '../../src/cluster/cluster.js'
import type { KafkaEvent } from '../../src/cluster/kafka-event.js'
import { type KafkaOptions, kafkaSettings } from '../../src/cluster/kafka-options.js'
import type { At, To } from '../../src/consumer/at.js'
import { Budget } from '../../src/consumer/budget.js'
import type { ReadConfig } from '../../src/consumer/consumer-config.js'
import { Held } from '../../src/consumer/held.js'
import type { Committed } from '../../src/consumer/offset-timestamp.js'
import { Reading } from '../../src/consumer/reading.js'
import type { Tenure } from '../../src/consumer/tenure.js'
import { Kafka } from '../../src/kafka.js'
import {
  type EmbeddedBroker,
  type EmbeddedBrokerOptions,
  embeddedBroker,
  type FaultTarget,
} from '../../src/testing/index.js'

/** A cluster that is read, and what may be done to it meanwhile. */
export interface World {
  readonly broker: EmbeddedBroker
  readonly kafka: Kafka
  readonly reading: Reading
  readonly budget: Budget
  readonly events: readonly KafkaEvent[]
  readonly scheduler: SchedulerLike
  held(partition?: number): Held
  start(partition?: number, at?: At | Committed, to?: To): void
  /** Writes to a partition of `words`, a batch a value. */
  produce(values: string, partition?: number): void
  at(time: number, work: () => void): void
  /** When requests came, from now on. */
  requests(target: FaultTarget): readonly number[]
  /** Emits it among the values. */
  tell(what: string): void
}

export interface WorldOptions extends EmbeddedBrokerOptions {
  /** What `words` has, one string a partition, one record and batch a character; default one partition, empty. */
  readonly words?: readonly string[]
  readonly read?: Partial<ReadConfig>
  readonly kafka?: Partial<KafkaOptions>
  /** Whether what is handed out stays in work; default it is handled at once. */
  readonly isAcknowledged?: boolean
  /** Whether nothing is taken of what is ready. */
  readonly isLeft?: boolean
}

const defaults: ReadConfig = {
  offsetReset: 'earliest',
  isolation: 'read_committed',
  rack: '',
  minBytes: 1,
  maxWait: 500,
  maxBytes: 8 * 1024 * 1024,
  maxPartitionBytes: 1024 * 1024,
  prefetch: 16 * 1024 * 1024,
}

/**
 * What is read of `words`: values as they are handed out, `S` where something was skipped, `R` where a new tenure was
 * begun, `o` where one is open; errors as they are told.
 */
export function read(options: WorldOptions, use: (world: World) => void): Observable<string> {
  const { words = [''], read: given, kafka: ofKafka, isAcknowledged = false, isLeft = false, ...embedded } = options
  const topics = { ...(words.length > 0 && { words: words.length }), ...embedded.topics }
  return embeddedBroker({ listen: false, ...embedded, topics }, broker => {
    const settings = {
      bootstrap: broker.bootstrap,
      transport: broker.transport,
      random: (size: number) => Buffer.alloc(size),
    }
    const kafka = new Kafka(settings)
    const write = (values: string, partition: number) =>
      concat(...[...values].map(value => kafka.producer().send({ topic: 'words', partition, value }))).pipe(
        ignoreElements(),
      )
    const written = concat(...words.map(write))
    const life = new Observable<string>(subscriber => {
      const cluster = new Cluster(kafkaSettings({ ...settings, ...ofKafka }))
      const { scheduler } = cluster
      const config = { ...defaults, ...given }
      const budget = new Budget(config.prefetch, () => reading.wake())
      const all = new Map<number, Held>()
      const events: KafkaEvent[] = []
      const tell = (what: string) => subscriber.next(what)
      subscriber.add(
        cluster.events.stream.subscribe(event => {
          events.push(event)
          if (event.type === 'skipped') tell('S')
        }),
      )
      const onReady = (tenure: Tenure) => {
        if (isLeft) return
        for (let record = tenure.take(); record !== undefined; record = tenure.take()) tell(String(record.value))
        if (tenure.isAtEnd) tell('.')
      }
      const reading = new Reading({
        cluster,
        id: 'test',
        config,
        budget,
        onReady,
        onReset: () => tell('R'),
        onFailed: error => subscriber.error(error),
      })
      subscriber.add(() => reading.stop())
      const held = (partition = 0) => {
        let one = all.get(partition)
        if (one === undefined) {
          one = new Held({ partition: { topic: 'words', partition }, budget, isAcknowledged })
          one.shut({ assigning: false })
          all.set(partition, one)
        }
        return one
      }
      use({
        broker,
        kafka,
        reading,
        budget,
        events,
        scheduler,
        held,
        start: (partition = 0, at: At | Committed = 'earliest', to: To | undefined = undefined) => {
          subscriber.add(reading.start(held(partition), at, to).subscribe({ complete: () => tell('o') }))
        },
        produce: (values, partition = 0) => void subscriber.add(write(values, partition).subscribe()),
        at: (time, work) => void subscriber.add(scheduler.schedule(work, time - scheduler.now())),
        requests: target => {
          const times: number[] = []
          broker.fault({ ...target, times: Number.POSITIVE_INFINITY, before: () => times.push(scheduler.now()) })
          return times
        },
        tell,
      })
    })
    return concat(
      written,
      defer(() => life),
      EMPTY,
    )
  })
}
