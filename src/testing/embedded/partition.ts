import { transactionMarker } from '../../protocol/records/control-record.js'
import type { RecordBatch } from '../../protocol/records/record-batch.js'
import { RecordBatchWriter } from '../../protocol/records/record-batch-writer.js'
import { type BatchTime, Log } from './log.js'
import { afterBatch, type ProducerState, standingOf, type Verification, verificationOf } from './producer-states.js'
import type { TopicRules } from './topic-rules.js'
import { type Refusal, validateBatch } from './validate-batch.js'

/** A transaction that was aborted, as Fetch tells those who read committed records only. */
export interface AbortedTransaction {
  readonly producerId: bigint
  readonly firstOffset: bigint
  /** Of its marker. */
  readonly lastOffset: bigint
}

/**
 * How many idempotent producers a partition remembers; the one that wrote the longest ago makes room. Kafka forgets after
 * a day (`producer.id.expiration.ms`).
 */
const maxProducers = 1000

/** Where the batch of a produce request went. */
export interface Appended {
  readonly baseOffset: bigint
  /** The time that the broker gave its records; -1 where they keep their own. */
  readonly appendTime: bigint
}

/** One partition: who leads it, and its log, which all replicas share. */
export class Partition {
  readonly topic: TopicRules
  readonly index: number
  /** Node ids, the preferred leader first. */
  replicas: readonly number[]
  /** Those of them that are up. */
  isr: readonly number[]
  /** -1 while none of the replicas is up. */
  leader = -1
  leaderEpoch = -1
  readonly log = new Log()
  readonly producers = new Map<bigint, ProducerState>()
  /** By producer id: those whose transaction was asked for, and that have appended nothing to it yet. */
  readonly #verifying = new Map<bigint, Verification>()
  /** In the order of their markers. */
  aborted: AbortedTransaction[] = []

  constructor(topic: TopicRules, index: number, replicas: readonly number[]) {
    this.topic = topic
    this.index = index
    this.replicas = replicas
    this.isr = replicas
  }

  get highWatermark(): bigint {
    return this.log.endOffset
  }

  /** Where the earliest open transaction begins, else the high watermark. */
  get lastStableOffset(): bigint {
    let stable = this.highWatermark
    for (const { firstOffsetOfTransaction: first } of this.producers.values()) {
      if (first !== undefined && first < stable) stable = first
    }
    return stable
  }

  /** Makes another replica the leader, or none (-1): a new epoch. */
  elect(leader: number): void {
    this.leader = leader
    this.leaderEpoch++
    if (leader !== -1) this.log.beginEpoch(this.leaderEpoch)
  }

  /** Loses what is there from an offset on: a new epoch, in which other records come into its place. */
  truncate(offset: bigint): void {
    this.log.truncate(offset)
    const { endOffset } = this.log
    for (const [producerId, state] of this.producers) {
      const first = state.firstOffsetOfTransaction
      this.producers.set(producerId, {
        ...state,
        batches: state.batches.filter(({ baseOffset }) => baseOffset < endOffset),
        firstOffsetOfTransaction: first !== undefined && first < endOffset ? first : undefined,
      })
    }
    this.aborted = this.aborted.filter(({ lastOffset }) => lastOffset < endOffset)
    this.elect(this.leader)
  }

  /** Takes what a client produces, or says why not. */
  produce(bytes: Buffer | null, version: number, now: number): Appended | Refusal {
    const { rules } = this.topic
    const time = BigInt(Math.floor(now))
    const valid = validateBatch(bytes, version, rules, time)
    if ('error' in valid) return valid
    const { batch } = valid
    const { producerId } = batch
    const state = this.producers.get(producerId)
    const standing = producerId < 0n ? 'new' : standingOf(state, batch, this.#verifying.get(producerId))
    if (standing !== 'new') {
      if ('error' in standing) {
        return { error: standing.error, message: describeProducer(batch, state), isByLog: true }
      }
      return { baseOffset: standing.seen.baseOffset, appendTime: standing.seen.maxTimestamp }
    }
    const maxTimestamp = rules.isAppendTime ? time : valid.maxTimestamp
    const stored = this.#append(
      valid.bytes,
      maxTimestamp === undefined ? undefined : { maxTimestamp, isAppendTime: rules.isAppendTime },
    )
    if (producerId >= 0n) this.#remember(producerId, afterBatch(state, batch, stored))
    if (batch.isTransactional) this.#verifying.delete(producerId)
    return { baseOffset: stored.baseOffset, appendTime: rules.isAppendTime ? time : -1n }
  }

  /** The coordinator is asked whether a producer has a transaction here: until it is appended to, others wait. */
  verify(producerId: bigint, epoch: number, sequence: number, startsAtZero: boolean): void {
    const known = this.#verifying.get(producerId)
    this.#verifying.set(producerId, verificationOf(known, epoch, sequence, startsAtZero))
    const [oldest] = this.#verifying.keys()
    if (this.#verifying.size > maxProducers && oldest !== undefined) this.#verifying.delete(oldest)
  }

  /** Ends the transaction of a producer with a marker. */
  endTransaction(producerId: bigint, producerEpoch: number, type: 'abort' | 'commit', now: number): void {
    const writer = new RecordBatchWriter({ producerId, producerEpoch, isTransactional: true, isControl: true })
    writer.append({ ...transactionMarker(type, 0), timestamp: BigInt(Math.floor(now)) })
    const { baseOffset } = this.#append(writer.close())
    this.#verifying.delete(producerId)
    const state = this.producers.get(producerId)
    const firstOffset = state?.firstOffsetOfTransaction
    if (type === 'abort' && firstOffset !== undefined) {
      this.aborted.push({ producerId, firstOffset, lastOffset: baseOffset })
    }
    this.#remember(producerId, {
      epoch: producerEpoch,
      batches: state?.epoch === producerEpoch ? state.batches : [],
      firstOffsetOfTransaction: undefined,
    })
  }

  #remember(producerId: bigint, state: ProducerState): void {
    // Put back, it is the last of them.
    this.producers.delete(producerId)
    this.producers.set(producerId, state)
    if (this.producers.size <= maxProducers) return
    const [idle] = [...this.producers].find(([, { firstOffsetOfTransaction: open }]) => open === undefined) ?? []
    if (idle !== undefined) this.producers.delete(idle)
  }

  #append(bytes: Buffer, time?: BatchTime) {
    const batch = this.log.append(bytes, time)
    this.log.retain(this.topic.retentionBytes)
    const { startOffset } = this.log
    const [oldest] = this.aborted
    if (oldest !== undefined && oldest.lastOffset < startOffset) {
      this.aborted = this.aborted.filter(transaction => transaction.lastOffset >= startOffset)
    }
    return batch
  }
}

function describeProducer(batch: RecordBatch, state: ProducerState | undefined): string {
  const { producerId, producerEpoch, baseSequence } = batch
  const last = state?.batches.at(-1)?.lastSequence ?? -1
  return `producer ${producerId} sent epoch ${producerEpoch}, sequence ${baseSequence}; seen: ${state?.epoch}, ${last}`
}
