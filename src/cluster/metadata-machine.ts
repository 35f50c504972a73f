import { errorOf, errors } from '../protocol/error-codes.js'
import type { MetadataResponse } from '../protocol/messages/metadata.js'
import { type LeaderHint, mergeMetadata, type Node, nothingKnown, takeHint, type View } from './view.js'

const NOW = Number.NEGATIVE_INFINITY

/** What somebody wants to know; the brokers are always part of it. */
export interface Wanted {
  readonly topics: readonly string[] | 'all'
  /** Whether the broker may create those that are not there. */
  readonly create: boolean
}

/** What is to be asked of a broker. */
export type Question = Wanted

/** What became of an answer. */
export type Outcome =
  /** It is in the view. */
  | 'taken'
  /** It names no brokers: one that is only starting. */
  | 'empty'
  /** It is of another cluster, or of a broker that sends us back to the bootstrap servers (KIP-1102). */
  | 'elsewhere'

/** How the machine is set. */
export interface MetadataTimes {
  readonly maxAge: number
  /** The ms to wait after failure number `attempt`. */
  readonly backoff: (attempt: number) => number
}

/** What is kept of something that is asked for: a topic, all topics, or the brokers. */
interface Asked {
  /** How many want it, and how many of them would have it created. */
  watchers: number
  creators: number
  /** When it is to be asked for next. */
  due: number
  /** How often in a row it was not there. */
  failures: number
  /** Since when it has not been there. */
  missingSince: number | undefined
  /** Whether it was found stale while a question was on its way, whose answer may be older than that. */
  isDoubted: boolean
}

/**
 * Decides when which metadata is asked for; knows neither sockets nor timers.
 *
 * One question is on its way at a time, whoever asks. A topic is asked for while somebody watches it: at once when it is
 * new, again when it is too old, when somebody found it stale, and, with backoff, while it is not there. Others that are
 * nearly due go along.
 *
 * Invariants: `#topics` has just the topics that somebody watches. Nothing is asked while nobody watches. No topic that
 * only readers watch is ever in a question that creates.
 */
export class MetadataMachine {
  view: View = nothingKnown
  readonly #times: MetadataTimes
  readonly #topics = new Map<string, Asked>()
  readonly #all = newlyAsked()
  readonly #nodes = newlyAsked()
  #question: Question | undefined
  /** How many questions in a row had no answer. */
  #failures = 0
  #notBefore = NOW
  #answeredAt = NOW

  constructor(times: MetadataTimes) {
    this.#times = times
  }

  /** Whether anybody wants to know anything. */
  get isWatched(): boolean {
    return this.#nodes.watchers > 0
  }

  watch({ topics, create }: Wanted): void {
    count(this.#nodes, 1, false)
    if (this.view.nodes.size === 0) this.#nodes.due = NOW
    if (topics === 'all') {
      count(this.#all, 1, false)
      if (this.#all.watchers === 1) this.#all.due = NOW
      return
    }
    for (const name of topics) {
      const asked = this.#topics.get(name)
      if (asked === undefined) this.#begin(name, create)
      else count(asked, 1, create)
    }
  }

  unwatch({ topics, create }: Wanted): void {
    count(this.#nodes, -1, false)
    if (topics === 'all') {
      count(this.#all, -1, false)
      return
    }
    for (const name of topics) {
      const asked = this.#topics.get(name)
      if (asked === undefined) continue
      count(asked, -1, create)
      if (asked.watchers === 0) this.#topics.delete(name)
    }
  }

  /** Whether an answer has told of all that is wanted that it is there, or why not. */
  knows({ topics }: Wanted): boolean {
    if (this.view.nodes.size === 0) return false
    if (topics === 'all') return this.#all.due !== NOW
    return topics.every(name => this.view.topics.has(name) || this.view.missing.has(name))
  }

  /** Since when a watched topic has been asked for and not there. */
  missingSince(name: string): number | undefined {
    return this.#topics.get(name)?.missingSince
  }

  /** Somebody found that a topic, or without one anything, is not as the view has it. What nobody watches is forgotten. */
  stale(now: number, topic?: string): void {
    this.#forget(name => !this.#topics.has(name) && (topic === undefined || name === topic))
    const due = Math.max(now, this.#answeredAt + this.#times.backoff(1))
    if (topic === undefined) for (const asked of this.#topics.values()) this.#doubt(asked, due)
    else this.#doubt(this.#topics.get(topic), due)
    this.#doubt(this.#all, due)
    this.#doubt(this.#nodes, due)
  }

  #doubt(asked: Asked | undefined, due: number): void {
    if (asked === undefined) return
    if (due < asked.due) asked.due = due
    asked.isDoubted = this.#question !== undefined
  }

  /** An answer named a leader in passing; whether that was news. */
  hint(hint: LeaderHint, endpoints: readonly Omit<Node, 'rack'>[]): boolean {
    const before = this.view
    this.view = takeHint(before, hint, endpoints)
    return this.view !== before
  }

  /** No known broker can be reached, or they are not to be trusted: the bootstrap servers are asked next. */
  bootstrapAgain(): void {
    this.view = { ...this.view, nodes: nothingKnown.nodes, controllerId: -1 }
    this.#nodes.due = NOW
  }

  /** What to ask now, and it is taken as asked; undefined when there is nothing, or a question is on its way. */
  ask(now: number): Question | undefined {
    if (this.#question !== undefined || !this.isWatched || now < this.#notBefore) return undefined
    if (!this.#isDue(now)) return undefined
    this.#question = this.#compose(now)
    return this.#question
  }

  /** When to look again whether there is something to ask. */
  get lookAt(): number {
    if (this.#question !== undefined || !this.isWatched) return Number.POSITIVE_INFINITY
    let due = this.#nodes.due
    if (this.#all.watchers > 0) due = Math.min(due, this.#all.due)
    for (const asked of this.#topics.values()) if (asked.due < due) due = asked.due
    return Math.max(due, this.#notBefore)
  }

  /** The answer. `fromBootstrap`: no broker of a known cluster gave it, so that it may be of another cluster. */
  answered(response: MetadataResponse, now: number, fromBootstrap: boolean): Outcome {
    const question = this.#question
    this.#question = undefined
    const { clusterId } = this.view
    const isOther = clusterId !== null && response.clusterId !== null && response.clusterId !== clusterId
    if (response.errorCode === errors.REBOOTSTRAP_REQUIRED.code || (isOther && !fromBootstrap)) {
      this.bootstrapAgain()
      this.failed(now)
      return 'elsewhere'
    }
    if (response.brokers.length === 0) {
      this.failed(now)
      return 'empty'
    }
    this.#failures = 0
    this.#notBefore = NOW
    this.#answeredAt = now
    this.view = mergeMetadata(isOther ? nothingKnown : this.view, response, question?.topics === 'all')
    // Of another cluster nothing is known but this.
    if (isOther) for (const asked of [this.#all, ...this.#topics.values()]) asked.due = NOW
    this.#settle(this.#nodes, true, now)
    if (question?.topics === 'all') this.#settle(this.#all, true, now)
    const names = question?.topics === 'all' ? this.#topics.keys() : (question?.topics ?? [])
    for (const name of names) this.#settleTopic(name, now)
    return 'taken'
  }

  /** Nobody answered. */
  failed(now: number): void {
    this.#question = undefined
    this.#failures++
    this.#notBefore = now + this.#times.backoff(this.#failures)
  }

  /** The question was taken back: nobody waits for it any more. */
  withdrawn(): void {
    this.#question = undefined
  }

  #begin(name: string, create: boolean): void {
    const asked = newlyAsked()
    count(asked, 1, create)
    // One that is known is used as it is, and asked for when it is too old.
    if (this.view.topics.has(name)) asked.due = this.#answeredAt + this.#times.maxAge
    else if (this.view.missing.has(name)) {
      const missing = new Map(this.view.missing)
      missing.delete(name)
      this.view = { ...this.view, missing }
    }
    this.#topics.set(name, asked)
  }

  #forget(isForgotten: (name: string) => boolean): void {
    const { topics } = this.view
    const forgotten = [...topics.keys()].filter(isForgotten)
    if (forgotten.length === 0 || this.#all.watchers > 0) return
    const kept = new Map(topics)
    for (const name of forgotten) kept.delete(name)
    this.view = { ...this.view, topics: kept }
  }

  #isDue(now: number): boolean {
    if (this.#nodes.due <= now || (this.#all.watchers > 0 && this.#all.due <= now)) return true
    for (const { due } of this.#topics.values()) if (due <= now) return true
    return false
  }

  #compose(now: number): Question {
    const creating = this.#namesOf(name => this.#isToCreate(name, now))
    if (creating.length > 0) return { topics: creating, create: true }
    if (this.#all.watchers > 0) return { topics: 'all', create: false }
    const soon = now + this.#times.maxAge / 10
    return { topics: this.#namesOf(name => (this.#topics.get(name)?.due ?? soon) <= soon), create: false }
  }

  #namesOf(isWanted: (name: string) => boolean): readonly string[] {
    return [...this.#topics.keys()].filter(isWanted)
  }

  #isToCreate(name: string, now: number): boolean {
    const asked = this.#topics.get(name)
    return asked !== undefined && asked.creators > 0 && asked.due <= now && !this.view.topics.has(name)
  }

  #settleTopic(name: string, now: number): void {
    const asked = this.#topics.get(name)
    if (asked === undefined) return
    const code = this.view.missing.get(name)
    const isHopeless = code !== undefined && errorOf(code)?.retriable !== true
    const topic = this.view.topics.get(name)
    asked.missingSince = topic !== undefined || isHopeless ? undefined : (asked.missingSince ?? now)
    // One without a leader is of no use yet to who would write to it or read from it.
    const isWhole = topic?.partitions.every(({ leader }) => this.view.nodes.has(leader))
    this.#settle(asked, isWhole === true || isHopeless, now)
  }

  #settle(asked: Asked, isSettled: boolean, now: number): void {
    asked.failures = isSettled ? 0 : asked.failures + 1
    const { maxAge, backoff } = this.#times
    asked.due = now + (isSettled && !asked.isDoubted ? maxAge : backoff(Math.max(asked.failures, 1)))
    asked.isDoubted = false
  }
}

function newlyAsked(): Asked {
  return { watchers: 0, creators: 0, due: NOW, failures: 0, missingSince: undefined, isDoubted: false }
}

function count(asked: Asked, more: number, creates: boolean): void {
  asked.watchers += more
  if (creates) asked.creators += more
}
