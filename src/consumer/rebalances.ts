import {
  concat,
  concatMap,
  defer,
  EMPTY,
  filter,
  ignoreElements,
  merge,
  type Observable,
  Subject,
  startWith,
  take,
  takeUntil,
  tap,
  timer,
} from 'rxjs'
import type { Cluster } from '../cluster/cluster.js'
import type { TopicPartition } from '../cluster/topic.js'
import { streamOf } from '../connection/stream-of.js'
import type { Holder } from '../group/membership.js'
import { bounded } from './bounded.js'
import type { Commits } from './commits.js'
import { type CommittedOffsets, partitionKey } from './committed-offsets.js'
import type { Consumer } from './consumer.js'
import type { ConsumerConfig } from './consumer-config.js'
import type { Handout } from './handout.js'
import type { Held } from './held.js'
import type { Helds } from './helds.js'
import type { Pauses } from './pauses.js'
import type { Reading } from './reading.js'
import type { Starts } from './starts.js'

/** What {@link Rebalances} act on. */
export interface RebalancesOptions {
  readonly cluster: Cluster
  readonly config: ConsumerConfig
  readonly helds: Helds
  readonly handout: Handout
  readonly reading: Reading
  readonly starts: Starts
  readonly pauses: Pauses
  readonly commits: Commits | undefined
  readonly consumer: () => Consumer<unknown, unknown>
  /** Lives as long as the session. */
  readonly during: (work: Observable<unknown>) => void
}

/** What is done when partitions are assigned, and when they are to be given up. */
export class Rebalances implements Holder {
  readonly #options: RebalancesOptions
  /** Something was acknowledged, or has ended; told on a turn. */
  readonly #progress = new Subject<void>()
  readonly #opened = new Subject<void>()
  #isTurnDue = false
  #isInTouch = true
  #isFirst = true

  constructor(options: RebalancesOptions) {
    this.#options = options
  }

  /** Emits when the first partitions have their positions, or those that can. */
  get opened(): Observable<void> {
    return this.#opened
  }

  get isInTouch(): boolean {
    return this.#isInTouch
  }

  /** Something was acknowledged, or is in work no more. */
  progressed(): void {
    if (this.#isTurnDue) return
    this.#isTurnDue = true
    this.#options.cluster.settings.turns.schedule(() => {
      this.#isTurnDue = false
      this.#progress.next()
    })
  }

  assigned(partitions: readonly TopicPartition[]): Observable<unknown> {
    const { cluster, helds, starts, handout, pauses } = this.#options
    return defer(() => {
      const added = helds.add(partitions, topic => cluster.metadata.topic(topic)?.id)
      for (const held of added) {
        held.shut({ paused: pauses.isPaused(held), outOfTouch: !this.#isInTouch })
        handout.add(held)
      }
      return starts.committed(added).pipe(
        concatMap(committed =>
          concat(
            added.length === 0 ? EMPTY : this.#hook('onAssigned', added),
            defer(() => {
              this.#start(added, committed)
              return EMPTY
            }),
          ),
        ),
      )
    })
  }

  #start(added: readonly Held[], committed: CommittedOffsets): void {
    const { cluster, starts, during } = this.#options
    const isFirst = this.#isFirst
    this.#isFirst = false
    const opened = () => this.#opened.next()
    // One that cannot be read, as it has no leader, does not hold up the others for ever.
    const patience = timer(cluster.settings.requestTimeout, cluster.scheduler)
    if (isFirst) during(patience.pipe(takeUntil(this.#opened), tap(opened)))
    during(
      merge(...added.map(held => starts.start(held, committed.get(partitionKey(held)), isFirst))).pipe(
        tap({ complete: opened }),
      ),
    )
  }

  revoked(partitions: readonly TopicPartition[]): Observable<unknown> {
    const { cluster, helds, handout } = this.#options
    return defer(() => {
      const revoked = helds.among(partitions)
      this.#halt(revoked)
      const isDone = () => revoked.every(({ tenure }) => tenure.inWork === 0)
      const overdue = timer(this.#patience, cluster.scheduler).pipe(
        tap(() => {
          for (const held of revoked) handout.cut(held)
        }),
      )
      return concat(
        this.#progress.pipe(startWith(undefined), filter(isDone), take(1), takeUntil(overdue)),
        this.#farewell(revoked),
        defer(() => {
          this.#giveUp(revoked, 'revoked')
          return EMPTY
        }),
      )
    })
  }

  lost(partitions: readonly TopicPartition[]): Observable<unknown> {
    return defer(() => {
      const lost = this.#options.helds.among(partitions)
      this.#halt(lost)
      this.#giveUp(lost, 'lost')
      return lost.length === 0 ? EMPTY : this.#hook('onLost', lost)
    })
  }

  beforeRejoin(): Observable<unknown> {
    return this.#commitNow()
  }

  inTouch(is: boolean): void {
    const { helds, handout } = this.#options
    this.#isInTouch = is
    for (const held of helds) {
      held.shut({ outOfTouch: !is })
      if (is) handout.ready(held)
    }
  }

  /** All that is held is given up, since the consumer ends; with `isTold` onRevoked is called. Never errors. */
  end(isTold: boolean): Observable<never> {
    const { helds, reading, handout, cluster } = this.#options
    return defer(() => {
      const all = [...helds]
      for (const held of all) held.shut({ halted: true })
      reading.stop()
      handout.complete()
      return isTold && all.length > 0
        ? bounded(this.#farewell(all), this.#patience, cluster.scheduler)
        : this.#commitNow()
    })
  }

  /** Commits what was handled, also while onRevoked runs. */
  #farewell(helds: readonly Held[]): Observable<never> {
    return concat(this.#commitNow(), this.#hook('onRevoked', helds), this.#commitNow())
  }

  #halt(helds: readonly Held[]): void {
    const { reading, handout } = this.#options
    for (const held of helds) {
      held.shut({ halted: true })
      reading.drop(held)
      handout.halted(held)
    }
  }

  #giveUp(given: readonly Held[], why: 'revoked' | 'lost'): void {
    const { commits, handout, helds } = this.#options
    commits?.drop(given, why === 'lost')
    for (const held of given) {
      held.end()
      handout.over(held, why)
    }
    helds.remove(given)
  }

  /** How long what is in work of a revoked partition may take: after that, the group would go on without this member. */
  get #patience(): number {
    const { source } = this.#options.config
    const { requestTimeout } = this.#options.cluster.settings
    return source.kind === 'member' ? source.member.rebalanceTimeout / 2 : requestTimeout
  }

  #commitNow(): Observable<never> {
    const { commits, cluster } = this.#options
    return commits === undefined ? EMPTY : bounded(commits.now(), cluster.settings.requestTimeout, cluster.scheduler)
  }

  #hook(name: 'onAssigned' | 'onRevoked' | 'onLost', helds: readonly Held[]): Observable<never> {
    const { config, consumer } = this.#options
    const hook = config.source.kind === 'member' ? config.source.member[name] : undefined
    if (hook === undefined) return EMPTY
    const partitions = helds.map(({ topic, partition }) => ({ topic, partition }))
    return defer(() => streamOf(hook(partitions, consumer()), name)).pipe(ignoreElements())
  }
}
