import type { Topic } from '../cluster/topic.js'
import { zeroUuid } from '../protocol/uuid.js'
import type { At } from './at.js'
import type { ReadConfig } from './consumer-config.js'
import type { Held } from './held.js'
import type { Committed } from './offset-timestamp.js'
import {
  begin,
  leaderChanged,
  type Next,
  type Question,
  questionOf,
  type Stage,
  type Standing,
} from './position-machine.js'
import type { Tenure } from './tenure.js'

/** A replica that the leader has sent its reader to (KIP-392). */
interface Replica {
  readonly nodeId: number
  /** From then on the leader is asked again. */
  readonly until: number
}

/** A held partition as it is being read: where its position is on its way to, who leads it, how long it is left alone. */
export class Place {
  readonly held: Held
  /** Undefined for one that is sought before it is started. */
  isStarted = false
  /** Whose stage it is. */
  tenure: Tenure
  stage: Stage
  /** Its end is looked up as well, and first; undefined once it is known, or where there is none. */
  toTimestamp: bigint | undefined
  /** What is on its way to the leader is of this stage. */
  askedIn: Stage | undefined
  topicId: string
  /** The topic was made anew, metadata says; its leader is asked whether that is so. */
  newTopicId: string | undefined
  leader = -1
  leaderEpoch = -1
  replica: Replica | undefined
  /** In a row. */
  failures = 0
  /** Left alone until then. */
  notBefore = Number.NEGATIVE_INFINITY
  /** It is part of a Fetch that is on its way. */
  isAsked = false
  /** Reading begins anew since another topic has its name: told when it is known where. */
  recreatedFrom: bigint | undefined
  readonly #config: ReadConfig
  readonly #isAssignedById: boolean

  /** Where topics are assigned by id, one made anew is not ours before it is assigned; else the name is what was meant. */
  constructor(held: Held, config: ReadConfig, isAssignedById = false) {
    this.#isAssignedById = isAssignedById
    this.held = held
    this.tenure = held.tenure
    this.stage = { name: 'failed' }
    this.topicId = held.topicId ?? zeroUuid
    this.#config = config
  }

  get topic(): string {
    return this.held.topic
  }

  get partition(): number {
    return this.held.partition
  }

  get standing(): Standing {
    const { fetchOffset, lastEpoch } = this.tenure
    return { fetchOffset, lastEpoch, offsetReset: this.#config.offsetReset }
  }

  /** Whether nobody has to be asked any more before it is read. */
  get isReading(): boolean {
    return this.stage.name === 'reading' && this.toTimestamp === undefined
  }

  /** Whether its position is not known yet. */
  get isFinding(): boolean {
    return this.stage.name === 'finding'
  }

  /** What is to be asked of its leader now; undefined where nothing is, or it has been. */
  get question(): Question | undefined {
    if (this.newTopicId !== undefined || this.askedIn === this.stage) return undefined
    if (this.toTimestamp !== undefined) return { ask: 'offset', timestamp: this.toTimestamp, isCommitted: true }
    return questionOf(this.stage, this.standing)
  }

  /** Whether all that may be handed out of it has been fetched. */
  get isFetched(): boolean {
    const { to, fetchOffset } = this.tenure
    return to !== undefined && this.toTimestamp === undefined && fetchOffset >= to
  }

  /** Follows the tenure of now, which reads from there. */
  begin(at: At | Committed): Next {
    this.tenure = this.held.tenure
    this.recreatedFrom = undefined
    this.recovered()
    const next = begin(at)
    this.stage = next.stage
    return next
  }

  /** What is known of its topic: where that is news, it is asked for at once. */
  follow(named: Topic | undefined): void {
    const topic = this.#isAssignedById && named !== undefined && this.#isAnother(named.id) ? undefined : named
    const { leader = -1, leaderEpoch = -1 } = topic?.partitions[this.partition] ?? {}
    const isOther = topic !== undefined && this.#isOther(topic.id)
    if (topic !== undefined && !isOther) {
      this.newTopicId = undefined
      if (topic.id !== zeroUuid) this.#adopt(topic.id)
    }
    const isNewId = isOther && this.newTopicId !== topic.id
    if (isNewId) this.newTopicId = topic.id
    if (!isNewId && leader === this.leader && leaderEpoch === this.leaderEpoch) return
    if (!isOther && leaderEpoch !== this.leaderEpoch) this.stage = leaderChanged(this.stage, this.standing, leaderEpoch)
    this.leader = leader
    this.leaderEpoch = leaderEpoch
    this.replica = undefined
    this.notBefore = Number.NEGATIVE_INFINITY
  }

  /** The leader knows the topic by its new id. */
  adoptNewTopic(): void {
    if (this.newTopicId === undefined) return
    this.#adopt(this.newTopicId)
    this.newTopicId = undefined
  }

  /** Something failed: it is left alone for so long. Which failure in a row it is. */
  failed(now: number, backoff: (attempt: number) => number): { readonly attempt: number; readonly delay: number } {
    this.failures++
    this.replica = undefined
    const delay = backoff(this.failures)
    this.notBefore = now + delay
    return { attempt: this.failures, delay }
  }

  recovered(): void {
    this.failures = 0
    this.notBefore = Number.NEGATIVE_INFINITY
  }

  /** Who is asked for its records; -1 where nobody knows. */
  nodeAt(now: number, isKnown: (nodeId: number) => boolean): number {
    const { replica } = this
    if (replica !== undefined && (replica.until <= now || !isKnown(replica.nodeId))) this.replica = undefined
    return this.replica?.nodeId ?? this.leader
  }

  #isOther(id: string): boolean {
    return this.#isAnother(id) && !this.isFinding
  }

  #isAnother(id: string): boolean {
    return id !== zeroUuid && this.topicId !== zeroUuid && this.topicId !== id
  }

  #adopt(id: string): void {
    this.topicId = id
    this.held.topicId = id
  }
}
