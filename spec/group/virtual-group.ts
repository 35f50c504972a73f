import { defer, EMPTY, type Observable, tap, timer, VirtualTimeScheduler } from 'rxjs'
import { Cluster } from '../../src/cluster/cluster.js'
import type { KafkaEvent } from '../../src/cluster/kafka-event.js'
import { type KafkaOptions, kafkaSettings } from '../../src/cluster/kafka-options.js'
import type { TopicPartition } from '../../src/cluster/topic.js'
import { range } from '../../src/group/assignors/range.js'
import { type ClassicMembershipOptions, classicMembership } from '../../src/group/classic/classic-membership.js'
import type { Holder, Membership } from '../../src/group/membership.js'
import { CreatePartitions } from '../../src/protocol/messages/create-partitions.js'
import { CreateTopics } from '../../src/protocol/messages/create-topics.js'
import { type EmbeddedBroker, type EmbeddedBrokerOptions, embeddedBroker } from '../../src/testing/index.js'

/** What a member is in a test. */
export interface MemberSetting extends Partial<Omit<ClassicMembershipOptions, 'member'>> {
  /** How long giving up, and being given, takes, in ms. */
  readonly revoking?: number
  readonly assigning?: number
  readonly holder?: Partial<Holder>
}

/** A member at work. */
export interface Member {
  readonly membership: Membership
  readonly cluster: Cluster
  /** Falls silent. */
  crash(): void
  /** Gives up nothing and leaves. */
  leave(): void
}

/** A cluster and groups in it, in virtual time. */
export interface GroupWorld {
  readonly broker: EmbeddedBroker
  readonly scheduler: VirtualTimeScheduler
  /** Begins to be a member of the group `g` that reads `t`; what it is told is logged under its name. */
  join(name: string, setting?: MemberSetting, kafka?: Partial<KafkaOptions>): Member
  createTopic(name: string): void
  addPartitions(name: string, count: number): void
  at(time: number, work: () => void): void
  log(text: string): void
  /** When requests came, from now on. */
  requests(api: Parameters<EmbeddedBroker['fault']>[0]['api']): readonly number[]
  readonly events: readonly KafkaEvent[]
}

const config = { 'group.initial.rebalance.delay.ms': 0, 'group.min.session.timeout.ms': 1 }

/** Lives until this time; returns what was logged, and when. */
export function liveGroup(
  until: number,
  use: (world: GroupWorld) => void,
  options: EmbeddedBrokerOptions = {},
): readonly string[] {
  const scheduler = new VirtualTimeScheduler()
  scheduler.maxFrames = until
  const told: string[] = []
  const log = (text: string) => told.push(`${scheduler.now()} ${text}`)
  const events: KafkaEvent[] = []
  let failure: unknown
  const broker$ = embeddedBroker({
    listen: false,
    topics: { t: 4 },
    ...options,
    scheduler,
    config: { ...config, ...options.config },
  })
  const running = broker$.subscribe({
    next: broker => {
      const own = (clientId: string) => ({
        bootstrap: [...broker.bootstrap],
        transport: broker.transport,
        scheduler,
        random: (size: number) => Buffer.alloc(size),
        clientId,
      })
      const administer = () => new Cluster(kafkaSettings(own('admin')))
      use({
        broker,
        scheduler,
        events,
        log,
        at: (time, work) => scheduler.schedule(work, time - scheduler.now()),
        join: (name, setting = {}, kafka = {}) =>
          joined(name, setting, { ...kafka, ...own(name) }, { scheduler, events, log }),
        createTopic: name => {
          const topics = [{ name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }]
          administer()
            .request(CreateTopics, {
              body: { topics, timeoutMs: 1000, validateOnly: false },
              to: 'controller',
              timeout: 1000,
            })
            .subscribe()
        },
        addPartitions: (name, count) => {
          const body = { topics: [{ name, count, assignments: null }], timeoutMs: 1000, validateOnly: false }
          administer().request(CreatePartitions, { body, to: 'controller', timeout: 1000 }).subscribe()
        },
        requests: api => {
          const times: number[] = []
          broker.fault({ api, times: Number.POSITIVE_INFINITY, before: () => times.push(scheduler.now()) })
          return times
        },
      })
    },
    error: error => {
      failure = error
    },
  })
  scheduler.flush()
  running.unsubscribe()
  if (failure !== undefined) throw failure
  return told
}

function joined(
  name: string,
  { revoking = 0, assigning = 0, holder = {}, ...options }: MemberSetting,
  kafka: KafkaOptions,
  { scheduler, events, log }: Pick<GroupWorld, 'scheduler' | 'log'> & { events: KafkaEvent[] },
): Member {
  const { cluster = new Cluster(kafkaSettings(kafka)) } = options
  cluster.events.stream.subscribe(event => events.push(event))
  const say = (text: string) => log(`${name}: ${text}`)
  const takes = (ms: number) => (ms === 0 ? EMPTY : timer(ms, scheduler))
  const told = (text: string, work: Observable<unknown>, end?: string) =>
    defer(() => {
      say(text)
      return end === undefined ? work : work.pipe(tap({ complete: () => say(end) }))
    })
  const membership = classicMembership(
    {
      cluster,
      member: name,
      group: 'g',
      topics: ['t'],
      rebalanceTimeout: 60_000,
      sessionTimeout: 10_000,
      heartbeatInterval: 1000,
      assignors: [range],
      ...options,
    },
    {
      assigned: (partitions, generation) => told(`has ${listed(partitions)} @${generation}`, takes(assigning)),
      revoked: partitions => {
        return told(
          `gives ${listed(partitions)}`,
          takes(revoking),
          revoking > 0 ? `gave ${listed(partitions)}` : undefined,
        )
      },
      lost: (partitions, cause) => told(`lost ${listed(partitions)} ${cause.code}`, EMPTY),
      beforeRejoin: () => EMPTY,
      inTouch: is => say(is ? 'in touch' : 'out of touch'),
      ...holder,
    },
  )
  const life = membership.life.subscribe({
    error: error => say(`failed: ${error.message}`),
    complete: () => say('left'),
  })
  return {
    membership,
    cluster,
    crash: () => life.unsubscribe(),
    leave: () => membership.leave().subscribe(),
  }
}

/** `t-0 t-1`, or `nothing`. */
export function listed(partitions: readonly TopicPartition[]): string {
  return partitions.map(({ topic, partition }) => `${topic}-${partition}`).join(' ') || 'nothing'
}
