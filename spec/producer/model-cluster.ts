import type { Identity } from '../../src/producer/producer-identity.js'
import { errors } from '../../src/protocol/error-codes.js'

/** A batch as it travels and as it stands in a log. */
export interface ModelBatch extends Identity {
  readonly baseSequence: number
  readonly count: number
  readonly records: readonly number[]
}

const LAST_SEQUENCE = 0x7fffffff

/** One replica's log, and what its broker believes of its part. */
class Replica {
  log: ModelBatch[] = []
  /** Producers are remembered from what stands behind this. */
  rememberedFrom = 0
  /** The leader epoch that its broker has heard of, and whether it leads in that. */
  knows = 0
  leads = false
  /** How often it has stepped down: who waits for replicas is then told so. */
  steppedDown = 0
  highWatermark = 0
  /** Of a follower: how much it has, as far as the leader knows. */
  fetched = 0

  /** The last five batches of a producer under its last epoch, as Kafka's ProducerStateEntry has them. */
  remembered(producerId: bigint): ModelBatch[] {
    const found: ModelBatch[] = []
    for (let i = this.log.length - 1; i >= this.rememberedFrom && found.length < 5; i--) {
      const batch = this.log[i] as ModelBatch
      if (batch.producerId !== producerId) continue
      if (found.length > 0 && batch.producerEpoch !== found[0]?.producerEpoch) break
      found.push(batch)
    }
    return found
  }

  /** Kafka's ProducerAppendInfo: where the batch ends, now or since an earlier time, or why it is refused. */
  append(batch: ModelBatch): { end: number } | { error: number } {
    const remembered = this.remembered(batch.producerId)
    const last = remembered[0]
    if (last !== undefined && batch.producerEpoch === last.producerEpoch) {
      const same = remembered.find(
        ({ baseSequence, count }) => baseSequence === batch.baseSequence && count === batch.count,
      )
      if (same !== undefined) return { end: this.log.indexOf(same) + 1 }
      const expected = (last.baseSequence + last.count) & LAST_SEQUENCE
      if (batch.baseSequence !== expected) return { error: errors.OUT_OF_ORDER_SEQUENCE_NUMBER.code }
    } else if (last !== undefined) {
      if (batch.producerEpoch < last.producerEpoch) return { error: errors.INVALID_PRODUCER_EPOCH.code }
      if (batch.baseSequence !== 0) return { error: errors.OUT_OF_ORDER_SEQUENCE_NUMBER.code }
    }
    this.log.push(batch)
    return { end: this.log.length }
  }

  truncate(length: number): void {
    this.log.length = length
    this.rememberedFrom = Math.min(this.rememberedFrom, length)
  }
}

/** A partition with a replica on each node: in sync or not, with a leader that may not know yet, or not know any more. */
export class ModelPartition {
  readonly replicas: Replica[]
  leader = 0
  epoch = 0
  /** The id of its topic, and the records in the logs that went with earlier ones. */
  topicId = 0
  readonly past: number[] = []
  readonly inSync: Set<number>

  constructor(nodes: number) {
    this.replicas = Array.from({ length: nodes }, () => new Replica())
    this.inSync = new Set(this.replicas.keys())
    this.replica(0).leads = true
  }

  replica(node: number): Replica {
    return this.replicas[node] as Replica
  }

  /** A clean election: only who is in sync may win. The controller knows; the brokers hear of it later. */
  elect(node: number, dropOldLeader: boolean): void {
    if (!this.inSync.has(node)) return
    if (dropOldLeader && node !== this.leader) this.inSync.delete(this.leader)
    this.leader = node
    this.epoch++
    for (const replica of this.replicas) replica.fetched = 0
  }

  /** A broker hears who leads. */
  learn(node: number): void {
    const replica = this.replica(node)
    replica.knows = this.epoch
    const leads = this.leader === node
    if (replica.leads && !leads) replica.steppedDown++
    replica.leads = leads
    this.advance()
  }

  /** A follower fetches: it learns, drops what its leader has not, takes at most `most` of what it has. */
  replicate(node: number, most: number): void {
    if (node === this.leader || !this.#aware) return
    this.learn(node)
    const follower = this.replica(node)
    const { log } = this.replica(this.leader)
    let common = 0
    while (common < follower.log.length && follower.log[common] === log[common]) common++
    follower.truncate(common)
    follower.log.push(...log.slice(common, common + most))
    follower.fetched = follower.log.length
    if (follower.fetched === log.length) this.inSync.add(node)
    this.advance()
    follower.highWatermark = Math.min(this.replica(this.leader).highWatermark, follower.log.length)
  }

  shrink(node: number): void {
    if (node !== this.leader && this.#aware) this.inSync.delete(node)
    this.advance()
  }

  /** The topic is deleted and made again. */
  remake(): void {
    this.past.push(...this.committed.flatMap(({ records }) => records))
    this.topicId++
    for (const [node, replica] of this.replicas.entries()) {
      this.inSync.add(node)
      replica.truncate(0)
      replica.highWatermark = 0
      replica.fetched = 0
      this.learn(node)
    }
  }

  /** All brokers forget their producers, as they do when these were silent for long. */
  forget(): void {
    for (const replica of this.replicas) replica.rememberedFrom = replica.log.length
  }

  get committed(): readonly ModelBatch[] {
    return this.replica(this.leader).log
  }

  get #aware(): boolean {
    return this.replica(this.leader).knows === this.epoch
  }

  /** What all in sync have is committed. */
  advance(): void {
    if (!this.#aware) return
    const leader = this.replica(this.leader)
    let least = leader.log.length
    for (const node of this.inSync) if (node !== this.leader) least = Math.min(least, this.replica(node).fetched)
    leader.highWatermark = Math.max(leader.highWatermark, least)
  }
}

/** A batch in a request, and how far a broker has come with it. */
export interface Item<B> {
  readonly partition: number
  readonly topicId: number
  readonly batch: B
  readonly bytes: ModelBatch
  error?: number
  /** Written, and answered once the high watermark is there. */
  end?: number
  tenure?: number
}

export type Request<B> = Item<B>[]

/** A connection to one node; requests are handled and answered in their order. */
class Wire<B> {
  readonly requests: Request<B>[] = []
  handled = false
}

/** Brokers that take Produce requests, with everything that may go wrong between them and with the wires to them. */
export class ModelCluster<B> {
  readonly partitions: ModelPartition[]
  readonly #wires: Wire<B>[]
  /** Requests whose connection has ended, that a node has read and may still handle. */
  readonly #stragglers: Request<B>[][]

  constructor(nodes: number, partitions: number) {
    this.partitions = Array.from({ length: partitions }, () => new ModelPartition(nodes))
    this.#wires = Array.from({ length: nodes }, () => new Wire())
    this.#stragglers = Array.from({ length: nodes }, () => [])
  }

  partition(index: number): ModelPartition {
    return this.partitions[index] as ModelPartition
  }

  #wire(node: number): Wire<B> {
    return this.#wires[node] as Wire<B>
  }

  inFlight(node: number): number {
    return this.#wire(node).requests.length
  }

  send(node: number, request: Request<B>): void {
    this.#wire(node).requests.push(request)
  }

  /** The node handles the first request of its connection; the first batch may meet an error before or after that. */
  handle(node: number, before?: number, afterwards?: number): void {
    const wire = this.#wire(node)
    const request = wire.requests[0]
    if (request === undefined || wire.handled) return
    wire.handled = true
    this.#append(node, request, before, afterwards)
  }

  /** The node comes to a request whose connection has ended. */
  handleStraggler(node: number, which: number): void {
    const left = this.#stragglers[node] as Request<B>[]
    const [request] = left.splice(which % Math.max(left.length, 1), 1)
    if (request !== undefined) this.#append(node, request)
  }

  #append(node: number, request: Request<B>, before?: number, afterwards?: number): void {
    for (const [i, item] of request.entries()) {
      const partition = this.partition(item.partition)
      const replica = partition.replica(node)
      if (item.topicId !== partition.topicId) item.error = errors.UNKNOWN_TOPIC_ID.code
      else if (!replica.leads) item.error = errors.NOT_LEADER_OR_FOLLOWER.code
      else if (i === 0 && before !== undefined) item.error = before
      else {
        const result = replica.append(item.bytes)
        if ('error' in result) item.error = result.error
        else if (i === 0 && afterwards !== undefined) item.error = afterwards
        else {
          item.end = result.end
          item.tenure = replica.steppedDown
        }
        partition.advance()
      }
    }
  }

  /** The answer to what was handled first, if it is due: replicas have it, the node leads no more, or time is up. */
  answer(node: number, timeIsUp: boolean): { request: Request<B>; codes: number[] } | undefined {
    const wire = this.#wire(node)
    const request = wire.requests[0]
    if (request === undefined || !wire.handled) return undefined
    const codes: number[] = []
    for (const { partition, topicId, error, end = 0, tenure } of request) {
      const replica = this.partition(partition).replica(node)
      if (error !== undefined) codes.push(error)
      else if (topicId !== this.partition(partition).topicId) codes.push(errors.UNKNOWN_TOPIC_OR_PARTITION.code)
      else if (replica.steppedDown !== tenure) codes.push(errors.NOT_LEADER_OR_FOLLOWER.code)
      else if (replica.highWatermark >= end) codes.push(0)
      else if (timeIsUp) codes.push(errors.REQUEST_TIMED_OUT.code)
      else return undefined
    }
    wire.requests.shift()
    wire.handled = false
    return { request, codes }
  }

  /** The connection ends: the last `unsent` requests never left, the others may be handled yet, or not. */
  cut(node: number, unsent: number, stragglers: boolean): { sent: Request<B>[]; unsent: Request<B>[] } {
    const wire = this.#wire(node)
    const sent = wire.requests.splice(0)
    const kept = wire.handled ? 1 : 0
    const lost = sent.splice(Math.max(kept, sent.length - unsent))
    if (stragglers) (this.#stragglers[node] as Request<B>[]).push(...sent.slice(kept))
    wire.handled = false
    return { sent, unsent: lost }
  }

  get stragglers(): number {
    return this.#stragglers.reduce((sum, { length }) => sum + length, 0)
  }
}
