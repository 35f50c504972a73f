import type { TopicPartition } from '../../cluster/topic.js'

/** Partitions of a topic by its id, as heartbeats have them. */
export interface TopicIdPartitions {
  readonly topicId: string
  readonly partitions: readonly number[]
}

/** A partition that is ours. */
interface Owned extends TopicPartition {
  readonly topicId: string
}

/** What is next on the way from what is ours to what is to be. */
export interface Step {
  readonly type: 'revoke' | 'assign'
  readonly partitions: readonly Owned[]
}

const noNames: ReadonlyMap<string, string> = new Map()

/**
 * What a member has, and what it is to have: told by ids, which topics get their names from metadata, sooner or later.
 *
 * Invariant: `owned` is what was begun to be assigned and has not been revoked to the end, or dropped.
 */
export class Assignment {
  readonly #owned = new Map<string, Owned>()
  #target: ReadonlyMap<string, Omit<Owned, 'topic'>> | undefined
  #names = noNames
  /** Whether the holder has been told of anything since the member joined: the first time it is told of nothing too. */
  #hasBegun = false

  /** As the next heartbeat says it. */
  get owned(): TopicIdPartitions[] {
    const byTopic = new Map<string, number[]>()
    for (const { topicId, partition } of this.#owned.values()) {
      const partitions = byTopic.get(topicId)
      if (partitions === undefined) byTopic.set(topicId, [partition])
      else partitions.push(partition)
    }
    return [...byTopic].map(([topicId, partitions]) => ({ topicId, partitions }))
  }

  /** What the coordinator wants it to be from now on; whether that is another than before. */
  aim(at: readonly TopicIdPartitions[]): boolean {
    const before = this.#target
    const target = new Map<string, Omit<Owned, 'topic'>>()
    for (const { topicId, partitions } of at) {
      for (const partition of partitions) target.set(`${topicId} ${partition}`, { topicId, partition })
    }
    this.#target = target
    return before?.size !== target.size || [...target.keys()].some(key => !before.has(key))
  }

  /** Topics' names by their ids, as far as they are known now. */
  name(names: ReadonlyMap<string, string>): void {
    this.#names = names
  }

  /** Whether a topic in it has no name yet. */
  get isNameless(): boolean {
    for (const [key, { topicId }] of this.#target ?? [])
      if (!this.#owned.has(key) && !this.#names.has(topicId)) return true
    return false
  }

  /** Partitions are given up before others are taken; undefined where there is nothing to do, or nothing to do yet. */
  next(): Step | undefined {
    const target = this.#target
    if (target === undefined) return undefined
    const revoked = [...this.#owned].flatMap(([key, owned]) => (target.has(key) ? [] : owned))
    if (revoked.length > 0) return { type: 'revoke', partitions: revoked }
    const added = [...target].flatMap(([key, { topicId, partition }]) => {
      const topic = this.#names.get(topicId)
      return topic === undefined || this.#owned.has(key) ? [] : { topicId, topic, partition }
    })
    const isFirst = !this.#hasBegun && !this.isNameless
    return added.length > 0 || isFirst ? { type: 'assign', partitions: added } : undefined
  }

  /** The holder is told: what is assigned is its own from now on. */
  begin({ type, partitions }: Step): void {
    this.#hasBegun = true
    if (type === 'assign') for (const one of partitions) this.#owned.set(`${one.topicId} ${one.partition}`, one)
  }

  /** The holder is done: what was revoked is not its own any more. */
  end({ type, partitions }: Step): void {
    if (type === 'revoke')
      for (const { topicId, partition } of partitions) this.#owned.delete(`${topicId} ${partition}`)
  }

  /** All is lost: what there was, and nothing is to be. */
  drop(): readonly TopicPartition[] {
    const lost = [...this.#owned.values()]
    this.#owned.clear()
    this.#target = undefined
    this.#hasBegun = false
    return lost
  }
}
