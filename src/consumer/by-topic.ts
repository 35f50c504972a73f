import type { TopicPartition } from '../cluster/topic.js'

/** Partitions, or what is known of each, by the names of their topics. */
export function byTopic<P extends TopicPartition>(partitions: Iterable<P>): ReadonlyMap<string, readonly P[]> {
  const topics = new Map<string, P[]>()
  for (const one of partitions) {
    const list = topics.get(one.topic)
    if (list === undefined) topics.set(one.topic, [one])
    else list.push(one)
  }
  return topics
}
