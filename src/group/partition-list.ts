import type { TopicPartition } from '../cluster/topic.js'

/** Those of `partitions` that are not among `others`. */
export function without(partitions: readonly TopicPartition[], others: readonly TopicPartition[]): TopicPartition[] {
  const left = new Set(others.map(keyOf))
  return partitions.filter(one => !left.has(keyOf(one)))
}

// No topic has a blank in its name.
const keyOf = ({ topic, partition }: TopicPartition) => `${topic} ${partition}`
