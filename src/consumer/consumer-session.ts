import {
  concat,
  defer,
  EMPTY,
  ignoreElements,
  merge,
  NEVER,
  Observable,
  type SchedulerLike,
  Subject,
  Subscription,
  take,
  tap,
} from 'rxjs'
import type { Cluster } from '../cluster/cluster.js'
import type { OffsetToCommit } from '../cluster/kafka-event.js'
import type { TopicPartition } from '../cluster/topic.js'
import { ArgumentError } from '../errors.js'
import { assignors } from '../group/assignors/index.js'
import { classicMembership } from '../group/classic/classic-membership.js'
import { consumerMembership } from '../group/kip-848/consumer-membership.js'
import type { MemberIdentity, Membership } from '../group/membership.js'
import type { At } from './at.js'
import { Budget } from './budget.js'
import { Commits } from './commits.js'
import { partitionKey } from './committed-offsets.js'
import { Consumer, type ConsumerControls, type ConsumerPosition } from './consumer.js'
import { type ConsumerConfig, isAssignedById } from './consumer-config.js'
import { FirstSeen } from './first-seen.js'
import { Handout } from './handout.js'
import type { Held } from './held.js'
import { Helds } from './helds.js'
import { Pauses } from './pauses.js'
import { positionsOf } from './positions-of.js'
import { Reading } from './reading.js'
import { Rebalances } from './rebalances.js'
import { Stalls } from './stalls.js'
import { Starts } from './starts.js'
import { givenPartitions, wholeTopics } from './whole-topics.js'

/** How a session comes to its end: from inside, or because nobody subscribes any more. */
export type Ending = 'completed' | 'failed' | 'abandoned'

/**
 * All that one subscription of `kafka.consumer` has under way: what is held, read, handed out and committed, and the
 * membership by which it is held.
 */
export class ConsumerSession implements ConsumerControls {
  readonly consumer: Consumer<unknown, unknown>
  readonly handout: Handout
  readonly deserializers: Pick<ConsumerConfig, 'key' | 'value'>
  readonly #cluster: Cluster
  readonly #config: ConsumerConfig
  readonly #helds: Helds
  readonly #commits: Commits | undefined
  readonly #membership: Membership | undefined
  readonly #reading: Reading
  readonly #starts: Starts
  readonly #rebalances: Rebalances
  readonly #pauses = new Pauses()
  readonly #firstSeen = new FirstSeen()
  readonly #stalls: Stalls
  readonly #failure = new Subject<never>()
  readonly #life = new Subscription()

  constructor(cluster: Cluster, config: ConsumerConfig, id: string) {
    const { settings, events, scheduler } = cluster
    this.#cluster = cluster
    this.#config = config
    this.deserializers = config
    const budget = new Budget(config.read.prefetch, () => this.#reading.wake())
    const helds = new Helds({ budget, isAcknowledged: config.commit !== false })
    const onFailed = (error: unknown) => this.#fail(error)
    this.#helds = helds
    this.handout = new Handout({ scheduler, turns: settings.turns, events, onFailed, isDone: () => this.#isDone })
    this.#reading = new Reading({
      cluster,
      id: `fetch:${id}`,
      config: config.read,
      isAssignedById: isAssignedById(config),
      budget,
      onReady: tenure => this.#ready(helds.find(tenure)),
      onReset: held => {
        // Where it goes on is news to the group, whatever it had.
        held.covered = undefined
        this.handout.over(held, 'reset')
      },
      onFailed,
    })
    const parts = { cluster, config, reading: this.#reading }
    const identity = () => this.#identity
    this.#starts = new Starts({ ...parts, identity, firstSeen: this.#firstSeen, onCommit: () => this.acknowledged(0) })
    this.#commits = this.#newCommits()
    this.#rebalances = new Rebalances({
      ...parts,
      helds,
      handout: this.handout,
      starts: this.#starts,
      pauses: this.#pauses,
      commits: this.#commits,
      consumer: () => this.consumer,
      during: work => this.#during(work),
    })
    this.#membership = this.#newMembership(id)
    const { maxPartitionBytes } = config.read
    this.#stalls = new Stalls({ cluster, group: config.group ?? '', helds, budget, maxPartitionBytes })
    this.consumer = new Consumer(this)
  }

  /** Emits the consumer once its first partitions can be read, and stays; errors with what ends it all. */
  run(): Observable<Consumer<unknown, unknown>> {
    return new Observable(subscriber => {
      subscriber.add(this.#rebalances.opened.pipe(take(1)).subscribe(() => subscriber.next(this.consumer)))
      subscriber.add(this.#failure.subscribe(subscriber))
      this.#during(this.#source())
    })
  }

  /** Ends it: hands out no more, commits what was handled, gives up what is held and leaves its group. Never errors. */
  end(ending: Ending): Observable<never> {
    return defer(() => {
      this.#stalls.stop()
      return concat(
        this.#rebalances.end(ending !== 'abandoned'),
        this.#membership === undefined ? EMPTY : this.#membership.leave().pipe(ignoreElements()),
        defer(() => {
          this.#life.unsubscribe()
          this.#commits?.stop()
          for (const held of this.#helds) held.end()
          this.#helds.end()
          return EMPTY
        }),
      )
    })
  }

  get scheduler(): SchedulerLike {
    return this.#cluster.scheduler
  }

  get assignment(): Observable<readonly TopicPartition[]> {
    return this.#helds.assignment
  }

  get positions(): readonly ConsumerPosition[] {
    return positionsOf(this.#helds, this.#config.commit !== false)
  }

  acknowledged(records: number): void {
    this.#commits?.touched(records)
    this.#rebalances.progressed()
  }

  seek(at: At | 'committed', partitions?: readonly TopicPartition[]): void {
    for (const held of this.#these(partitions)) {
      held.covered = undefined
      held.sought = at
      // It begins there, when `onAssigned` has ended.
      if (held.isAssigning) continue
      if (at === 'committed') this.#seekCommitted(held)
      else this.#reading.seek(held, at)
      this.handout.over(held, 'seek')
    }
    this.#rebalances.progressed()
  }

  pause(paused: boolean, partitions?: readonly TopicPartition[]): void {
    this.#pauses.set(paused, partitions)
    for (const held of this.#helds) {
      const isPaused = this.#pauses.isPaused(held)
      if (held.isPaused === isPaused) continue
      held.shut({ paused: isPaused })
      if (!isPaused) this.#ready(held)
    }
    this.#reading.wake()
  }

  commit(offsets?: readonly OffsetToCommit[]): Observable<void> {
    const commits = this.#commits
    return new Observable<void>(subscriber => {
      if (commits === undefined) {
        const message = 'there is nothing to commit to: the consumer has no `group`, or `commit: false`'
        subscriber.error(new ArgumentError(message, { outcome: 'unsent' }))
        return undefined
      }
      const committed = offsets === undefined ? commits.now() : this.#commitThese(commits, offsets)
      return committed.subscribe({
        error: error => subscriber.error(error),
        complete: () => {
          subscriber.next()
          subscriber.complete()
        },
      })
    })
  }

  restart(held: Held): void {
    if (this.#helds.find(held) !== held || held.tenure.startOffset === undefined) return
    const { handled } = held.tenure
    // One that is about to be given up is not read any more: nothing of it is in work then.
    if (held.isHalted) held.begin().startAt(handled.offset, handled.leaderEpoch)
    else this.#reading.seek(held, handled)
    this.handout.over(held, 'seek')
    this.#rebalances.progressed()
  }

  #commitThese(commits: Commits, offsets: readonly OffsetToCommit[]): Observable<never> {
    return defer(() => {
      const found = new Map<Held, OffsetToCommit>()
      for (const offset of offsets) {
        for (const held of this.#these([offset])) {
          held.tenure.acknowledgeBelow(offset.offset)
          found.set(held, offset)
        }
      }
      this.#rebalances.progressed()
      return commits.exactly(found)
    })
  }

  /** Those held; ArgumentError for one that is not. */
  #these(partitions: readonly TopicPartition[] | undefined): readonly Held[] {
    if (partitions === undefined) return [...this.#helds]
    return partitions.map(partition => {
      const held = this.#helds.find(partition)
      if (held !== undefined) return held
      throw new ArgumentError(`${partition.topic}-${partition.partition} is not held by this consumer`)
    })
  }

  #seekCommitted(held: Held): void {
    // Nothing is read of it meanwhile.
    this.#reading.drop(held)
    const tenure = held.begin()
    const found = this.#starts.committed([held]).pipe(
      tap(offsets => {
        if (held.tenure === tenure) this.#during(this.#starts.start(held, offsets.get(partitionKey(held)), false))
        else this.#startSought(held)
      }),
    )
    this.#during(found)
  }

  /** It was sought elsewhere while it was asked what is committed. */
  #startSought(held: Held): void {
    const { sought } = held
    if (sought === undefined || sought === 'committed' || held.isHalted || this.#helds.find(held) !== held) return
    this.#during(this.#reading.start(held, sought))
  }

  #source(): Observable<never> {
    const { source } = this.#config
    if (source.kind === 'member' && this.#membership !== undefined) {
      return merge(this.#firstSeen.look(this.#cluster, source.topics), this.#membership.life)
    }
    if (source.kind === 'partitions') return givenPartitions(source.partitions, this.#rebalances)
    return source.kind === 'topics' ? wholeTopics(this.#cluster, source.topics, this.#rebalances) : NEVER
  }

  #newMembership(id: string): Membership | undefined {
    const { source, group, read } = this.#config
    if (source.kind !== 'member' || group === undefined) return undefined
    const { topics, member } = source
    const { protocol, assignors: names, ...times } = member
    const options = { cluster: this.#cluster, group, topics, rack: read.rack || undefined, member: id, ...times }
    if (protocol === 'consumer') return consumerMembership(options, this.#rebalances)
    return classicMembership(
      { ...options, assignors: names.flatMap(name => assignors.get(name) ?? []) },
      this.#rebalances,
    )
  }

  #newCommits(): Commits | undefined {
    const { commit, group } = this.#config
    if (commit === false || group === undefined) return undefined
    return new Commits({
      cluster: this.#cluster,
      group,
      policy: commit,
      helds: () => this.#helds,
      identity: () => (this.#rebalances.isInTouch ? this.#identity : undefined),
      refused: (code, identity) => this.#membership?.commitRefused(code, identity),
    })
  }

  get #identity(): MemberIdentity | undefined {
    if (this.#membership !== undefined) return this.#membership.identity
    const { group } = this.#config
    if (group === undefined) return undefined
    return { group, memberId: '', generation: -1, instanceId: null, protocol: 'classic' }
  }

  /** Whether all that is held has been read up to its end. */
  get #isDone(): boolean {
    if (this.#config.to === undefined || this.#helds.size === 0) return false
    for (const { tenure } of this.#helds) if (tenure.startOffset === undefined || !tenure.isAtEnd) return false
    return true
  }

  #ready(held: Held | undefined): void {
    if (held === undefined) return
    this.handout.ready(held)
    if (this.#commits !== undefined) this.#stalls.expect()
  }

  /** Work of the session: what it errors with ends it all. */
  #during(work: Observable<unknown>): void {
    this.#life.add(work.subscribe({ error: error => this.#fail(error) }))
  }

  #fail(error: unknown): void {
    this.#failure.error(error)
  }
}
