import { errors } from '../protocol/error-codes.js'
import type { FetchRequestInput } from '../protocol/messages/fetch.js'

/** A partition, by its topic's name or id. */
export interface NamedPartition {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
}

/** A partition as a request asks for it. */
export interface AskedPartition extends NamedPartition {
  readonly fetchOffset: bigint
  readonly leaderEpoch: number
  /** The leader epoch of the record before; -1 where that is not known. */
  readonly lastEpoch: number
  readonly maxBytes: number
}

/** What of a request depends on the session. */
export type SessionPart = Pick<FetchRequestInput, 'sessionId' | 'sessionEpoch' | 'topics' | 'forgottenTopicsData'>

/** Opens a session, or where there is one ends it and opens another. */
const INITIAL = 0
const MAX_EPOCH = 0x7fffffff

/**
 * What a broker remembers of the partitions that it is asked for, so that a request names only those that have changed
 * (KIP-227).
 *
 * Who asks for the same as before gives the same object: thousands of partitions of which nothing comes then cost a look
 * each.
 *
 * Invariant: `#known` is what the broker remembers, wherever the next request goes on with a session; `#told` are the
 * same, without their keys.
 */
export class FetchSession<Asked extends AskedPartition = AskedPartition> {
  #id = 0
  #epoch = INITIAL
  #isById = false
  readonly #known = new Map<string, Asked>()
  readonly #told = new Set<Asked>()

  /** The next request, for these partitions and no others; topics go by id from version 13 on. */
  request(wanted: readonly Asked[], isById: boolean): SessionPart {
    if (isById !== this.#isById) this.lost()
    this.#isById = isById
    if (this.#epoch === INITIAL) {
      this.#known.clear()
      this.#told.clear()
    }
    const changed = wanted.filter(one => !this.#told.has(one) && this.#tell(one))
    const forgotten = this.#known.size > wanted.length ? this.#forgetAllBut(new Set(wanted)) : []
    return {
      sessionId: this.#id,
      sessionEpoch: this.#epoch,
      topics: byTopic(changed, partitionOf),
      forgottenTopicsData: byTopic(forgotten, ({ partition }) => partition),
    }
  }

  /** What the last request had asked for, of a partition that its answer names. */
  asked(one: NamedPartition): Asked | undefined {
    return this.#known.get(this.keyOf(one))
  }

  /** The answer: partitions that are not in it have nothing new. Whether the session was refused: then it begins anew. */
  answered(errorCode: number, sessionId: number): boolean {
    if (errorCode === errors.FETCH_SESSION_ID_NOT_FOUND.code) this.#id = 0
    if (errorCode !== errors.NONE.code) {
      this.#epoch = INITIAL
      return refusals.has(errorCode)
    }
    // 0: the broker keeps none, as it has no room or nothing to remember.
    this.#id = sessionId
    if (sessionId === 0) this.#epoch = INITIAL
    else this.#epoch = nextEpoch(this.#epoch)
    return false
  }

  /** Nobody knows whether the broker has had the last request. */
  lost(): void {
    this.#epoch = INITIAL
  }

  /** By what an answer names a partition. */
  keyOf(one: NamedPartition): string {
    return `${this.#isById ? one.topicId : one.topic}/${one.partition}`
  }

  /** Whether the broker remembers anything else of it. */
  #tell(one: Asked): boolean {
    const key = this.keyOf(one)
    const before = this.#known.get(key)
    if (before !== undefined) this.#told.delete(before)
    this.#known.set(key, one)
    this.#told.add(one)
    return !isSame(before, one)
  }

  #forgetAllBut(wanted: ReadonlySet<Asked>): Asked[] {
    const forgotten: Asked[] = []
    for (const [key, one] of this.#known) {
      if (wanted.has(one)) continue
      this.#known.delete(key)
      this.#told.delete(one)
      forgotten.push(one)
    }
    return forgotten
  }
}

/** Of the request after one: when they are used up, it counts on from 1. */
export function nextEpoch(epoch: number): number {
  return epoch === MAX_EPOCH ? 1 : epoch + 1
}

/** The broker has forgotten the session, or is elsewhere in it. */
const refusals = new Set([
  errors.FETCH_SESSION_ID_NOT_FOUND.code,
  errors.INVALID_FETCH_SESSION_EPOCH.code,
  errors.FETCH_SESSION_TOPIC_ID_ERROR.code,
])

function isSame(known: AskedPartition | undefined, one: AskedPartition): boolean {
  return (
    known !== undefined &&
    known.fetchOffset === one.fetchOffset &&
    known.leaderEpoch === one.leaderEpoch &&
    known.lastEpoch === one.lastEpoch &&
    known.maxBytes === one.maxBytes
  )
}

function partitionOf({ partition, fetchOffset, leaderEpoch, lastEpoch, maxBytes }: AskedPartition) {
  return {
    partition,
    currentLeaderEpoch: leaderEpoch,
    fetchOffset,
    lastFetchedEpoch: lastEpoch,
    partitionMaxBytes: maxBytes,
  }
}

function byTopic<T>(list: readonly AskedPartition[], toPartition: (one: AskedPartition) => T) {
  const topics = new Map<string, { topic: string; topicId: string; partitions: T[] }>()
  for (const one of list) {
    const { topic, topicId } = one
    const key = `${topicId}/${topic}`
    let of = topics.get(key)
    if (of === undefined) {
      of = { topic, topicId, partitions: [] }
      topics.set(key, of)
    }
    of.partitions.push(toPartition(one))
  }
  return [...topics.values()]
}
