import { Observable, Subject, Subscription } from 'rxjs'
import { brokerError } from '../broker/broker-error.js'
import { Alarm } from '../cluster/alarm.js'
import type { Cluster } from '../cluster/cluster.js'
import type { View } from '../cluster/view.js'
import type { KafkaError } from '../errors.js'
import { errorOf } from '../protocol/error-codes.js'
import type { At, To } from './at.js'
import type { Budget } from './budget.js'
import type { ReadConfig } from './consumer-config.js'
import { Fetching } from './fetching.js'
import type { Held } from './held.js'
import { Lookups } from './lookups.js'
import type { Committed } from './offset-timestamp.js'
import { Place } from './place.js'
import { Positions } from './positions.js'
import type { ReadingHooks } from './reading-hooks.js'

/** What {@link Reading} is made of. */
export interface ReadingOptions extends ReadingHooks {
  readonly cluster: Cluster
  /** Whether it is a topic's id by which a group assigns its partitions (KIP-848), and not its name. */
  readonly isAssignedById?: boolean
  /** Of the consumer: its connections are its own. */
  readonly id: string
  readonly config: ReadConfig
  /** Its `onFreed` is to call {@link Reading.wake}. */
  readonly budget: Budget
}

/** The partitions of one topic, and their watching of metadata. */
interface Topic {
  readonly places: Set<Place>
  readonly watching: Subscription
}

/**
 * Finds the positions of held partitions, and fetches on from there while there is room.
 *
 * What it is called for is done on a turn, save what `seek` drops. Invariant: whatever comes back is used only for the
 * tenure, and the stage of its position, that it was asked for.
 */
export class Reading {
  readonly #options: ReadingOptions
  readonly #places = new Map<Held, Place>()
  readonly #topics = new Map<string, Topic>()
  readonly #positions: Positions
  readonly #lookups: Lookups
  readonly #fetching: Fetching
  readonly #alarm: Alarm
  /** Those of which it is to be looked whether they are open, or are to be asked for elsewhere. */
  readonly #moved = new Set<Place>()
  /** Those with something to ask of their leaders. */
  readonly #asking = new Set<Place>()
  readonly #opened = new Subject<Held>()
  #turn: Subscription | undefined
  #isOver = false

  constructor(options: ReadingOptions) {
    this.#options = options
    const { cluster, config, budget, id } = options
    const onMoved = (place: Place) => this.#onMoved(place)
    const onFailed = (error: KafkaError) => this.#fail(error)
    const hooks: ReadingHooks = { onReady: options.onReady, onReset: options.onReset, onFailed }
    const positions = new Positions({ cluster, config, hooks, onMoved })
    this.#positions = positions
    this.#lookups = new Lookups({ cluster, config, positions, onFailed })
    this.#fetching = new Fetching({
      cluster,
      lane: `fetch:${id}`,
      config,
      budget,
      hooks,
      positions,
      share: () => config.prefetch / Math.max(this.#places.size, 1),
      onMoved,
      wake: () => this.wake(),
    })
    this.#alarm = new Alarm(cluster.scheduler, () => this.wake())
  }

  /**
   * Reads it from there, and up to there; where it was sought before, from where that said. Completes when the tenure of
   * now has its position and is open, or it was dropped.
   */
  start(held: Held, at: At | Committed, to?: To): Observable<never> {
    return new Observable(subscriber => {
      const isDone = (one: Held) => {
        if (one === held) subscriber.complete()
      }
      subscriber.add(this.#opened.subscribe(isDone))
      const known = this.#places.get(held)
      const place = known ?? this.#enter(held)
      place.isStarted = true
      if (to !== undefined) this.#positions.endAt(place, to)
      if (known === undefined) this.#positions.begin(place, at)
      this.#onMoved(place)
    })
  }

  /** It is not read any more. */
  drop(held: Held): void {
    const place = this.#places.get(held)
    if (place === undefined) return
    this.#places.delete(held)
    this.#moved.delete(place)
    this.#asking.delete(place)
    this.#fetching.leave(place)
    place.stage = { name: 'failed' }
    const topic = this.#topics.get(held.topic)
    topic?.places.delete(place)
    if (topic?.places.size === 0) {
      topic.watching.unsubscribe()
      this.#topics.delete(held.topic)
    }
    this.#opened.next(held)
    this.wake()
  }

  /** Ends its tenure and begins another there, at once. One that is not started yet is not open before that. */
  seek(held: Held, at: At | Committed): void {
    held.begin()
    this.#positions.begin(this.#places.get(held) ?? this.#enter(held), at)
  }

  /** There may be more room, or something to ask for that was left out. */
  wake(): void {
    if (this.#isOver) return
    this.#turn ??= this.#options.cluster.settings.turns.schedule(() => this.#onTurn())
  }

  /** Asks for nothing more, and lets go of all connections. */
  stop(): void {
    this.#isOver = true
    this.#turn?.unsubscribe()
    this.#alarm.clear()
    for (const { watching } of this.#topics.values()) watching.unsubscribe()
    for (const place of this.#places.values()) place.stage = { name: 'failed' }
    this.#topics.clear()
    this.#places.clear()
    this.#lookups.stop()
    this.#fetching.stop()
    this.#opened.complete()
  }

  #enter(held: Held): Place {
    const place = new Place(held, this.#options.config, this.#options.isAssignedById)
    this.#places.set(held, place)
    const { metadata } = this.#options.cluster
    let topic = this.#topics.get(held.topic)
    if (topic === undefined) {
      topic = { places: new Set(), watching: new Subscription() }
      this.#topics.set(held.topic, topic)
      topic.places.add(place)
      const wanted = { topics: [held.topic], create: false }
      topic.watching.add(
        metadata.watch(wanted).subscribe({
          next: view => this.#follow(held.topic, view),
          error: error => this.#fail(error),
        }),
      )
    } else topic.places.add(place)
    place.follow(metadata.topic(held.topic))
    return place
  }

  #follow(name: string, view: View): void {
    const topic = view.topics.get(name)
    const missing = view.missing.get(name)
    if (missing !== undefined && errorOf(missing)?.retriable !== true) {
      this.#fail(brokerError(missing, `the topic ${name}`))
      return
    }
    for (const place of [...(this.#topics.get(name)?.places ?? [])]) {
      place.follow(topic)
      this.#onMoved(place)
    }
  }

  #onMoved(place: Place): void {
    if (!this.#places.has(place.held)) return
    this.#moved.add(place)
    this.wake()
  }

  #onTurn(): void {
    this.#turn = undefined
    const now = this.#options.cluster.scheduler.now()
    for (const place of this.#moved) {
      this.#moved.delete(place)
      this.#look(place, now)
    }
    if (this.#isOver) return
    this.#alarm.set(this.#lookups.ask(this.#asking, now))
    this.#fetching.drain()
  }

  #look(place: Place, now: number): void {
    if (place.question === undefined) this.#asking.delete(place)
    else this.#asking.add(place)
    this.#fetching.route(place, now)
    const { held, isReading, isStarted, tenure } = place
    if (!isStarted || !isReading || !held.isStarting) return
    held.shut({ starting: false })
    this.#options.onReady(tenure)
    this.#opened.next(held)
  }

  #fail(error: KafkaError): void {
    if (this.#isOver) return
    this.stop()
    this.#options.onFailed(error)
  }
}
