import { Subscription } from 'rxjs'
import type { Broker } from '../broker/index.js'
import { Alarm } from '../cluster/alarm.js'
import { isHopeless } from '../cluster/ask-any.js'
import { BrokerError, ConnectError, ConnectionError, type KafkaError, ProtocolError } from '../errors.js'
import { errors } from '../protocol/error-codes.js'
import { Fetch, type FetchRequestInput, type FetchResponse } from '../protocol/messages/fetch.js'
import { zeroUuid } from '../protocol/uuid.js'
import { type AskedPlace, FetchAnswers } from './fetch-answers.js'
import { fetchFailure } from './fetch-failure.js'
import { FetchSession } from './fetch-session.js'
import type { FetchingOptions } from './fetching-options.js'
import type { Place } from './place.js'
import { askedAtOnce, hasRoom } from './room.js'

const NEVER = Number.POSITIVE_INFINITY
/** From this version on topics go by id (KIP-516). */
const BY_ID = 13
/** From this version on the epoch of the last record can be told. */
const LAST_EPOCH = 12
/** While a partition is left out, the others' answer is not to keep it waiting for longer, in ms. */
const SHORT_WAIT = 50

/** What is to be asked for now. */
interface Choice {
  readonly asked: readonly AskedPlace[]
  /** Whether some that are read here are left out. */
  readonly areAll: boolean
  /** When the first of those may be asked for again. */
  readonly next: number
}

/**
 * Fetches what one broker has: one request under way, the next when it is answered, over a connection of its own that is
 * borrowed while anything is read there.
 */
export class NodeFetcher {
  /** What is read there, in turn: who had records goes to the end. */
  readonly places = new Set<Place>()
  readonly id: number
  readonly #options: FetchingOptions
  readonly #answers: FetchAnswers
  readonly #session = new FetchSession<AskedPlace>()
  /** As each was asked for last. */
  readonly #lastAsked = new WeakMap<Place, AskedPlace>()
  readonly #alarm: Alarm
  #broker: Broker | undefined
  #loan: Subscription | undefined
  #underWay: Subscription | undefined
  #asked: readonly AskedPlace[] = []
  #reserved = 0
  /** In a row. */
  #failures = 0
  #notBefore = Number.NEGATIVE_INFINITY

  constructor(id: number, options: FetchingOptions) {
    this.id = id
    this.#options = options
    this.#answers = new FetchAnswers(id, options)
    this.#alarm = new Alarm(options.cluster.scheduler, () => this.drain())
  }

  /** Asks for what may be asked for now, unless something is under way. */
  drain(): void {
    if (this.#underWay !== undefined) return
    if (this.places.size === 0) {
      this.stop()
      return
    }
    const now = this.#options.cluster.scheduler.now()
    if (this.#notBefore > now) {
      this.#alarm.set(this.#notBefore)
      return
    }
    if (this.#loan === undefined) {
      // Whoever lends an open connection does so at once: that asks.
      this.#borrow()
      if (this.#underWay !== undefined) return
    }
    const broker = this.#broker
    // One that has just ended is told of by its loan.
    if (broker === undefined || broker.closed) return
    const { asked, next } = this.#choose(now)
    this.#alarm.set(asked.length === 0 ? next : NEVER)
    if (asked.length > 0) this.#ask(broker, asked)
  }

  /** Whether it holds nothing. */
  get isIdle(): boolean {
    return this.places.size === 0 && this.#loan === undefined
  }

  /** Lets go of the connection, and of all that is read there. */
  stop(): void {
    this.places.clear()
    this.#alarm.clear()
    this.#underWay?.unsubscribe()
    this.#over()
    this.#giveBack()
  }

  #ask(broker: Broker, asked: readonly AskedPlace[]): void {
    const max = broker.versions.get(Fetch.key)?.max ?? 0
    const isById = max >= BY_ID && asked.every(({ topicId }) => topicId !== zeroUuid)
    const version = isById ? undefined : Math.min(max, BY_ID - 1)
    const underWay = new Subscription()
    this.#underWay = underWay
    underWay.add(
      broker
        .request(Fetch, () => this.#body(isById, max), { timeout: NEVER, version })
        .subscribe({
          next: response => this.#answered(response),
          error: error => this.#lost(error),
        }),
    )
  }

  /** Made at its turn: until then one may have been sought elsewhere, or have become full. */
  #body(isById: boolean, max: number): FetchRequestInput {
    const { config, budget, cluster } = this.#options
    const choice = this.#choose(cluster.scheduler.now())
    const asked = choice.asked.filter(({ topicId }) => !isById || topicId !== zeroUuid)
    for (const { place } of asked) place.isAsked = true
    this.#asked = asked
    const wanted = asked.reduce((sum, { maxBytes }) => sum + maxBytes, 0)
    const maxBytes = Math.min(config.maxBytes, wanted, Math.max(budget.room, 1))
    this.#reserved = maxBytes
    budget.take(maxBytes)
    const parts = max < LAST_EPOCH ? asked.map(one => ({ ...one, lastEpoch: -1 })) : asked
    const maxWait = asked.length === 0 ? 0 : config.maxWait
    return {
      replicaId: -1,
      maxWaitMs: choice.areAll ? maxWait : Math.min(maxWait, SHORT_WAIT),
      minBytes: config.minBytes,
      maxBytes,
      isolationLevel: config.isolation === 'read_committed' ? 1 : 0,
      rackId: config.rack,
      ...this.#session.request(parts, isById),
    }
  }

  #choose(now: number): Choice {
    const { budget, config, share } = this.#options
    const most = share()
    const perPartition = askedAtOnce(config.maxPartitionBytes, most)
    const asked: AskedPlace[] = []
    let more = budget.aheadRoom
    let left = 0
    let next = NEVER
    for (const place of this.places) {
      const { tenure, held } = place
      if (place.newTopicId === undefined && place.isFetched) continue
      const isRoom = hasRoom(tenure.bytes, perPartition, most, budget.room) && (more > 0 || !tenure.hasReady)
      const isWanted = place.isStarted && !place.isAsked && !held.isPaused && !held.isHalted && isRoom
      const isReady = place.newTopicId !== undefined || place.isReading
      const isAsked = isWanted && isReady && place.notBefore <= now
      if (isAsked) {
        asked.push(this.#askFor(place, perPartition))
        more -= perPartition
      }
      // One whose new topic is to be confirmed is not read by that.
      if (!isAsked || place.newTopicId !== undefined) {
        left++
        if (place.notBefore > now) next = Math.min(next, place.notBefore)
      }
    }
    return { asked, areAll: left === 0, next }
  }

  /** The same as before where it is. */
  #askFor(place: Place, maxBytes: number): AskedPlace {
    const last = this.#lastAsked.get(place)
    if (last !== undefined && isStill(last, place, maxBytes)) return last
    const asked = askFor(place, maxBytes)
    this.#lastAsked.set(place, asked)
    return asked
  }

  #answered(response: FetchResponse): void {
    const { errorCode, sessionId } = response
    const wasRefused = this.#session.answered(errorCode, sessionId)
    this.#over()
    if (errorCode === errors.NONE.code) {
      this.#failures = 0
      for (const place of this.#answers.take(response, one => this.#session.asked(one))) {
        if (!this.places.delete(place)) continue
        this.places.add(place)
      }
    } else if (wasRefused && this.#failures === 0) this.#failures++
    else this.#failed(this.#answers.refused(errorCode))
    this.drain()
  }

  /** The request had no answer. */
  #lost(error: KafkaError): void {
    this.#session.lost()
    this.#over()
    const isOfConnection = error instanceof ConnectionError || error instanceof ConnectError
    // Of its end its loan tells too, and waits.
    if (!isOfConnection) this.#failed(error)
    this.drain()
  }

  /** It is left alone for a while. */
  #failed(error: KafkaError): void {
    const { cluster, hooks } = this.#options
    if (isFatal(error)) {
      hooks.onFailed(error)
      return
    }
    this.#failures++
    const delay = cluster.backoff(this.#failures)
    this.#notBefore = cluster.scheduler.now() + delay
    cluster.events.tell({ type: 'retrying', what: Fetch.name, attempt: this.#failures, delay, cause: error })
    cluster.metadata.stale()
  }

  /** Nothing is under way any more. */
  #over(): void {
    this.#underWay = undefined
    for (const { place } of this.#asked) {
      place.isAsked = false
      // It was not asked for elsewhere meanwhile.
      if (!this.places.has(place)) this.#options.wake()
    }
    this.#asked = []
    const reserved = this.#reserved
    this.#reserved = 0
    this.#options.budget.free(reserved)
  }

  #borrow(): void {
    const loan = new Subscription()
    this.#loan = loan
    const { cluster, lane } = this.#options
    loan.add(
      cluster.connection(this.id, lane).subscribe({
        next: broker => {
          this.#broker = broker
          this.drain()
        },
        error: error => this.#disconnected(error),
        complete: () => this.#disconnected(undefined),
      }),
    )
  }

  #disconnected(error: KafkaError | undefined): void {
    this.#giveBack()
    const { cluster, hooks, wake } = this.#options
    if (error !== undefined && isHopeless(error)) {
      hooks.onFailed(error)
      return
    }
    this.#failures++
    this.#notBefore = cluster.scheduler.now() + cluster.backoff(this.#failures)
    // Not those that the leader has sent here, as long as it is not known how this one is.
    for (const place of this.places) place.replica = undefined
    cluster.metadata.stale()
    wake()
  }

  #giveBack(): void {
    this.#broker = undefined
    this.#loan?.unsubscribe()
    this.#loan = undefined
  }
}

/** Whether it would be so again. */
function isFatal(error: KafkaError): boolean {
  if (error instanceof BrokerError) return fetchFailure(error.number) === 'fatal'
  return error instanceof ProtocolError || isHopeless(error)
}

function askFor(place: Place, maxBytes: number): AskedPlace {
  const { topic, partition, tenure, stage, leaderEpoch, newTopicId } = place
  // Whether the leader knows the topic by its new id is all that is asked for.
  if (newTopicId !== undefined) {
    const asked = { fetchOffset: 0n, lastEpoch: -1, maxBytes: 1, topicId: newTopicId }
    return { place, tenure, stage, topic, partition, leaderEpoch, isConfirming: true, ...asked }
  }
  const { fetchOffset, lastEpoch } = tenure
  const { topicId } = place
  return {
    place,
    tenure,
    stage,
    topic,
    partition,
    leaderEpoch,
    isConfirming: false,
    fetchOffset,
    lastEpoch,
    maxBytes,
    topicId,
  }
}

/** Whether it would be asked for as it was. */
function isStill(asked: AskedPlace, place: Place, maxBytes: number): boolean {
  const { tenure, stage, topicId, leaderEpoch, newTopicId } = place
  return (
    newTopicId === undefined &&
    !asked.isConfirming &&
    asked.maxBytes === maxBytes &&
    asked.tenure === tenure &&
    asked.stage === stage &&
    asked.topicId === topicId &&
    asked.leaderEpoch === leaderEpoch &&
    asked.lastEpoch === tenure.lastEpoch &&
    asked.fetchOffset === tenure.fetchOffset
  )
}
