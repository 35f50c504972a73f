import type { Topic } from '../topic.js'

/** A member as an assignor sees it. */
export interface Subscriber {
  readonly id: string
  readonly topics: readonly Topic[]
  /** What it is to have so far. */
  readonly target: ReadonlySet<string>
}

/** A partition in the sets of a group: the id of its topic and its number. */
export function partitionKey(topicId: string, partition: number): string {
  return `${topicId}/${partition}`
}

/** Gives every partition of a topic to one of those who subscribe to it. */
export type Assignor = (members: readonly Subscriber[]) => Map<string, Set<string>>

/** Those that members of the new protocol can ask for; the first is taken when nobody does. */
export const assignors: Readonly<Record<string, Assignor>> = { uniform, range }

/** As evenly as subscriptions allow, moving as little as possible. */
function uniform(members: readonly Subscriber[]): Map<string, Set<string>> {
  const sorted = members.toSorted(byId)
  const given = new Map(sorted.map(({ id }) => [id, new Set<string>()]))
  const setOf = (id: string) => given.get(id) as Set<string>
  const lightest = (candidates: readonly Subscriber[]) =>
    candidates.reduce((best, one) => (setOf(one.id).size < setOf(best.id).size ? one : best))

  const subscribers = new Map<string, Subscriber[]>()
  for (const member of sorted) {
    for (const key of member.topics.flatMap(keysOf)) subscribers.set(key, [...(subscribers.get(key) ?? []), member])
  }
  for (const [key, candidates] of subscribers) {
    const holder = candidates.find(({ target }) => target.has(key))
    if (holder !== undefined) setOf(holder.id).add(key)
  }
  for (const [key, candidates] of subscribers) {
    if (!candidates.some(({ id }) => setOf(id).has(key))) setOf(lightest(candidates).id).add(key)
  }
  for (let hasMoved = true; hasMoved; ) {
    hasMoved = false
    for (const [key, candidates] of subscribers) {
      const from = candidates.find(({ id }) => setOf(id).has(key))
      const to = lightest(candidates)
      if (from === undefined || setOf(from.id).size <= setOf(to.id).size + 1) continue
      setOf(from.id).delete(key)
      setOf(to.id).add(key)
      hasMoved = true
    }
  }
  return given
}

/** Of each topic a run of partitions to each, the first members having one more where they do not divide evenly. */
function range(members: readonly Subscriber[]): Map<string, Set<string>> {
  const sorted = members.toSorted(byId)
  const given = new Map(sorted.map(({ id }) => [id, new Set<string>()]))
  for (const topic of new Set(sorted.flatMap(({ topics }) => topics))) {
    const subscribers = sorted.filter(({ topics }) => topics.includes(topic))
    const keys = keysOf(topic)
    const [size, more] = [Math.floor(keys.length / subscribers.length), keys.length % subscribers.length]
    subscribers.forEach(({ id }, index) => {
      const from = index * size + Math.min(index, more)
      for (const key of keys.slice(from, from + size + (index < more ? 1 : 0))) given.get(id)?.add(key)
    })
  }
  return given
}

function keysOf(topic: Topic): string[] {
  return topic.partitions.map(({ index }) => partitionKey(topic.id, index))
}

function byId(one: Subscriber, other: Subscriber): number {
  return one.id < other.id ? -1 : 1
}
