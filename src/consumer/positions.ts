import { brokerError } from '../broker/broker-error.js'
import type { Cluster } from '../cluster/cluster.js'
import { type KafkaError, LogTruncationError, OffsetOutOfRangeError } from '../errors.js'
import type { At, To } from './at.js'
import type { ReadConfig } from './consumer-config.js'
import { fetchFailure } from './fetch-failure.js'
import { type Committed, LATEST, timestampOf } from './offset-timestamp.js'
import type { Place } from './place.js'
import { diverged, type Effect, type Next, outOfRange, type Stage } from './position-machine.js'
import type { ReadingHooks } from './reading-hooks.js'

/** What {@link Positions} are made of. */
export interface PositionsOptions {
  readonly cluster: Cluster
  readonly config: ReadConfig
  readonly hooks: ReadingHooks
  /** A place has moved on: it may have something else to ask, of somebody else, or be open. */
  readonly onMoved: (place: Place) => void
}

type Reset = Extract<Effect, { readonly do: 'reset' }>
type Fail = Extract<Effect, { readonly do: 'fail' }>

/** Does to places what was found out of their positions, and tells of it. */
export class Positions {
  readonly #options: PositionsOptions

  constructor(options: PositionsOptions) {
    this.#options = options
  }

  /** The tenure of now reads from there. */
  begin(place: Place, at: At | Committed): void {
    this.take(place, place.begin(at))
  }

  /** It ends there. */
  endAt(place: Place, to: To): void {
    place.toTimestamp = timestampOf(to)
    if (place.toTimestamp === undefined) place.tenure.to = (to as { readonly offset: bigint }).offset
  }

  /** Where it ends was found; -1n: no record is of that time or later. */
  endFound(place: Place, offset: bigint): void {
    if (offset >= 0n) {
      place.toTimestamp = undefined
      place.tenure.to = offset
    } else {
      place.toTimestamp = LATEST
    }
    // What it is asked next is another question.
    place.stage = { ...place.stage }
    this.#options.onMoved(place)
  }

  /** What a step of its machine says. */
  take(place: Place, { stage, effect }: Next): void {
    place.stage = stage
    if (effect !== undefined) this.#carryOut(place, effect)
    this.#options.onMoved(place)
  }

  /** A broker has answered an error. */
  refused(place: Place, what: string, errorCode: number): void {
    const cause = brokerError(errorCode, `${what} of ${place.topic}-${place.partition}`)
    const failure = fetchFailure(errorCode)
    if (failure === 'fatal') {
      this.#options.hooks.onFailed(cause)
      return
    }
    if (failure === 'out-of-range') this.#doubt(place, outOfRange(), what, cause)
    else {
      this.again(place, what, cause)
      this.#options.cluster.metadata.stale(place.topic)
    }
  }

  /** The log that was asked parts from what was read. */
  diverged(place: Place): void {
    const cause = truncation(place, place.tenure.fetchOffset)
    this.#doubt(place, diverged(place.standing), 'Fetch', cause)
  }

  /** The leader knows its topic by another id: all that was read of it is of a topic that is gone. */
  recreated(place: Place): void {
    const { tenure, held } = place
    const from = tenure.fetchOffset
    if (this.#options.config.offsetReset === 'error') {
      this.#fail(place, { do: 'fail', why: 'out-of-range' })
      return
    }
    place.adoptNewTopic()
    const began = held.begin()
    this.begin(place, 'earliest')
    place.recreatedFrom = from
    this.#options.hooks.onReset(held, began)
  }

  /** It is asked for again after a while. */
  again(place: Place, what: string, cause: KafkaError): void {
    const { cluster, onMoved } = this.#options
    const { topic, partition } = place
    const { attempt, delay } = place.failed(cluster.scheduler.now(), cluster.backoff)
    cluster.events.tell({ type: 'retrying', what, attempt, delay, cause, topic, partition })
    onMoved(place)
  }

  /** The leader is asked about the position at once: only what follows from its word may have to wait. */
  #doubt(place: Place, stage: Stage, what: string, cause: KafkaError): void {
    place.stage = stage
    this.again(place, what, cause)
    place.notBefore = Number.NEGATIVE_INFINITY
  }

  #carryOut(place: Place, effect: Effect): void {
    const { tenure } = place
    switch (effect.do) {
      case 'start':
        tenure.startAt(effect.offset, effect.leaderEpoch)
        this.#tellRecreated(place, effect.offset)
        break
      case 'skip': {
        const from = tenure.fetchOffset
        tenure.passBy(effect.to)
        this.#tellSkipped(place, from, effect.to, 'out-of-range')
        this.#options.hooks.onReady(tenure)
        break
      }
      case 'reset':
        this.#reset(place, effect)
        break
      case 'fail':
        this.#fail(place, effect)
        break
      case 'go-on':
        if (effect.forgetEpoch) tenure.forgetEpoch()
        this.#pause(place)
    }
  }

  /**
   * What was fetched and not handed out goes with the old tenure, and what was handed out and not handled nobody may
   * hear of: both are read again, as far as they are still there.
   */
  #reset(place: Place, { offset, leaderEpoch, reason }: Reset): void {
    const { held, tenure } = place
    const from = tenure.fetchOffset
    const handled = tenure.handled.offset
    const began = held.begin()
    place.tenure = began
    if (handled < offset) began.startAt(handled, -1)
    else began.startAt(offset, leaderEpoch)
    this.#tellSkipped(place, from, offset, reason)
    this.#options.hooks.onReset(held, began)
  }

  #fail(place: Place, effect: Fail): void {
    place.stage = { name: 'failed' }
    const error = effect.why === 'truncated' ? truncation(place, effect.safeOffset) : outOfRangeOf(place)
    this.#options.hooks.onFailed(error)
  }

  /** Somebody was wrong: not to ask the same in a circle, it is left alone for a while. */
  #pause(place: Place): void {
    const { scheduler, backoff } = this.#options.cluster
    if (place.failures > 0) place.notBefore = scheduler.now() + backoff(place.failures)
  }

  #tellRecreated(place: Place, to: bigint): void {
    const from = place.recreatedFrom
    place.recreatedFrom = undefined
    if (from !== undefined) this.#tellSkipped(place, from, to, 'topic-recreated')
  }

  #tellSkipped(
    { topic, partition }: Place,
    from: bigint,
    to: bigint,
    reason: 'out-of-range' | 'truncated' | 'topic-recreated',
  ): void {
    this.#options.cluster.events.tell({ type: 'skipped', topic, partition, from, to, reason })
  }
}

function outOfRangeOf({ topic, partition, tenure }: Place): OffsetOutOfRangeError {
  const { fetchOffset: offset } = tenure
  const message = `offset ${offset} of ${topic}-${partition} is not in the log: seek to one that is, or let offsetReset say where to go on`
  return new OffsetOutOfRangeError(message, { topic, partition, offset })
}

function truncation({ topic, partition, tenure }: Place, safeOffset: bigint): LogTruncationError {
  const { fetchOffset: offset } = tenure
  const message = `the log of ${topic}-${partition} was cut off at ${safeOffset}, below ${offset}, up to which it was read: seek to ${safeOffset} or below`
  return new LogTruncationError(message, { topic, partition, offset, safeOffset })
}
