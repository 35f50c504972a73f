import {
  concat,
  concatMap,
  defer,
  delay,
  EMPTY,
  filter,
  finalize,
  from,
  ignoreElements,
  interval,
  merge,
  mergeMap,
  NEVER,
  type Observable,
  ReplaySubject,
  retry,
  Subscription,
  take,
  takeUntil,
  tap,
  throwError,
  timer,
  VirtualTimeScheduler,
} from 'rxjs'
import { expect } from 'vitest'
import type { Transport } from '../../src/connection/transport.js'
import { type ConsumerBatch, type ConsumerRecord, type GroupOptions, Kafka } from '../../src/index.js'
import { type EmbeddedBroker, embeddedBroker, type FaultOptions } from '../../src/testing/index.js'

/** One process that reads. */
export interface MemberLife {
  /** In ms from the beginning; default 0. */
  readonly joins?: number
  /** Default: when all is handled, by its `until`. */
  readonly goes?: number
  /** Default 'until'. 'crashes': its network is gone for good. */
  readonly by?: 'until' | 'unsubscribed' | 'crashes'
  readonly instanceId?: string
}

/** One way to consume. */
export interface Scenario {
  readonly brokers: number
  readonly partitions: number
  readonly members: readonly MemberLife[]
  readonly reads: 'consume' | 'consumeBatches' | 'records' | 'batches' | 'partitions'
  readonly concurrency?: number
  readonly order?: 'partition' | 'key' | 'none'
  /** How long a handler takes, in ms. */
  readonly takes?: number
  readonly options?: Partial<Omit<GroupOptions, 'group' | 'topics' | 'protocol'>>
  /** How many records are written, one every `every` ms; default 100. */
  readonly records: number
  readonly every?: number
}

export type Protocol = 'classic' | 'consumer'

/** What a fault may do to the cluster. */
export interface Place {
  readonly cluster: EmbeddedBroker
  /** In so many ms. */
  readonly later: (ms: number, work: () => void) => void
  /** Deletes the topic and makes it anew. */
  readonly remake: () => void
}

/** Makes a fault for a cluster, which may have to change it. */
export interface Effect {
  readonly make: (place: Place) => Omit<FaultOptions, 'skip' | 'times'>
}

/** A fault, and how many requests that it is for pass before the one that it hits. */
export interface At {
  readonly effect: Effect
  readonly skip: number
}

/** What the members asked, by API. */
export type Requests = ReadonlyMap<string, number>

const topic = 'orders'
const group = 'billing'
const clientId = 'member'
/** By then everything must be handled, whatever has happened; sessions that expire and requests that time out included. */
const deadline = 600_000
/** So many requests at once are too many, of three members on three brokers who read what has gathered. */
const most = 100

/** Writes and reads while these faults happen, and holds what was handled against the logs; returns what was asked. */
export function live(protocol: Protocol, scenario: Scenario, faults: readonly At[]): Requests {
  return new Life(protocol, scenario, faults).run()
}

class Life {
  readonly #protocol: Protocol
  readonly #scenario: Scenario
  readonly #faults: readonly At[]
  readonly #scheduler = new VirtualTimeScheduler()
  /** How often each record was handled. */
  readonly #handled = new Map<string, number>()
  /** Who handles something of a partition now. */
  readonly #atWork = new Map<number, Set<number>>()
  readonly #problems: string[] = []
  readonly #committed = new Map<number, bigint>()
  /** Why a record may be handled twice: as told by events. */
  readonly #excuses: string[] = []
  readonly #log: string[] = []
  readonly #requests = new Map<string, number>()
  /** How many requests there were at this moment. */
  #moment = 0
  #atMoment = 0
  /** What faults do later. */
  readonly #later = new Subscription()
  /** So that each client has its own ids. */
  #clients = 0

  constructor(protocol: Protocol, scenario: Scenario, faults: readonly At[]) {
    this.#protocol = protocol
    this.#scenario = scenario
    this.#faults = faults
    this.#scheduler.maxFrames = 10_000_000
    for (const { by } of scenario.members) if (by === 'crashes') this.#excuses.push('crashes')
  }

  run(): Requests {
    let ended: unknown = 'never'
    const { brokers, partitions } = this.#scenario
    const topics = { [topic]: { partitions, replicationFactor: brokers } }
    embeddedBroker({ listen: false, scheduler: this.#scheduler, brokers, topics }, broker =>
      this.#live(broker),
    ).subscribe({
      error: error => {
        ended = error
      },
      complete: () => {
        ended = undefined
        this.#scheduler.schedule(() => this.#checkNothingIsDue(), 1)
      },
    })
    this.#scheduler.flush()
    if (process.env['FAULT_LOG']) console.log(this.#log.join('\n'))
    if (ended !== undefined) throw ended instanceof Error ? ended : new Error(`it has ended ${ended}`)
    expect(this.#problems).toEqual([])
    return this.#requests
  }

  #live(broker: EmbeddedBroker): Observable<never> {
    const scheduler = this.#scheduler
    const writer = this.#client(broker, broker.transport, 'writer')
    const place: Place = {
      cluster: broker,
      later: (ms, work) => this.#later.add(scheduler.schedule(work, ms)),
      remake: () => this.#remake(writer).subscribe({ error: () => undefined }),
    }
    this.#watch(broker)
    const injected = this.#faults.map(({ effect, skip }) => broker.fault({ clientId, skip, ...effect.make(place) }))
    const allHandled = new ReplaySubject<void>(1)
    const written = this.#write(writer).pipe(ignoreElements())
    const done = defer(() => {
      for (const fault of injected) fault.unsubscribe()
      return interval(100, scheduler).pipe(
        filter(() => scheduler.now() > deadline || this.#missing(broker).length === 0),
        take(1),
        tap(() => {
          allHandled.next()
          allHandled.complete()
        }),
        ignoreElements(),
      )
    })
    const members = this.#scenario.members.map((member, index) => this.#member(broker, member, index, allHandled))
    return concat(
      merge(concat(written, done), ...members),
      writer.released.pipe(delay(1, scheduler), ignoreElements()),
      defer(() => {
        this.#later.unsubscribe()
        this.#checkEnd(broker)
        return EMPTY
      }),
    )
  }

  #client(broker: EmbeddedBroker, transport: Transport, id: string): Kafka {
    const random = (size: number) => Buffer.alloc(size, this.#clients++)
    return new Kafka({ bootstrap: broker.bootstrap, transport, scheduler: this.#scheduler, random, clientId: id })
  }

  #write(writer: Kafka): Observable<unknown> {
    const { records, partitions, every = 100 } = this.#scenario
    const recordOf = (n: number) => ({ topic, partition: n % partitions, key: String(n % 7), value: String(n) })
    return timer(0, every, this.#scheduler).pipe(
      take(records),
      writer.producer().produce(recordOf, { onError: 'emit' }),
    )
  }

  #remake(writer: Kafka): Observable<unknown> {
    const { partitions, brokers } = this.#scenario
    const again = writer.createTopics({ name: topic, partitions, replicationFactor: brokers })
    return concat(writer.deleteTopics(topic), again)
  }

  /** One process from its beginning to where nothing of it is left. */
  #member(broker: EmbeddedBroker, life: MemberLife, index: number, allHandled: Observable<void>): Observable<never> {
    const scheduler = this.#scheduler
    const { joins = 0, goes, by = 'until', instanceId } = life
    const crash = new ReplaySubject<never>(1)
    const transport: Transport = endpoint => merge(broker.transport(endpoint), crash)
    const kafka = this.#client(broker, transport, clientId)
    let hasJoined = false
    kafka.events.subscribe(event => {
      this.#log.push(`${scheduler.now()} ${index} ${JSON.stringify(event, plain)}`)
      if (event.type === 'assigned') hasJoined = true
      if (event.type === 'lost' || event.type === 'commit-failed') this.#excuses.push(event.type)
    })
    const goesAway: Observable<unknown> = goes === undefined ? allHandled : timer(goes - joins, scheduler)
    const until = by === 'until' ? goesAway : NEVER
    const member = defer(() => this.#read(kafka, index, until, instanceId)).pipe(
      // Until it has joined once, its time is bounded, and trying again is for the user to decide.
      retry({ delay: error => (error.retriable && !hasJoined ? timer(1000, scheduler) : throwError(() => error)) }),
      tap({
        error: error => {
          this.#log.push(`${scheduler.now()} ${index} ${error}`)
          if (by !== 'crashes') this.#problems.push(`member ${index} ended: ${error}`)
        },
      }),
    )
    const crashing = by === 'crashes' ? goesAway.pipe(tap(() => crash.error(new Error('no network')))) : EMPTY
    const alive =
      by === 'until'
        ? member
        : by === 'unsubscribed'
          ? member.pipe(takeUntil(goesAway))
          : merge(member, crashing).pipe(takeUntil(allHandled))
    return concat(
      timer(joins, scheduler).pipe(ignoreElements()),
      alive.pipe(ignoreElements()),
      defer(() => {
        this.#log.push(`${scheduler.now()} ${index} has gone`)
        return kafka.released.pipe(ignoreElements())
      }),
    )
  }

  #read(kafka: Kafka, index: number, until: Observable<unknown>, instanceId: string | undefined): Observable<unknown> {
    const { reads, concurrency = 1, order = 'partition', options } = this.#scenario
    const reading = {
      group,
      topics: topic,
      ...options,
      ...(instanceId !== undefined && { instanceId }),
      protocol: this.#protocol as 'classic',
    }
    const handle = (record: ConsumerRecord) => this.#handle([record], index)
    const handleAll = (batch: ConsumerBatch) => this.#handle([...batch], index)
    switch (reads) {
      case 'consume':
        return kafka.consume({ ...reading, until, concurrency, order }, handle)
      case 'consumeBatches':
        return kafka.consumeBatches({ ...reading, until, concurrency }, handleAll)
      case 'records':
        return kafka.consumer(reading, all =>
          all.pipe(
            takeUntil(until),
            mergeMap(record => concat(handle(record), from([record])), concurrency),
            tap(all.acknowledge),
          ),
        )
      case 'batches':
        return kafka.consumer(reading, all =>
          all.batches.pipe(
            takeUntil(until),
            concatMap(batch => concat(handleAll(batch), from([batch]))),
            tap(all.acknowledge),
          ),
        )
      case 'partitions':
        return kafka.consumer(reading, all =>
          all.partitions.pipe(
            takeUntil(until),
            mergeMap(partition =>
              partition.pipe(
                takeUntil(until),
                concatMap(record => concat(handle(record), from([record]))),
                tap(all.acknowledge),
              ),
            ),
          ),
        )
    }
  }

  #handle(records: readonly ConsumerRecord[], index: number): Observable<never> {
    const { takes = 0 } = this.#scenario
    const scheduler = this.#scheduler
    return defer(() => {
      const [first] = records
      if (first === undefined) return EMPTY
      const atWork = this.#atWork.get(first.partition) ?? new Set()
      this.#atWork.set(first.partition, atWork)
      atWork.add(index)
      if (atWork.size > 1 && this.#excuses.length === 0) {
        this.#problems.push(`${first.partition} is read by ${[...atWork].join(' and ')} at once`)
      }
      const finish = () => {
        for (const record of records) this.#finished(record, index)
      }
      const worked = takes === 0 ? EMPTY : timer(takes, scheduler).pipe(ignoreElements())
      return worked.pipe(
        tap({ complete: finish }),
        finalize(() => atWork.delete(index)),
      )
    })
  }

  #finished({ partition, offset, value }: ConsumerRecord, index: number): void {
    const n = String(value)
    const times = (this.#handled.get(n) ?? 0) + 1
    this.#handled.set(n, times)
    this.#log.push(`${this.#scheduler.now()} ${index} handled ${partition}@${offset} ${n}`)
    if (times > 1 && this.#excuses.length === 0) {
      this.#problems.push(`${partition}@${offset} is handled by ${index}, and was before`)
    }
  }

  /** Counts what members ask, and looks at what is committed whenever something may have been. */
  #watch(broker: EmbeddedBroker): void {
    const always = { times: Number.POSITIVE_INFINITY, clientId } as const
    for (const api of apis) {
      const count = () => {
        this.#requests.set(api, (this.#requests.get(api) ?? 0) + 1)
        this.#checkCalm(api)
      }
      broker.fault({ api, ...always, before: count })
    }
    broker.fault({ api: 'OffsetCommit', ...always, after: () => this.#checkCommitted(broker) })
  }

  /** Whatever fails, nobody asks in a hot loop. */
  #checkCalm(api: string): void {
    const now = this.#scheduler.now()
    if (now !== this.#moment) this.#atMoment = 0
    this.#moment = now
    if (++this.#atMoment === most) this.#problems.push(`${most} requests at ${now}, the last ${api}`)
  }

  /** What is committed of a partition has been handled, and never goes back. */
  #checkCommitted(broker: EmbeddedBroker): void {
    for (const { topic: name, partition, offset } of committedIn(broker)) {
      if (name !== topic) continue
      const before = this.#committed.get(partition) ?? 0n
      if (offset < before && !this.#isRemade)
        this.#problems.push(`${partition} is committed at ${offset} after ${before}`)
      this.#committed.set(partition, offset)
      for (const [at, { value }] of broker.records(topic, partition).entries()) {
        if (BigInt(at) >= offset) break
        if (!this.#handled.has(String(value)))
          this.#problems.push(`${partition} is committed at ${offset}: ${at} was not handled`)
      }
    }
  }

  get #isRemade(): boolean {
    return this.#faults.some(({ effect }) => String(effect.make).includes('remake'))
  }

  /** What is in a log and was not handled. */
  #missing(broker: EmbeddedBroker): readonly string[] {
    return broker.partitions.flatMap(({ topic: name, partition }) =>
      name !== topic
        ? []
        : broker
            .records(name, partition)
            .flatMap(({ offset, value }) => (this.#handled.has(String(value)) ? [] : [`${partition}@${offset}`])),
    )
  }

  #checkEnd(broker: EmbeddedBroker): void {
    const problems = this.#problems
    for (const { clientId: left, nodeId } of broker.connections)
      problems.push(`${left} is still connected to ${nodeId}`)
    for (const missing of this.#missing(broker)) problems.push(`${missing} was never handled`)
    if (this.#excuses.length === 0 && this.#scenario.members.some(({ goes }) => goes === undefined)) {
      const committed = new Map(committedIn(broker).map(one => [`${one.topic}-${one.partition}`, one.offset]))
      for (const { topic: name, partition, highWatermark } of broker.partitions) {
        const at = committed.get(`${name}-${partition}`) ?? 0n
        if (name === topic && at !== highWatermark)
          problems.push(`${partition} is committed at ${at} of ${highWatermark}`)
      }
    }
    const isCalm = this.#scenario.members.every(({ by, instanceId }) => by !== 'crashes' && instanceId === undefined)
    const { members = [] } = broker.groups.find(({ groupId }) => groupId === group) ?? {}
    if (isCalm && members.length > 0) problems.push(`${members.length} members are left in the group`)
  }

  #checkNothingIsDue(): void {
    const due = this.#scheduler.actions.filter(({ closed }) => !closed)
    if (due.length > 0) this.#problems.push(`${due.length} timers are left`)
  }
}

const apis = [
  'ApiVersions',
  'Metadata',
  'FindCoordinator',
  'JoinGroup',
  'SyncGroup',
  'Heartbeat',
  'LeaveGroup',
  'ConsumerGroupHeartbeat',
  'OffsetFetch',
  'OffsetCommit',
  'ListOffsets',
  'OffsetForLeaderEpoch',
  'Fetch',
] as const

function committedIn(broker: EmbeddedBroker) {
  return broker.groups.find(({ groupId }) => groupId === group)?.offsets ?? []
}

function plain(key: string, value: unknown): unknown {
  if (key === 'brokers' || key === 'topics') return undefined
  if (value instanceof Error) return String(value)
  return typeof value === 'bigint' ? String(value) : value
}
