import type { Outcome } from '../../src/errors.js'
import { ProducerIdentity } from '../../src/producer/producer-identity.js'
import { SequencedBatch } from '../../src/producer/sequenced-batch.js'
import type { Sequences } from '../../src/producer/sequences.js'
import { errors } from '../../src/protocol/error-codes.js'
import { type Item, ModelCluster, type Request } from './model-cluster.js'

/** What a test changes in the machine to see that it is found out. */
export type Machine = typeof Sequences

class RecordsBatch extends SequencedBatch {
  readonly records: readonly number[]

  constructor(records: readonly number[], scale: number) {
    super(records.length * scale)
    this.records = records
  }
}

/** A partition as the producer has it. */
interface Side {
  readonly sequences: Sequences<RecordsBatch>
  readonly queue: RecordsBatch[]
  leader: number
  knows: number
  topicId: number
  submitted: number
}

const NODES = 3
const FIRST_ID = 100n
const MAX_IN_FLIGHT = 5

/** Errors before the append, and behind it. */
const BEFORE = [
  errors.NOT_ENOUGH_REPLICAS.code,
  errors.NOT_LEADER_OR_FOLLOWER.code,
  errors.INVALID_RECORD.code,
  errors.MESSAGE_TOO_LARGE.code,
  errors.KAFKA_STORAGE_ERROR.code,
  errors.THROTTLING_QUOTA_EXCEEDED.code,
  errors.UNKNOWN_SERVER_ERROR.code,
]
const AFTER = [
  errors.NOT_ENOUGH_REPLICAS_AFTER_APPEND.code,
  errors.REQUEST_TIMED_OUT.code,
  errors.UNKNOWN_SERVER_ERROR.code,
  errors.NOT_LEADER_OR_FOLLOWER.code,
]

/** One step of a schedule: what happens, and three numbers to choose by. */
export type Step = readonly [what: keyof typeof happenings, a: number, b: number, c: number]

/** A producer and its cluster, driven step by step; holds each to what it says. */
export class World {
  readonly cluster: ModelCluster<RecordsBatch>
  readonly fates: Map<number, Outcome | 'delivered'>[]
  readonly identity = new ProducerIdentity()
  readonly sides: Side[]
  readonly faults: string[] = []
  now = 0
  #nextId = FIRST_ID
  readonly #scale: number
  readonly #firstEpoch: number

  constructor(machine: Machine, partitions: number, scale: number, firstEpoch: number) {
    this.cluster = new ModelCluster(NODES, partitions)
    this.#scale = scale
    this.#firstEpoch = firstEpoch
    this.fates = Array.from({ length: partitions }, () => new Map())
    this.sides = this.fates.map(() => ({
      sequences: new machine(this.identity),
      queue: [],
      leader: 0,
      knows: 0,
      topicId: 0,
      submitted: 0,
    }))
  }

  side(partition: number): Side {
    return this.sides[partition % this.sides.length] as Side
  }

  tell(partition: number, records: readonly number[], fate: Outcome | 'delivered'): void {
    const fates = this.fates[partition] as Map<number, Outcome | 'delivered'>
    for (const record of records) {
      if (fates.has(record)) this.faults.push(`${partition}/${record} ends twice: ${fates.get(record)}, ${fate}`)
      fates.set(record, fate)
    }
  }

  submit(partition: number, count: number): void {
    const side = this.side(partition)
    if (side.queue.length > 8) return
    const records = Array.from({ length: count }, () => side.submitted++)
    side.queue.push(new RecordsBatch(records, this.#scale))
  }

  giveIdentity(): void {
    if (this.identity.wanted) this.identity.given(this.#nextId++, this.#firstEpoch)
  }

  send(node: number): void {
    if (this.cluster.inFlight(node) >= MAX_IN_FLIGHT) return
    const request: Request<RecordsBatch> = []
    for (const [partition, { sequences, queue, leader, topicId }] of this.sides.entries()) {
      if (leader !== node) continue
      const turn = sequences.turn(node)
      const batch = turn === 'new' ? queue.shift() : turn === 'wait' ? undefined : turn
      if (batch === undefined) continue
      sequences.handed(batch, node, this.now)
      const { producerId, producerEpoch, baseSequence, count, records } = batch
      request.push({ partition, topicId, batch, bytes: { producerId, producerEpoch, baseSequence, count, records } })
    }
    if (request.length > 0) this.cluster.send(node, request)
  }

  answer(node: number, timeIsUp: boolean, chance: number): void {
    const answer = this.cluster.answer(node, timeIsUp)
    if (answer === undefined) return
    for (const [i, item] of answer.request.entries()) this.#answered(item, answer.codes[i] as number, chance)
  }

  #answered({ partition, batch }: Item<RecordsBatch>, code: number, chance: number): void {
    const { sequences } = this.side(partition)
    const { fate, news } = sequences.answered(batch, code, this.now)
    if (news !== undefined) this.faults.push(`${news}, which nothing here may cause`)
    if (fate === 'delivered' || fate === 'unknown') this.tell(partition, batch.records, fate)
    if (fate === 'too-large' && batch.records.length > 1) {
      const half = batch.records.length >> 1
      sequences.replace(batch, [
        new RecordsBatch(batch.records.slice(0, half), this.#scale),
        new RecordsBatch(batch.records.slice(half), this.#scale),
      ])
    } else if (fate === 'refused' || fate === 'too-large') {
      const good = chance % 2 === 0 ? batch.records.slice(1) : []
      this.tell(partition, batch.records.slice(0, batch.records.length - good.length), 'rejected')
      sequences.replace(batch, good.length === 0 ? [] : [new RecordsBatch(good, this.#scale)])
    }
  }

  cut(node: number, unsent: number, stragglers: boolean): void {
    // Where sequences wrap within a schedule, one from a whole turn ago would fit again: no straggler is that old.
    const lost = this.cluster.cut(node, unsent, stragglers && this.#scale === 1)
    for (const { partition, batch } of lost.sent.flat()) this.side(partition).sequences.lost(batch, 'unknown')
    for (const { partition, batch } of lost.unsent.flat()) this.side(partition).sequences.lost(batch, 'unsent')
  }

  /** A deadline passes: of what is under way, or of what still waits for its turn. */
  giveUp(partition: number, which: number): void {
    const index = partition % this.sides.length
    const { sequences, queue } = this.side(index)
    const open = sequences.open.filter(({ told }) => !told)
    const batch = open[which % (open.length + 1)]
    if (batch !== undefined) this.tell(index, batch.records, sequences.gaveUp(batch))
    else {
      const unsent = queue.shift()
      if (unsent !== undefined) this.tell(index, unsent.records, 'unsent')
    }
  }

  learnLeader(partition: number): void {
    const side = this.side(partition)
    const { leader, epoch, topicId } = this.cluster.partition(partition % this.sides.length)
    if (topicId !== side.topicId) side.sequences.madeAnew()
    side.topicId = topicId
    if (epoch <= side.knows) return
    side.leader = leader
    side.knows = epoch
  }

  /** Long silence, after which the brokers know nobody. */
  forget(partition: number): void {
    const { sequences } = this.side(partition)
    if (!sequences.idle || this.cluster.stragglers > 0) return
    this.now += 24 * 3_600_000
    this.cluster.partition(partition % this.sides.length).forget()
  }

  /** Faults end: returns whether all came to rest. What waits for its deadline gets it in the end. */
  rest(): boolean {
    for (let round = 0; round < 400; round++) {
      this.giveIdentity()
      for (const [i, partition] of this.cluster.partitions.entries()) {
        for (let node = 0; node < NODES; node++) partition.learn(node)
        for (let node = 0; node < NODES; node++) partition.replicate(node, 100)
        this.learnLeader(i)
        if (round % 20 === 19) this.giveUp(i, 0)
      }
      for (let node = 0; node < NODES; node++) {
        this.cluster.handleStraggler(node, round)
        this.cluster.handle(node)
        this.answer(node, false, 0)
        this.send(node)
      }
      if (
        this.sides.every(({ sequences, queue }) => sequences.idle && queue.length === 0) &&
        this.cluster.stragglers === 0
      )
        return true
    }
    return false
  }

  /** What is wrong with the logs, by what was told. */
  verdict(): string[] {
    const faults = [...this.faults]
    for (const [i, partition] of this.cluster.partitions.entries()) {
      const log = partition.committed.flatMap(({ records }) => records)
      const fates = this.fates[i] as Map<number, Outcome | 'delivered'>
      // A new epoch shuts out what is still on its way; a new id, which comes when epochs run out, does not.
      const inOrder =
        this.identity.producerId === FIRST_ID ? log : log.filter(record => fates.get(record) !== 'unknown')
      for (let at = 1; at < inOrder.length; at++)
        if ((inOrder[at] as number) < (inOrder[at - 1] as number))
          faults.push(`${i}: ${inOrder[at]} behind ${inOrder[at - 1]}`)
      if (new Set(log).size < log.length) faults.push(`${i}: twice in ${log}`)
      for (const [record, fate] of fates) {
        const there = log.includes(record)
        const was = there || partition.past.includes(record)
        if (fate === 'delivered' && !was) faults.push(`${i}/${record} told delivered, and not there`)
        if ((fate === 'unsent' || fate === 'rejected') && there) faults.push(`${i}/${record} told ${fate}, and there`)
      }
      if (fates.size !== this.side(i).submitted) faults.push(`${i}: not all were told`)
    }
    return faults
  }
}

const pick = <T>(list: readonly T[], n: number): T => list[n % list.length] as T

/** Everything that may happen, each as often as it stands in a schedule. */
export const happenings = {
  submit: (world: World, a: number, b: number) => world.submit(a % world.sides.length, 1 + (b % 3)),
  send: (world: World, a: number) => world.send(a % NODES),
  sendAll: (world: World) => {
    for (let node = 0; node < NODES; node++) world.send(node)
  },
  giveIdentity: (world: World) => world.giveIdentity(),
  handle: (world: World, a: number) => world.cluster.handle(a % NODES),
  refuse: (world: World, a: number, b: number) => world.cluster.handle(a % NODES, pick(BEFORE, b)),
  failBehind: (world: World, a: number, b: number) => world.cluster.handle(a % NODES, undefined, pick(AFTER, b)),
  answer: (world: World, a: number, b: number) => world.answer(a % NODES, false, b),
  timeOut: (world: World, a: number, b: number) => world.answer(a % NODES, true, b),
  roundTrip: (world: World, a: number, b: number) => {
    const node = a % NODES
    world.send(node)
    world.cluster.handle(node)
    for (const partition of world.cluster.partitions)
      for (let other = 0; other < NODES; other++) partition.replicate(other, 100)
    world.answer(node, false, b)
  },
  /** As many as go, one batch a request. */
  burst: (world: World, a: number, b: number) => {
    const { leader } = world.side(a)
    for (let i = 0; i < 7; i++) {
      world.submit(a % world.sides.length, 1 + (b % 3))
      world.send(leader)
    }
  },
  /** All that is in flight to a node is answered, replicas or not. */
  answerAll: (world: World, a: number, b: number) => {
    const node = a % NODES
    for (let i = 0; i < MAX_IN_FLIGHT; i++) {
      world.cluster.handle(node)
      for (const partition of world.cluster.partitions)
        for (let other = 0; other < NODES; other++) partition.replicate(other, b % 4 === 0 ? 1 : 100)
      world.answer(node, true, b)
    }
  },
  straggler: (world: World, a: number, b: number) => world.cluster.handleStraggler(a % NODES, b),
  cut: (world: World, a: number, b: number, c: number) => world.cut(a % NODES, b % 3, c % 3 > 0),
  replicate: (world: World, a: number, b: number, c: number) =>
    pick(world.cluster.partitions, a).replicate(b % NODES, 1 + (c % 4)),
  elect: (world: World, a: number, b: number, c: number) =>
    pick(world.cluster.partitions, a).elect(b % NODES, c % 2 === 0),
  hear: (world: World, a: number, b: number) => pick(world.cluster.partitions, a).learn(b % NODES),
  move: (world: World, a: number, b: number, c: number) => {
    const partition = pick(world.cluster.partitions, a)
    partition.elect(b % NODES, c % 2 === 0)
    partition.learn(partition.leader)
    world.learnLeader(a)
  },
  remake: (world: World, a: number) => pick(world.cluster.partitions, a).remake(),
  shrink: (world: World, a: number, b: number) => pick(world.cluster.partitions, a).shrink(b % NODES),
  learnLeader: (world: World, a: number) => world.learnLeader(a),
  giveUp: (world: World, a: number, b: number) => world.giveUp(a, b),
  forget: (world: World, a: number) => world.forget(a),
} as const

/** Runs a schedule to its end and on until rest; returns what was wrong. */
export function run(machine: Machine, partitions: number, scale: number, firstEpoch: number, steps: readonly Step[]) {
  const world = new World(machine, partitions, scale, firstEpoch)
  for (const [what, a, b, c] of steps) happenings[what](world, a, b, c)
  const rested = world.rest()
  const faults = world.verdict()
  if (!rested) faults.push('never comes to rest')
  return faults
}
