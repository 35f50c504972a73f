import { type Observable, Observable as Rx, type SchedulerLike, type Subscriber, Subscription } from 'rxjs'
import type { KafkaError } from '../errors.js'
import type { MetadataResponse } from '../protocol/messages/metadata.js'
import { Alarm } from './alarm.js'
import type { Answer } from './ask-any.js'
import type { Events } from './events.js'
import type { MetadataMachine, Question, Wanted } from './metadata-machine.js'
import type { Topic } from './topic.js'
import type { LeaderHint, Node, View } from './view.js'

/** What {@link Metadata} is made of. */
export interface MetadataOptions {
  readonly machine: MetadataMachine
  /** Asks whoever answers, once. */
  readonly ask: (question: Question) => Observable<Answer<MetadataResponse>>
  readonly isHopeless: (error: unknown) => boolean
  readonly scheduler: SchedulerLike
  readonly events: Events
  /** What is known has changed. */
  readonly onView: (before: View, after: View) => void
}

/** Somebody who watches. */
interface Watcher {
  readonly wanted: Wanted
  readonly subscriber: Subscriber<View>
  /** The last that it was given; undefined while what it wants is not known yet. */
  seen: View | undefined
}

/** What is known of the cluster, asked for while somebody watches: the edge around {@link MetadataMachine}. */
export class Metadata {
  /** Why the last question had no answer; undefined once one has. */
  lastFailure: KafkaError | undefined
  readonly #options: MetadataOptions
  readonly #machine: MetadataMachine
  readonly #watchers = new Set<Watcher>()
  #asking: Subscription | undefined
  readonly #alarm: Alarm

  constructor(options: MetadataOptions) {
    this.#options = options
    this.#machine = options.machine
    this.#alarm = new Alarm(options.scheduler, () => this.#pump())
  }

  get view(): View {
    return this.#machine.view
  }

  /** As it is known, however old that is; undefined where it is not known. */
  topic(name: string): Topic | undefined {
    return this.#machine.view.topics.get(name)
  }

  /** Since when a watched topic has been asked for and not there. */
  missingSince(name: string): number | undefined {
    return this.#machine.missingSince(name)
  }

  /**
   * While subscribed, the topics are asked for and kept fresh, the brokers too. Emits what is known once an answer has
   * told of each of them that it is there or why not (`missing`), and again whenever that changes.
   *
   * Errors only with what no other try would mend.
   */
  watch(wanted: Wanted): Observable<View> {
    return new Rx(subscriber => {
      const watcher: Watcher = { wanted, subscriber, seen: undefined }
      this.#watchers.add(watcher)
      this.#machine.watch(wanted)
      subscriber.add(() => this.#leave(watcher))
      this.#show(watcher)
      this.#pump()
    })
  }

  /** Somebody found that a topic, or without one anything, is not as it is known: it is asked for anew, however many say so. */
  stale(topic?: string): void {
    this.#machine.stale(this.#options.scheduler.now(), topic)
    this.#pump()
  }

  /** An answer named a leader (KIP-951); whether that was news. */
  hint(hint: LeaderHint, endpoints: readonly Omit<Node, 'rack'>[]): boolean {
    const before = this.view
    const isNews = this.#machine.hint(hint, endpoints)
    if (isNews) this.#changed(before)
    return isNews
  }

  /** No known broker can be reached: what is known of where they are is dropped. */
  bootstrapAgain(): void {
    const before = this.view
    this.#machine.bootstrapAgain()
    this.#options.onView(before, this.view)
  }

  #leave(watcher: Watcher): void {
    this.#watchers.delete(watcher)
    this.#machine.unwatch(watcher.wanted)
    if (this.#machine.isWatched) return
    this.#asking?.unsubscribe()
    this.#asking = undefined
    this.#machine.withdrawn()
    this.#alarm.clear()
  }

  #pump(): void {
    const { scheduler, ask } = this.#options
    const question = this.#machine.ask(scheduler.now())
    if (question === undefined) {
      this.#alarm.set(this.#machine.lookAt)
      return
    }
    this.#alarm.clear()
    const asking = new Subscription()
    this.#asking = asking
    asking.add(
      ask(question).subscribe({
        next: answer => this.#answered(answer, question),
        error: error => this.#failed(error),
      }),
    )
  }

  #answered({ value, from }: Answer<MetadataResponse>, question: Question): void {
    const before = this.view
    this.#asking = undefined
    this.lastFailure = undefined
    const outcome = this.#machine.answered(value, this.#options.scheduler.now(), from.isBootstrap)
    if (outcome === 'elsewhere') this.#options.onView(before, this.view)
    if (outcome === 'taken') {
      this.#tell(question)
      this.#changed(before)
    }
    this.#pump()
  }

  #failed(error: KafkaError): void {
    this.#asking = undefined
    this.lastFailure = error
    this.#machine.failed(this.#options.scheduler.now())
    if (this.#options.isHopeless(error)) {
      for (const { subscriber } of [...this.#watchers]) subscriber.error(error)
    }
    this.#pump()
  }

  #tell({ topics }: Question): void {
    const { nodes, topics: known } = this.view
    this.#options.events.tell({
      type: 'metadata',
      brokers: [...nodes.values()].map(({ id, host, port }) => ({ nodeId: id, host, port })),
      topics: topics === 'all' ? [...known.values()] : topics.flatMap(name => known.get(name) ?? []),
    })
  }

  #changed(before: View): void {
    this.#options.onView(before, this.view)
    for (const watcher of [...this.#watchers]) this.#show(watcher)
  }

  #show(watcher: Watcher): void {
    const { view } = this
    if (watcher.subscriber.closed || watcher.seen === view || !this.#machine.knows(watcher.wanted)) return
    watcher.seen = view
    watcher.subscriber.next(view)
  }
}
