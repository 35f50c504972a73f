import { isObservable, type Observable, Subscription } from 'rxjs'
import { Alarm } from '../cluster/alarm.js'
import { absence } from '../cluster/await-topic.js'
import type { Cluster } from '../cluster/cluster.js'
import type { Topic } from '../cluster/topic.js'
import type { View } from '../cluster/view.js'
import { type Clock, clockOf } from '../connection/system-scheduler.js'
import type { KafkaError } from '../errors.js'
import type { NewHeader } from '../protocol/records/index.js'
import { zeroUuid } from '../protocol/uuid.js'
import type { Batch } from './batch.js'
import type { Entry, Failure, Sink } from './entry.js'
import { backlogFailure, overdueFailure, unsent } from './failures.js'
import { Flushes } from './flushes.js'
import { IdentityRequest } from './identity-request.js'
import { Memory } from './memory.js'
import { NodeSender } from './node-sender.js'
import type { BatchSettings, PartitionQueue } from './partition-queue.js'
import { Sticky } from './partitioner.js'
import { ProducerIdentity } from './producer-identity.js'
import type { ProducerConfig } from './producer-options.js'
import type { Data } from './producer-record.js'
import type { Producing } from './producing.js'
import { sizeHint } from './record-size.js'
import { headersOf, type Serialized, serialize } from './serialize.js'
import { TopicQueue } from './topic-queue.js'

const NEVER = Number.POSITIVE_INFINITY

/**
 * All that one producer has under way: records on their way to batches, batches on their way to brokers.
 *
 * Holds connections, timers and metadata only while something is under way.
 */
export class Sender implements Producing {
  readonly cluster: Cluster
  readonly config: ProducerConfig
  readonly lane: string
  readonly memory: Memory
  readonly identity: ProducerIdentity
  lastFailure: KafkaError | undefined
  readonly #clock: Clock
  readonly #batches: BatchSettings
  readonly #topics = new Map<string, TopicQueue>()
  readonly #nodes = new Map<number, NodeSender>()
  readonly #identityRequest: IdentityRequest
  /** Topics of which something is under way, and their watching of metadata. */
  readonly #active = new Map<TopicQueue, Subscription>()
  readonly #flushes = new Flushes()
  #letGo: (() => void) | undefined
  /** For the record whose time is over first; moved when it rings. */
  readonly #alarm: Alarm
  /** Whether a turn is to come, and the time when it was asked for: one look at the clock a turn. */
  #isTurnDue = false
  #now = 0
  #wall = 0

  constructor(cluster: Cluster, config: ProducerConfig, lane: string) {
    this.cluster = cluster
    this.config = config
    this.lane = lane
    this.memory = new Memory(config.bufferMemory)
    this.identity = new ProducerIdentity(config.idempotent)
    this.#clock = clockOf(cluster.scheduler)
    this.#identityRequest = new IdentityRequest(this)
    this.#alarm = new Alarm(cluster.scheduler, () => this.#expire())
    const { compression, compressionLevel, batchSize } = config
    this.#batches = {
      writer: { compression, compressionLevel, maxBytes: batchSize },
      linger: config.linger,
      memory: this.memory,
      identity: this.identity,
    }
  }

  get isFlushing(): boolean {
    return this.#flushes.areWaiting
  }

  now(): number {
    return this.#clock.now()
  }

  /** Takes a record on its way, or says why not. */
  accept(entry: Entry): Failure | undefined {
    const { record } = entry
    const queue = this.#topics.get(record.topic) ?? this.#open(record.topic)
    const size = sizeHint(record.key, record.value)
    if (!this.memory.hasRoomFor(size)) return backlogFailure(size, this.memory.used, this.memory.limit)
    this.#expectTurn()
    entry.due = this.#now + this.config.deliveryTimeout
    entry.timestamp = record.timestamp === undefined ? this.#wall : Number(record.timestamp)
    entry.cohort = this.#flushes.cohort
    entry.cohort.open++
    if (!this.#active.has(queue)) this.#activate(queue)
    try {
      if (queue.isClear && this.#isPlain) {
        return this.#route(queue, entry, (record.key ?? null) as Data, record.value as Data, headersOf(record.headers))
      }
      const data = serialize(record, this.config)
      if (isObservable(data)) this.#serializeLater(queue, entry, data)
      else if (queue.isClear) return this.#route(queue, entry, data.key, data.value, data.headers)
      else queue.wait(entry, data)
    } catch (error) {
      return this.#refuse(entry, error)
    }
    return undefined
  }

  /** Emits once all that was accepted before has ended; until then nothing lingers. */
  flush(): Observable<void> {
    this.#expectTurn()
    return this.#flushes.begin()
  }

  /** Withdraws all records of a sink that no connection has been handed; those that one has are resolved. */
  withdraw(sink: Sink): void {
    for (const queue of [...this.#active.keys()]) {
      for (const entry of queue.entries()) if (entry.sink === sink) entry.unsubscribe()
    }
    this.#expectTurn()
  }

  /** Whether more may be pulled: as much is held as keeps the brokers busy. */
  get hasRoom(): boolean {
    const { bufferMemory, maxInFlight, maxRequestSize } = this.config
    return this.memory.used < Math.min(bufferMemory, maxInFlight * maxRequestSize)
  }

  /** A record was left out for want of room. */
  drop(topic: string): void {
    this.cluster.events.tell({ type: 'dropped', reason: 'overflow', topic, count: 1 })
  }

  /** On the next turn. */
  later(work: () => void): Subscription {
    return this.cluster.settings.turns.schedule(work)
  }

  wake(): void {
    this.#expectTurn()
  }

  topicId(name: string): string {
    return this.#topics.get(name)?.topic?.id ?? zeroUuid
  }

  failAll(failure: Failure): void {
    for (const queue of [...this.#active.keys()]) this.#failTopic(queue, failure)
  }

  /** Something is to go to its partition's leader. */
  #dispatch(queue: PartitionQueue): void {
    if (queue.leader < 0) {
      this.cluster.metadata.stale(queue.topic)
      return
    }
    let node = this.#nodes.get(queue.leader)
    if (node === undefined) {
      node = new NodeSender(queue.leader, this)
      this.#nodes.set(queue.leader, node)
    }
    node.add(queue)
  }

  get #isPlain(): boolean {
    return this.config.key === undefined && this.config.value === undefined
  }

  /** Gives a record its partition, and a place in a batch. Throws ArgumentError for what cannot be written. */
  #route(
    queue: TopicQueue,
    entry: Entry,
    key: Data,
    value: Data,
    headers: readonly NewHeader[] | undefined,
  ): Failure | undefined {
    this.#dispatch(queue.put(entry, key, value, headers, { now: this.#now, config: this.config }))
    return undefined
  }

  #serializeLater(queue: TopicQueue, entry: Entry, data: Observable<Serialized>): void {
    const ready = queue.wait(entry, undefined)
    data.subscribe({
      next: serialized => {
        ready(serialized)
        this.#expectTurn()
        this.#advance(queue)
      },
      error: error => {
        if (!entry.isOpen) return
        entry.unsubscribe()
        entry.sink.failed(entry, unsent(error))
        this.#expectTurn()
        this.#advance(queue)
      },
    })
  }

  #refuse(entry: Entry, error: unknown): Failure {
    entry.abandon()
    this.#expectTurn()
    return unsent(error)
  }

  /** Gives their partitions to the records that waited for that. */
  #advance(queue: TopicQueue): void {
    for (let next = queue.next(); next !== undefined; next = queue.next()) {
      const { entry, data } = next
      try {
        this.#route(queue, entry, data.key, data.value, data.headers)
      } catch (error) {
        entry.fail(unsent(error))
      }
    }
  }

  #open(name: string): TopicQueue {
    const queue = new TopicQueue(name, new Sticky(this.config.batchSize, this.cluster.settings.random), this.#batches)
    this.#topics.set(name, queue)
    return queue
  }

  /** Something of the topic is under way: it is watched. */
  #activate(queue: TopicQueue): void {
    this.#letGo ??= this.cluster.hold()
    const watching = new Subscription()
    this.#active.set(queue, watching)
    const known = this.cluster.metadata.topic(queue.name)
    if (known !== undefined) this.#follow(queue, known)
    const wanted = { topics: [queue.name], create: this.config.autoCreateTopics }
    watching.add(
      this.cluster.metadata.watch(wanted).subscribe({
        next: view => this.#see(queue, view),
        error: error => this.#failTopic(queue, unsent(error)),
      }),
    )
  }

  #see(queue: TopicQueue, view: View): void {
    const topic = view.topics.get(queue.name)
    if (topic !== undefined) this.#follow(queue, topic)
    else {
      const cause = absence(this.cluster.metadata, queue.name, this.cluster.scheduler.now())
      if (cause !== undefined) this.#failTopic(queue, unsent(cause))
    }
  }

  #follow(queue: TopicQueue, topic: Topic): void {
    for (const moved of queue.follow(topic)) this.#dispatch(moved)
    this.#advance(queue)
    this.#expectTurn()
  }

  #failTopic(queue: TopicQueue, failure: Failure): void {
    for (const entry of queue.takeWhere(() => true)) entry.fail(failure)
    for (const partition of queue.partitions) {
      for (const batch of partition.batches.splice(0)) batch.fail(failure)
      for (const batch of [...partition.sequences.open]) this.giveUp(partition, batch, failure)
    }
    this.#expectTurn()
  }

  giveUp(queue: PartitionQueue, batch: Batch, { cause, reason }: Failure): void {
    batch.fail({ outcome: queue.sequences.gaveUp(batch), cause, reason })
  }

  #expectTurn(): void {
    if (this.#isTurnDue) return
    this.#isTurnDue = true
    this.#now = this.now()
    this.#wall = Math.floor(this.cluster.settings.wallClock.now())
    this.cluster.settings.turns.schedule(() => this.#turn())
  }

  #turn(): void {
    this.#isTurnDue = false
    for (const node of this.#nodes.values()) node.drain()
    if (this.identity.wanted && this.#active.size > 0) this.#identityRequest.begin()
    this.#settle()
    this.#arm()
  }

  /** Lets go of what nothing needs any more. */
  #settle(): void {
    for (const [queue, watching] of this.#active) {
      if (!queue.isIdle) continue
      watching.unsubscribe()
      this.#active.delete(queue)
    }
    this.#flushes.settle()
    if (this.#active.size > 0) return
    this.#identityRequest.end()
    this.#letGo?.()
    this.#letGo = undefined
  }

  #arm(): void {
    if (this.#active.size === 0) this.#alarm.clear()
    else if (!this.#alarm.isSet) this.#alarm.set(this.#due())
  }

  /** When the time of the first record is over. */
  #due(): number {
    let due = NEVER
    for (const queue of this.#active.keys()) due = Math.min(due, queue.due)
    return due
  }

  #expire(): void {
    const now = this.now()
    const failure = overdueFailure(this.config.deliveryTimeout, this.lastFailure)
    const isOverdue = (entry: Entry) => entry.due <= now
    for (const queue of [...this.#active.keys()]) {
      for (const entry of queue.takeWhere(isOverdue)) entry.fail(failure)
      for (const partition of queue.partitions) {
        for (const batch of [...partition.batches]) batch.failWhere(isOverdue, failure)
        for (const batch of [...partition.sequences.open]) if (batch.due <= now) this.giveUp(partition, batch, failure)
      }
    }
    this.#turn()
  }
}
