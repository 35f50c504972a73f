import { Observable, type Subscriber, Subscription } from 'rxjs'
import { brokerError } from '../broker/broker-error.js'
import { Alarm } from '../cluster/alarm.js'
import type { Cluster } from '../cluster/cluster.js'
import type { OffsetToCommit } from '../cluster/kafka-event.js'
import { ConnectionError, KafkaError } from '../errors.js'
import type { MemberIdentity } from '../group/membership.js'
import { errors } from '../protocol/error-codes.js'
import { OffsetCommit, type OffsetCommitResponse } from '../protocol/messages/offset-commit.js'
import { zeroUuid } from '../protocol/uuid.js'
import { byName } from './by-name.js'
import { ofMember, ofOldGeneration, ofTopic, passing } from './commit-refusals.js'
import type { CommitConfig } from './consumer-config.js'
import type { Held } from './held.js'

/** What {@link Commits} need of the session. */
export interface CommitsOptions {
  readonly cluster: Cluster
  readonly group: string
  readonly policy: CommitConfig
  /** All that is held now. */
  readonly helds: () => Iterable<Held>
  /** Under which it is committed now; undefined while that is not possible. */
  readonly identity: () => MemberIdentity | undefined
  readonly refused: (errorCode: number, identity: MemberIdentity) => void
}

/** One offset on its way. */
interface Entry extends OffsetToCommit {
  readonly held: Held
  readonly leaderEpoch: number
  /** What is handled, as far as this commit says it. */
  readonly covers: bigint
}

/** What was said of it, and of which topic. */
interface Sent extends Entry {
  readonly topicId: string
}

/** An OffsetCommit under way: what it says is looked up anew whenever it is sent. */
interface Flight {
  entries: readonly Sent[]
  identity: MemberIdentity | undefined
  readonly askers: readonly Subscriber<void>[]
  readonly life: Subscription
}

/**
 * Commits what is handled, one request at a time, always of the latest.
 *
 * Invariants: an offset is what its tenure says is handled when the request is sent, of a partition held then, under the
 * identity of then; within a tenure it only grows.
 */
export class Commits {
  readonly #options: CommitsOptions
  readonly #alarm: Alarm
  readonly #again: Alarm
  readonly #explicit = new Map<Held, Entry>()
  /** Why the last commit of a partition was refused, where none has been taken since. */
  readonly #refusals = new Map<Held, KafkaError>()
  #waiting: Subscriber<void>[] = []
  #flight: Flight | undefined
  #acknowledged = 0
  #failures = 0
  #isTurnDue = false

  constructor(options: CommitsOptions) {
    const { scheduler } = options.cluster
    this.#options = options
    this.#alarm = new Alarm(scheduler, () => this.#begin())
    this.#again = new Alarm(scheduler, () => this.#begin())
  }

  /** So many more records are handled: they are committed by and by. */
  touched(records: number): void {
    const { policy, cluster } = this.#options
    this.#acknowledged += records
    if (!this.#alarm.isSet) this.#alarm.set(cluster.scheduler.now() + policy.interval)
    if (this.#acknowledged >= policy.records) this.#expectTurn()
  }

  /**
   * Commits all that is handled by now; emits nothing and completes when that was answered, or there is nothing to commit.
   * Errors where it was refused for good.
   */
  now(): Observable<never> {
    return new Observable<never>(subscriber => {
      this.#waiting.push(subscriber)
      subscriber.add(() => {
        this.#waiting = this.#waiting.filter(one => one !== subscriber)
      })
      this.#expectTurn()
    })
  }

  /** Commits these, whatever is handled. */
  exactly(offsets: ReadonlyMap<Held, OffsetToCommit>): Observable<never> {
    return new Observable<never>(subscriber => {
      for (const [held, offset] of offsets) {
        const { leaderEpoch, offset: handled } = held.tenure.handled
        const epoch = offset.offset === handled ? leaderEpoch : -1
        this.#explicit.set(held, { ...offset, held, leaderEpoch: epoch, covers: handled })
      }
      return this.now().subscribe(subscriber)
    })
  }

  /** They are given up: nothing is said of them any more, and what could not be committed is told. */
  drop(helds: readonly Held[], isLost = false): void {
    const { cluster, group } = this.#options
    const flight = this.#flight
    const silence = 'no coordinator answered in time: what is not committed is read again'
    const unanswered = new ConnectionError(silence, { outcome: flight === undefined ? 'unsent' : 'unknown' })
    for (const held of helds) {
      const cause = this.#refusals.get(held) ?? (isLost ? undefined : unanswered)
      const entry = this.#explicit.get(held) ?? entryOf(held)
      this.#explicit.delete(held)
      this.#refusals.delete(held)
      if (cause !== undefined && entry !== undefined) {
        cluster.events.tell({ type: 'commit-failed', group, offsets: [offsetOf(entry)], cause })
      }
    }
    // Said now, it would move back what the next owner commits.
    if (flight?.entries.some(({ held }) => helds.includes(held))) this.#land(flight)
  }

  /** Nothing is committed any more. */
  stop(): void {
    this.#alarm.clear()
    this.#again.clear()
    this.drop([...this.#options.helds()])
    if (this.#flight !== undefined) this.#land(this.#flight)
    for (const asker of this.#waiting.splice(0)) asker.complete()
  }

  #expectTurn(): void {
    if (this.#isTurnDue) return
    this.#isTurnDue = true
    this.#options.cluster.settings.turns.schedule(() => {
      this.#isTurnDue = false
      this.#begin()
    })
  }

  #begin(): void {
    if (this.#flight !== undefined) return
    this.#alarm.clear()
    this.#acknowledged = 0
    const askers = this.#waiting
    const isNeeded = this.#due().length > 0
    if (isNeeded && this.#options.identity() === undefined) {
      this.#tryAgain()
      return
    }
    this.#waiting = []
    if (!isNeeded) {
      for (const asker of askers) asker.complete()
      return
    }
    const flight: Flight = { entries: [], identity: undefined, askers, life: new Subscription() }
    this.#flight = flight
    this.#send(flight)
  }

  #send(flight: Flight): void {
    const { cluster, group } = this.#options
    const routed = {
      body: () => this.#load(flight),
      to: { coordinator: { group } },
      timeout: cluster.settings.requestTimeout,
    }
    flight.life.add(
      cluster.request(OffsetCommit, routed).subscribe({
        next: response => this.#answered(flight, response),
        error: error => this.#failed(flight, error),
      }),
    )
  }

  /** What is to be said, as it is when the request goes out. */
  #load(flight: Flight) {
    const { group, identity } = this.#options
    const { memberId, generation, instanceId } = identity() ?? flight.identity ?? nobody
    flight.identity = identity()
    flight.entries = this.#due()
    const said = byName(flight.entries, ({ partition, offset, leaderEpoch, metadata = '' }) => ({
      partitionIndex: partition,
      committedOffset: offset,
      committedLeaderEpoch: leaderEpoch,
      committedMetadata: metadata,
    }))
    const topics = said.map(({ topic: name, partitions }) => ({
      name,
      topicId: flight.entries.find(({ topic }) => topic === name)?.topicId ?? zeroUuid,
      partitions,
    }))
    return { groupId: group, memberId, generationIdOrMemberEpoch: generation, groupInstanceId: instanceId, topics }
  }

  #due(): readonly Sent[] {
    const due: Sent[] = []
    for (const held of this.#options.helds()) {
      const known = this.#idOf(held.topic)
      const topicId = held.topicId ?? known
      // By name alone it cannot be said in the newest version; nor to a topic made anew what was read of the old one.
      if (topicId === undefined || topicId !== (known ?? topicId)) continue
      const entry = this.#explicit.get(held) ?? entryOf(held)
      if (entry !== undefined) due.push({ ...entry, topicId })
    }
    return due
  }

  #idOf(topic: string): string | undefined {
    return this.#options.cluster.metadata.topic(topic)?.id
  }

  #answered(flight: Flight, { topics }: OffsetCommitResponse): void {
    const { cluster, group, refused } = this.#options
    const codes = new Map<string, number>()
    for (const { name, topicId, partitions } of topics) {
      for (const { partitionIndex, errorCode } of partitions) {
        codes.set(`${name} ${partitionIndex}`, errorCode)
        codes.set(`${topicId} ${partitionIndex}`, errorCode)
      }
    }
    const taken: Sent[] = []
    const again: Sent[] = []
    const lost: Sent[] = []
    let cause: KafkaError | undefined
    for (const entry of flight.entries) {
      const { topic, topicId, partition, held } = entry
      const code = codes.get(`${topic} ${partition}`) ?? codes.get(`${topicId} ${partition}`) ?? errors.NONE.code
      if (code === errors.NONE.code) {
        taken.push(entry)
        continue
      }
      const error = brokerError(code, `the commit of ${topic}-${partition} for group ${group}`)
      this.#refusals.set(held, error)
      if (passing.has(code)) cluster.metadata.stale(topic)
      // What two do not know any more has gone.
      const isGone = ofTopic.has(code) && this.#idOf(topic) !== topicId
      if (ofOldGeneration.has(code) || (passing.has(code) && !isGone)) again.push(entry)
      else {
        lost.push(entry)
        cause = error
      }
      if (flight.identity !== undefined && ofMember.has(code)) refused(code, flight.identity)
    }
    for (const { held, offset, covers, topicId } of taken) {
      this.#refusals.delete(held)
      // Of a topic that is gone, and the next of its name has begun.
      if (topicId !== (held.topicId ?? topicId)) continue
      held.committed = offset
      held.covered = covers
    }
    for (const entry of flight.entries) {
      if (!again.includes(entry) && this.#explicit.get(entry.held)?.offset === entry.offset) {
        this.#explicit.delete(entry.held)
      }
    }
    if (taken.length > 0) cluster.events.tell({ type: 'committed', group, offsets: taken.map(offsetOf) })
    // What is refused for good is not said again until more is handled.
    for (const { held, covers } of lost) held.covered = covers
    if (cause !== undefined) {
      cluster.events.tell({ type: 'commit-failed', group, offsets: lost.map(offsetOf), cause })
    }
    this.#landed(flight, cause, again.length > 0)
  }

  #failed(flight: Flight, error: unknown): void {
    const { cluster, group } = this.#options
    const cause = error instanceof KafkaError ? error : new ConnectionError(String(error), { cause: error })
    const isFinal = !cause.retriable && cause.outcome !== 'unknown' && cause.outcome !== 'unsent'
    for (const { held } of flight.entries) this.#refusals.set(held, cause)
    if (isFinal) {
      for (const { held, covers } of flight.entries) held.covered = covers
      cluster.events.tell({ type: 'commit-failed', group, offsets: flight.entries.map(offsetOf), cause })
    }
    this.#landed(flight, isFinal ? cause : undefined, !isFinal)
  }

  #landed(flight: Flight, cause: KafkaError | undefined, isAgain: boolean): void {
    if (this.#flight !== flight) return
    this.#flight = undefined
    flight.life.unsubscribe()
    if (isAgain) {
      this.#waiting = [...flight.askers.filter(({ closed }) => !closed), ...this.#waiting]
      this.#tryAgain()
      return
    }
    this.#failures = 0
    for (const asker of flight.askers) {
      if (cause === undefined) asker.complete()
      else asker.error(cause)
    }
    if (this.#waiting.length > 0) this.#expectTurn()
  }

  /** What was to be said is not any more: who waits for it asks again. */
  #land(flight: Flight): void {
    this.#flight = undefined
    flight.life.unsubscribe()
    this.#waiting = [...flight.askers.filter(({ closed }) => !closed), ...this.#waiting]
    if (this.#waiting.length > 0) this.#expectTurn()
  }

  #tryAgain(): void {
    const { cluster } = this.#options
    this.#failures++
    this.#again.set(cluster.scheduler.now() + cluster.backoff(this.#failures))
  }
}

const nobody = { memberId: '', generation: -1, instanceId: null }

/** What is to be said of a partition; undefined where nothing is. */
function entryOf(held: Held): Entry | undefined {
  const { topic, partition, tenure } = held
  if (tenure.isOver || tenure.startOffset === undefined) return undefined
  const { offset, leaderEpoch } = tenure.handled
  if (offset === held.covered) return undefined
  return { topic, partition, offset, leaderEpoch, held, covers: offset }
}

function offsetOf({ topic, partition, offset, metadata }: Entry): OffsetToCommit {
  return { topic, partition, offset, ...(metadata !== undefined && { metadata }) }
}
