import { concat, defer, EMPTY, NEVER, type Observable, VirtualTimeScheduler } from 'rxjs'
import { Cluster } from '../../../src/cluster/cluster.js'
import type { KafkaEvent } from '../../../src/cluster/kafka-event.js'
import { type KafkaOptions, kafkaSettings } from '../../../src/cluster/kafka-options.js'
import type { TopicPartition } from '../../../src/cluster/topic.js'
import { consumerMembership } from '../../../src/group/kip-848/consumer-membership.js'
import type { Holder, Membership, MembershipOptions } from '../../../src/group/membership.js'
import { type EmbeddedBroker, type EmbeddedBrokerOptions, embeddedBroker } from '../../../src/testing/index.js'

/** How a member that only takes note of what it is told sees to it. */
export interface StubOptions {
  readonly member?: Partial<MembershipOptions>
  readonly kafka?: Partial<KafkaOptions>
  /** What the holder takes its time with; completes at once where left out. */
  readonly revoking?: (partitions: readonly TopicPartition[]) => Observable<unknown>
  readonly assigning?: (partitions: readonly TopicPartition[]) => Observable<unknown>
  readonly onError?: () => void
  readonly onTouch?: (is: boolean) => void
  /** Whether it does not join. */
  readonly isIdle?: boolean
  readonly losing?: (partitions: readonly TopicPartition[]) => Observable<unknown>
}

/** A member of the group `g` with a client of its own. */
export interface Stub {
  readonly membership: Membership
  readonly cluster: Cluster
  readonly events: KafkaEvent[]
  /** Takes note under its name. */
  note(what: string): void
  /** What it holds now, as the holder was told. */
  readonly held: ReadonlySet<string>
  /** Crashes. */
  kill(): void
}

/** A group in virtual time. */
export interface World {
  readonly broker: EmbeddedBroker
  readonly scheduler: VirtualTimeScheduler
  at(time: number, work: () => void): void
  /** Joins now; what it is told is noted under its name, `+` assigned, `-` revoked, `!` lost. */
  join(name: string, options?: StubOptions): Stub
}

/** Lives through `until` ms, and tells who was told what and when. */
export function virtually(
  until: number,
  options: EmbeddedBrokerOptions,
  use: (world: World) => void,
): readonly string[] {
  const scheduler = new VirtualTimeScheduler()
  scheduler.maxFrames = until
  const told: string[] = []
  let failure: unknown
  let isOver = false
  embeddedBroker({ listen: false, topics: { a: 4 }, ...options, scheduler }).subscribe({
    next: broker => {
      const note = (name: string) => (what: string) => {
        if (!isOver) told.push(`${scheduler.now()}: ${name} ${what}`)
      }
      use({
        broker,
        scheduler,
        at: (time, work) => scheduler.schedule(work, time - scheduler.now()),
        join: (name, stub = {}) => joined(broker, scheduler, name, stub, note(name)),
      })
    },
    error: error => {
      failure = error
    },
  })
  scheduler.flush()
  isOver = true
  if (failure !== undefined) throw failure
  return told
}

/** As a stub tells it: `a-0 a-1`. */
export function text(partitions: readonly TopicPartition[]): string {
  return partitions
    .map(({ topic, partition }) => `${topic}-${partition}`)
    .sort()
    .join(' ')
}

/** A cluster as a client of its own, whose chance is its name. */
export function clientOf(broker: EmbeddedBroker, name: string, options: Partial<KafkaOptions>): Cluster {
  const random = (size: number) => Buffer.alloc(size, name)
  return new Cluster(
    kafkaSettings({
      bootstrap: [...broker.bootstrap],
      transport: broker.transport,
      clientId: name,
      random,
      ...options,
    }),
  )
}

/** Holds what it is told to, and tells it. */
export function stubHolder(held: Set<string>, note: (what: string) => void, options: StubOptions): Holder {
  const keys = (partitions: readonly TopicPartition[]) => partitions.map(one => text([one]))
  const { assigning = () => EMPTY, revoking = () => EMPTY, losing = () => EMPTY } = options
  return {
    assigned: (partitions, generation) =>
      defer(() => {
        for (const key of keys(partitions)) held.add(key)
        note(`+${text(partitions)} @${generation}`)
        return assigning(partitions)
      }),
    revoked: partitions =>
      defer(() => {
        note(`-${text(partitions)}`)
        const given = defer(() => {
          for (const key of keys(partitions)) held.delete(key)
          return EMPTY
        })
        return concat(revoking(partitions), given)
      }),
    lost: (partitions, cause) =>
      defer(() => {
        for (const key of keys(partitions)) held.delete(key)
        note(`!${text(partitions)} ${cause.code}`)
        return losing(partitions)
      }),
    beforeRejoin: () => EMPTY,
    inTouch: is => {
      options.onTouch?.(is)
      note(is ? 'in touch' : 'out of touch')
    },
  }
}

function joined(
  broker: EmbeddedBroker,
  scheduler: VirtualTimeScheduler,
  name: string,
  options: StubOptions,
  note: (what: string) => void,
): Stub {
  const cluster = clientOf(broker, name, { scheduler, ...options.kafka })
  const events: KafkaEvent[] = []
  cluster.events.stream.subscribe(event => events.push(event))
  const held = new Set<string>()
  const membership = consumerMembership(
    { cluster, group: 'g', topics: ['a'], rebalanceTimeout: 300_000, member: name, ...options.member },
    stubHolder(held, note, options),
  )
  const life = (options.isIdle ? NEVER : membership.life).subscribe({
    error: error => {
      note(`# ${error.code}: ${error.message}`)
      options.onError?.()
    },
    complete: () => note('|'),
  })
  return { membership, cluster, events, note, held, kill: () => life.unsubscribe() }
}
