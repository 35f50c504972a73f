import { brokerError } from '../broker/broker-error.js'
import type { BrokerError, KafkaError } from '../errors.js'
import { errors } from '../protocol/error-codes.js'
import { Fetch, type FetchResponse } from '../protocol/messages/fetch.js'
import type { AskedPartition, NamedPartition } from './fetch-session.js'
import { misplaced } from './fetched-batch.js'
import type { FetchingOptions } from './fetching-options.js'
import type { Place } from './place.js'
import type { Stage } from './position-machine.js'
import { readFetched } from './read-fetched.js'
import type { Tenure } from './tenure.js'

/** A place as it was when it was asked for. */
export interface AskedPlace extends AskedPartition {
  readonly place: Place
  readonly tenure: Tenure
  readonly stage: Stage
  /** Only whether the topic is known by its new id is asked. */
  readonly isConfirming: boolean
}

/** What a broker says of one partition. */
type Answer = FetchResponse['responses'][number]['partitions'][number]

/** Takes in what one broker answers. */
export class FetchAnswers {
  readonly #nodeId: number
  readonly #options: FetchingOptions

  constructor(nodeId: number, options: FetchingOptions) {
    this.#nodeId = nodeId
    this.#options = options
  }

  /** Those that had records. What nobody asked for any more is dropped. */
  take(response: FetchResponse, askedOf: (one: NamedPartition) => AskedPlace | undefined): readonly Place[] {
    const { cluster } = this.#options
    const { throttleTimeMs: delay, responses, nodeEndpoints } = response
    if (delay > 0) cluster.events.tell({ type: 'throttled', nodeId: this.#nodeId, api: Fetch.name, delay })
    const endpoints = nodeEndpoints.map(({ nodeId, host, port }) => ({ id: nodeId, host, port }))
    const isEmpty = responses.every(({ partitions }) => partitions.every(({ records }) => (records?.length ?? 0) === 0))
    const served: Place[] = []
    for (const { topic, topicId, partitions } of responses) {
      for (const answer of partitions) {
        const asked = askedOf({ topic, topicId, partition: answer.partitionIndex })
        if (asked === undefined) continue
        const { leaderId, leaderEpoch } = answer.currentLeader
        if (leaderId >= 0)
          cluster.metadata.hint({ topic: asked.topic, partition: asked.partition, leaderId, leaderEpoch }, endpoints)
        if (this.#takeOne(asked, answer, isEmpty)) served.push(asked.place)
      }
    }
    return served
  }

  /** The answer as a whole is an error. */
  refused(errorCode: number): BrokerError {
    return brokerError(errorCode, `${Fetch.name} at node ${this.#nodeId}`)
  }

  /** Whether it had records. */
  #takeOne(asked: AskedPlace, answer: Answer, isEmpty: boolean): boolean {
    const { place, stage, tenure, isConfirming } = asked
    if (isConfirming) {
      this.#confirm(asked, answer.errorCode)
      return false
    }
    this.#takeEnd(asked, answer)
    const isLate = tenure.isOver || place.tenure !== tenure || place.stage !== stage
    if (isLate || place.newTopicId !== undefined || tenure.fetchOffset !== asked.fetchOffset) return false
    const { positions } = this.#options
    if (answer.errorCode !== errors.NONE.code) {
      positions.refused(place, Fetch.name, answer.errorCode)
      return false
    }
    if (answer.divergingEpoch.endOffset >= 0n) {
      positions.diverged(place)
      return false
    }
    place.recovered()
    if (answer.preferredReadReplica >= 0) this.#prefer(place, answer.preferredReadReplica)
    return this.#read(asked, answer, isEmpty)
  }

  #read({ place, tenure }: AskedPlace, answer: Answer, isEmpty: boolean): boolean {
    const { hooks } = this.#options
    const { records, highWatermark, abortedTransactions } = answer
    if (records === null || records.length === 0) {
      this.#passHole(place, isEmpty)
      return false
    }
    const { fetchOffset: startOffset, to } = tenure
    try {
      const portion = readFetched(tenure, { records, abortedTransactions, highWatermark, startOffset, to })
      if (portion === undefined) return true
      tenure.put(portion)
    } catch (error) {
      hooks.onFailed(misplaced(error, tenure) as KafkaError)
      return false
    }
    hooks.onReady(tenure)
    return true
  }

  /** Up to where it is read nothing is left, though its last offsets are not there: compacted away. */
  #passHole({ tenure, held }: Place, isEmpty: boolean): void {
    const { to } = tenure
    if (!isEmpty || to === undefined || held.endOffset === null || held.endOffset < to) return
    tenure.passBy(to)
    this.#options.hooks.onReady(tenure)
  }

  /** That is so whatever has become of the tenure. */
  #takeEnd({ place, topicId }: AskedPlace, { highWatermark, lastStableOffset }: Answer): void {
    if (place.topicId !== topicId) return
    const end = this.#options.config.isolation === 'read_committed' ? lastStableOffset : highWatermark
    if (end >= 0n) place.held.endOffset = end
  }

  #confirm({ place, stage, topicId }: AskedPlace, errorCode: number): void {
    if (place.newTopicId !== topicId || place.stage !== stage) return
    const { positions } = this.#options
    if (unconfirmed.has(errorCode)) positions.refused(place, Fetch.name, errorCode)
    else positions.recreated(place)
  }

  #prefer(place: Place, nodeId: number): void {
    const { cluster, onMoved } = this.#options
    if (!cluster.metadata.view.nodes.has(nodeId)) {
      cluster.metadata.stale()
      return
    }
    place.replica = { nodeId, until: cluster.scheduler.now() + cluster.settings.metadataMaxAge }
    onMoved(place)
  }
}

/** Who answers this is not the leader of the new topic, or not yet. */
const unconfirmed = new Set(
  [
    errors.UNKNOWN_TOPIC_ID,
    errors.INCONSISTENT_TOPIC_ID,
    errors.UNKNOWN_TOPIC_OR_PARTITION,
    errors.NOT_LEADER_OR_FOLLOWER,
    errors.LEADER_NOT_AVAILABLE,
    errors.FENCED_LEADER_EPOCH,
    errors.UNKNOWN_LEADER_EPOCH,
    errors.REPLICA_NOT_AVAILABLE,
    errors.KAFKA_STORAGE_ERROR,
  ].map(({ code }) => code),
)
