import { isObservable, type Observable, Subscription } from 'rxjs'
import { absence } from '../cluster/absence.js'
import { Alarm } from '../cluster/alarm.js'
import type { Cluster } from '../cluster/cluster.js'
import type { Topic } from '../cluster/topic.js'
import type { View } from '../cluster/view.js'
import { type Clock, clockOf } from '../connection/system-scheduler.js'
import type { KafkaError } from '../errors.js'
import type { NewHeader } from '../protocol/records/index.js'
import { zeroUuid } from '../protocol/uuid.js'
import { ActiveTopics } from './active-topics.js'
import { Drops } from './drops.js'
import type { Entry, Failure } from './entry.js'
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
  readonly #active = new ActiveTopics(queue => {
    // One that was not there leaves nothing behind.
    if (queue.topic === undefined) this.#topics.delete(queue.name)
  })
  readonly #flushes = new Flushes()
  readonly #drops = new Drops()
  #letGo: (() => void) | undefined
  /** For the record whose time is over first; moved when it rings. */
  readonly #alarm: Alarm
  /** For what nothing is under way of: who sends one record after the other finds it all still there. */
  readonly #resting: Alarm
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
    this.#resting = new Alarm(cluster.scheduler, () => this.#rest())
    const { compression, compressionLevel, batchSize } = config
    this.#batches = {
      writer: { compression, compressionLevel, maxBytes: batchSize },
      linger: config.linger,
      memory: this.memory,
      identity: this.identity,
      withdrawn: topic => {
        this.#drops.add('unsubscribed', topic)
        this.#expectTurn()
      },
    }
  }

  get isFlushing(): boolean {
    return this.#flushes.areWaiting
  }

  now(): number {
    return this.#clock.now()
  }

  /**
   * Takes a record on its way, or says why not. Nothing is told of it before the next turn.
   *
   * `isPulled`: there was room when it was asked for, and it is not refused for being larger than that.
   */
  accept(entry: Entry, isPulled = false): Failure | undefined {
    const { record } = entry
    const size = sizeHint(record.key, record.value)
    if (!isPulled && !this.memory.hasRoomFor(size)) return backlogFailure(size, this.memory.used, this.memory.limit)
    const queue = this.#topics.get(record.topic) ?? this.#open(record.topic)
    this.#expectTurn()
    entry.due = this.#now + this.config.deliveryTimeout
    entry.timestamp = record.timestamp === undefined ? this.#wall : Number(record.timestamp)
    entry.begin(this.#flushes.cohort)
    if (!this.#active.has(queue)) this.#activate(queue)
    try {
      if (queue.isClear && this.#isPlain) {
        this.#route(queue, entry, (record.key ?? null) as Data, record.value as Data, headersOf(record.headers))
        return undefined
      }
      const data = serialize(record, this.config)
      // Serializers are the user's, who may have left.
      if (!entry.isOpen) return undefined
      if (isObservable(data)) return this.#serializeLater(queue, entry, data)
      if (queue.isClear) this.#route(queue, entry, data.key, data.value, data.headers)
      else queue.wait(entry, data)
    } catch (error) {
      entry.abandon()
      return unsent(error)
    }
    return undefined
  }

  /** Emits once all that was accepted before has ended; until then nothing lingers. */
  flush(): Observable<void> {
    this.#expectTurn()
    return this.#flushes.begin()
  }

  /** Whether more may be pulled: as much is held as keeps the brokers busy. */
  get hasRoom(): boolean {
    const { bufferMemory, maxInFlight, maxRequestSize } = this.config
    return this.memory.used < Math.min(bufferMemory, maxInFlight * maxRequestSize)
  }

  /** A record was left out for want of room. */
  drop(topic: string): void {
    this.#drops.add('overflow', topic)
    this.#expectTurn()
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
    for (const queue of [...this.#active.queues]) queue.fail(failure)
    this.#expectTurn()
  }

  /** Something is to go to its partition's leader. */
  #dispatch(queue: PartitionQueue): void {
    // Metadata is asked for until it names one, and `follow` brings it.
    if (queue.leader < 0) return
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
  #route(queue: TopicQueue, entry: Entry, key: Data, value: Data, headers: readonly NewHeader[] | undefined): void {
    const partition = queue.put(entry, key, value, headers, { now: this.#now, config: this.config })
    if (partition !== undefined) this.#dispatch(partition)
  }

  /** Puts it where its turn among those of its topic is kept; it goes on from there on a turn after it is ready. */
  #serializeLater(queue: TopicQueue, entry: Entry, data: Observable<Serialized>): Failure | undefined {
    const waiting = queue.wait(entry, undefined)
    waiting.work = new Subscription()
    let refused: Failure | undefined
    let isAccepted = false
    waiting.work.add(
      data.subscribe({
        next: serialized => {
          waiting.data = serialized
          this.#expectTurn()
        },
        error: error => {
          if (!entry.isOpen) return
          queue.takeOut(waiting)
          refused = unsent(error)
          if (isAccepted) entry.fail(refused)
          else entry.abandon()
          this.#expectTurn()
        },
      }),
    )
    isAccepted = true
    return refused
  }

  /** Gives their partitions to the records that waited for that. */
  #advance(queue: TopicQueue): void {
    for (let { next } = queue; next !== undefined; { next } = queue) {
      const { entry, data } = next
      const { key, value, headers } = data as Serialized
      try {
        this.#route(queue, entry, key, value, headers)
        // Only now: what its partitioner sends meanwhile comes after it.
        if (entry.isOpen) queue.takeOut(next)
      } catch (error) {
        if (!entry.isOpen) continue
        queue.takeOut(next)
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
    this.#active.add(queue, watching)
    const known = this.cluster.metadata.topic(queue.name)
    if (known !== undefined) this.#follow(queue, known)
    const wanted = { topics: [queue.name], create: this.config.autoCreateTopics }
    watching.add(
      this.cluster.metadata.watch(wanted).subscribe({
        next: view => this.#see(queue, view),
        error: error => {
          queue.fail(unsent(error))
          this.#expectTurn()
        },
      }),
    )
  }

  #see(queue: TopicQueue, view: View): void {
    const topic = view.topics.get(queue.name)
    if (topic !== undefined) this.#follow(queue, topic)
    else {
      const cause = absence(this.cluster.metadata, queue.name, this.cluster.scheduler.now())
      if (cause !== undefined) queue.fail(unsent(cause))
      this.#expectTurn()
    }
  }

  #follow(queue: TopicQueue, topic: Topic): void {
    for (const waiting of queue.follow(topic)) this.#dispatch(waiting)
    this.#expectTurn()
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
    this.memory.tell()
    for (const queue of this.#active.queues) this.#advance(queue)
    for (const node of this.#nodes.values()) node.drain()
    if (this.identity.wanted && this.#active.isBusy) this.#identityRequest.begin()
    this.#identityRequest.tell()
    this.#drops.tell(this.cluster.events)
    this.#settle()
    this.#arm()
    if (this.memory.hasNews) this.#expectTurn()
  }

  /** Tells who waits for all to be sent, and sees what nothing needs any more. */
  #settle(): void {
    this.#flushes.settle()
    let isAnyIdle = this.#active.leaveUseless()
    for (const node of this.#nodes.values()) isAnyIdle ||= node.isIdle
    if (isAnyIdle && !this.#resting.isSet) this.#resting.set(this.#now)
    this.#letGoIfOver()
  }

  /** Lets go of what nothing needs any more. */
  #rest(): void {
    this.#active.leaveIdle()
    for (const node of this.#nodes.values()) if (node.isIdle) node.giveBack()
    this.#letGoIfOver()
    this.#arm()
  }

  #letGoIfOver(): void {
    if (this.#active.size > 0) return
    this.#identityRequest.end()
    this.#letGo?.()
    this.#letGo = undefined
  }

  #arm(): void {
    if (this.#active.size === 0) this.#alarm.clear()
    else if (!this.#alarm.isSet) this.#alarm.set(this.#active.due)
  }

  #expire(): void {
    const now = this.now()
    const { deliveryTimeout } = this.config
    const last = this.lastFailure ?? this.cluster.metadata.lastFailure
    const failure = (cause: KafkaError | undefined) => overdueFailure(deliveryTimeout, cause ?? last)
    for (const queue of [...this.#active.queues]) queue.failOverdue(now, failure)
    this.#turn()
  }
}
