import { Observable, type Subscriber } from 'rxjs'
import { brokerError } from '../broker/broker-error.js'
import type { Broker } from '../broker/index.js'
import { messageOf } from '../connection/message-of.js'
import { KafkaError } from '../errors.js'
import { errors } from '../protocol/error-codes.js'
import { Produce, type ProduceResponse } from '../protocol/messages/produce.js'
import type { Batch } from './batch.js'
import type { Failure } from './entry.js'
import type { PartitionQueue } from './partition-queue.js'
import {
  type PartitionData,
  type PartitionResponse,
  produceAnswers,
  produceRequest,
  produceVersion,
} from './produce-request.js'
import type { Producing } from './producing.js'
import type { Verdict } from './verdict.js'

/** By so much the broker is to answer before the request's time is over, in ms: that it gave up is better than silence. */
const MARGIN = 5000

/** A batch, and the queue that it is of. */
export interface Sent {
  readonly queue: PartitionQueue
  readonly batch: Batch
}

/** Asks a broker to write these batches; completes when its answer, or its loss, has been taken in for each of them. */
export function exchangeProduce(
  producing: Producing,
  broker: Broker,
  nodeId: number,
  sent: readonly Sent[],
): Observable<never> {
  return new Observable(subscriber => new ProduceExchange(producing, nodeId, sent, subscriber).begin(broker))
}

/** One Produce request: what is in it, and what its answer, or its loss, means for each batch. */
class ProduceExchange {
  readonly #producing: Producing
  readonly #nodeId: number
  #sent: readonly Sent[]
  readonly #subscriber: Subscriber<never>
  #data: readonly PartitionData[] = []
  #peer = ''

  constructor(producing: Producing, nodeId: number, sent: readonly Sent[], subscriber: Subscriber<never>) {
    this.#producing = producing
    this.#nodeId = nodeId
    this.#sent = sent
    this.#subscriber = subscriber
  }

  begin(broker: Broker): void {
    this.#peer = `broker ${this.#nodeId} at ${broker.host}:${broker.port}`
    const { config, cluster } = this.#producing
    const { requestTimeout } = cluster.settings
    this.#sent = this.#sent.filter(sent => this.#isWritten(sent))
    this.#data = this.#sent.map(({ queue, batch }) => ({
      topic: queue.topic,
      topicId: this.#producing.topicId(queue.topic),
      partition: queue.partition,
      records: batch.bytes,
    }))
    if (this.#sent.length === 0) {
      this.#subscriber.complete()
      return
    }
    const patience = Math.min(requestTimeout, 2 ** 31 - 1)
    const body = produceRequest(this.#data, config.acks, Math.max(patience - MARGIN, Math.ceil(patience / 2)))
    const version = produceVersion(this.#data, broker.versions.get(Produce.key)?.max ?? 0)
    let isAnswered = false
    broker.request(Produce, body, { timeout: Number.POSITIVE_INFINITY, silence: requestTimeout, version }).subscribe({
      next: response => {
        isAnswered = true
        this.#answered(response)
      },
      error: error => this.#failed(error),
      complete: () => isAnswered || this.#written(),
    })
  }

  /** Whether the batch could be compressed; it fails alone where not. */
  #isWritten({ queue, batch }: Sent): boolean {
    try {
      return batch.bytes.length > 0
    } catch (error) {
      this.#lose(queue, batch, error as KafkaError, this.#producing.now())
      return false
    }
  }

  /** With acks 0 that is all that will be known. */
  #written(): void {
    const now = this.#producing.now()
    for (const { queue, batch } of this.#sent) {
      const { fate } = queue.sequences.answered(batch, errors.NONE.code, now)
      if (fate !== 'delivered') continue
      batch.deliver({ topic: queue.topic, partition: queue.partition, baseOffset: -1n, logAppendTime: -1 })
    }
    this.#subscriber.complete()
  }

  #answered(response: ProduceResponse): void {
    const { cluster } = this.#producing
    const { throttleTimeMs, nodeEndpoints } = response
    if (throttleTimeMs > 0) {
      cluster.events.tell({ type: 'throttled', nodeId: this.#nodeId, api: 'Produce', delay: throttleTimeMs })
    }
    const answers = produceAnswers(this.#data, response)
    const endpoints = nodeEndpoints.map(({ nodeId, host, port }) => ({ id: nodeId, host, port }))
    const now = this.#producing.now()
    for (const [index, { queue, batch }] of this.#sent.entries()) {
      const answer = answers[index]
      if (answer === undefined) this.#lose(queue, batch, this.#unanswered(queue), now)
      else this.#judge(queue, batch, answer, endpoints, now)
      queue.tellEarly()
    }
    this.#subscriber.complete()
  }

  #judge(
    queue: PartitionQueue,
    batch: Batch,
    answer: PartitionResponse,
    endpoints: readonly { readonly id: number; readonly host: string; readonly port: number }[],
    now: number,
  ): void {
    const { topic, partition } = queue
    const { errorCode } = answer
    const verdict = queue.sequences.answered(batch, errorCode, now)
    if (verdict.fate === 'delivered') {
      const { baseOffset, logAppendTimeMs } = answer
      this.#producing.lastFailure = undefined
      if (baseOffset >= 0n) queue.ackedEnd = baseOffset + BigInt(batch.count)
      queue.acknowledged(batch, { topic, partition, baseOffset, logAppendTime: Number(logAppendTimeMs) })
      return
    }
    const cause = brokerError(errorCode, `Produce to ${topic}-${partition} at ${this.#peer}`, answer.errorMessage)
    this.#producing.lastFailure = cause
    const isMoved = this.#learn(queue, answer, endpoints)
    this.#carryOut(queue, batch, verdict, cause, answer, isMoved ? now : undefined)
  }

  /** What an answer says of where the leader is; whether that is known now, and is elsewhere. */
  #learn(
    queue: PartitionQueue,
    { errorCode, currentLeader }: PartitionResponse,
    endpoints: readonly { readonly id: number; readonly host: string; readonly port: number }[],
  ): boolean {
    const { metadata } = this.#producing.cluster
    const { topic, partition } = queue
    const { leaderId, leaderEpoch } = currentLeader
    if (metadata.hint({ topic, partition, leaderId, leaderEpoch }, endpoints)) return true
    if (!refreshing.has(errorCode)) return false
    // The answer to a batch before it has said so already.
    if (queue.hasLeader && queue.leader !== this.#nodeId) return true
    metadata.stale(topic)
    return false
  }

  #carryOut(
    queue: PartitionQueue,
    batch: Batch,
    { fate, news }: Verdict,
    cause: KafkaError,
    answer: PartitionResponse | undefined,
    at: number | undefined,
  ): void {
    const { topic, partition, sequences } = queue
    const { events } = this.#producing.cluster
    if (news === 'data-lost') events.tell({ type: 'data-lost', topic, partition, from: queue.ackedEnd, cause })
    if (news === 'producer-fenced') {
      const { producerId, producerEpoch } = batch
      events.tell({ type: 'producer-fenced', producerId, epoch: producerEpoch, cause })
    }
    switch (fate) {
      case 'again':
        this.#again(queue, batch, cause, answer?.errorCode === errors.OUT_OF_ORDER_SEQUENCE_NUMBER.code ? 0 : at)
        break
      case 'too-large':
        if (batch.count > 1) sequences.replace(batch, batch.split())
        else this.#refuse(queue, batch, cause, undefined)
        break
      case 'refused':
        this.#refuse(queue, batch, cause, answer)
        break
      case 'unknown':
        batch.fail({ outcome: 'unknown', cause, reason: cause.message })
        break
      case 'told':
      case 'delivered':
        break
    }
  }

  /** Records that the broker names are refused, the others go again (KIP-467); all, where it names none. */
  #refuse(queue: PartitionQueue, batch: Batch, cause: KafkaError, answer: PartitionResponse | undefined): void {
    const named = new Map(answer?.recordErrors.map(error => [error.batchIndex, error.batchIndexErrorMessage]))
    const failure = (index: number): Failure => {
      const said = named.get(index)
      return { outcome: 'rejected', cause, reason: said ? `${cause.message} (this record: ${said})` : cause.message }
    }
    const { entries } = batch
    const meant = entries.filter(({ index }) => named.has(index))
    // All, also where it names none that is there: the same would only go again and again.
    const isForAll = named.size === 0 || (meant.length === 0 && batch.live === batch.count)
    const told = (isForAll ? entries : meant).map(entry => [entry, failure(entry.index)] as const)
    for (const [entry] of told) batch.leaveOut(entry)
    queue.sequences.replace(batch, batch.rest())
    for (const [entry, why] of told) if (entry.isOpen) entry.fail(why)
  }

  #again({ topic, partition }: PartitionQueue, batch: Batch, cause: KafkaError, at: number | undefined): void {
    const { cluster } = this.#producing
    batch.failures++
    batch.cause = cause
    const now = this.#producing.now()
    batch.notBefore = at ?? now + cluster.backoff(batch.failures)
    const delay = Math.max(batch.notBefore - now, 0)
    cluster.events.tell({ type: 'retrying', what: 'Produce', attempt: batch.failures, delay, cause, topic, partition })
  }

  #failed(error: KafkaError): void {
    const now = this.#producing.now()
    this.#producing.lastFailure = error
    for (const { queue, batch } of this.#sent) {
      this.#lose(queue, batch, error, now)
      queue.tellEarly()
    }
    this.#subscriber.complete()
  }

  #lose(queue: PartitionQueue, batch: Batch, cause: KafkaError, now: number): void {
    const outcome = cause.outcome ?? 'unsent'
    const { fate } = queue.sequences.lost(batch, outcome)
    if (fate !== 'again') return
    const isHopeless = !(cause instanceof KafkaError) || (!cause.retriable && outcome === 'unsent')
    const isWritten = this.#producing.config.acks === 0 && outcome !== 'unsent'
    if (isHopeless || isWritten) queue.giveUp(batch, { outcome, cause, reason: messageOf(cause) })
    else this.#again(queue, batch, cause, outcome === 'unsent' ? now : undefined)
  }

  #unanswered({ topic, partition }: PartitionQueue): KafkaError {
    return brokerError(
      errors.UNKNOWN_SERVER_ERROR.code,
      `Produce to ${topic}-${partition} at ${this.#peer} (no answer)`,
    )
  }
}

/** After these, what is known of the topic is out of date. */
const refreshing = new Set(
  [
    errors.NOT_LEADER_OR_FOLLOWER,
    errors.LEADER_NOT_AVAILABLE,
    errors.UNKNOWN_TOPIC_OR_PARTITION,
    errors.UNKNOWN_TOPIC_ID,
    errors.INCONSISTENT_TOPIC_ID,
    errors.FENCED_LEADER_EPOCH,
    errors.UNKNOWN_LEADER_EPOCH,
    errors.KAFKA_STORAGE_ERROR,
    errors.REPLICA_NOT_AVAILABLE,
  ].map(({ code }) => code),
)
