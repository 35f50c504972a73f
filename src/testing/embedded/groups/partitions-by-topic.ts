/** Partitions as the sets of a group have them, as the wire has them: topic by topic, in order. */
export function partitionsByTopic(partitions: ReadonlySet<string>): { topicId: string; partitions: number[] }[] {
  const topics = new Map<string, number[]>()
  for (const key of partitions) {
    const [topicId = '', partition] = key.split('/')
    topics.set(topicId, [...(topics.get(topicId) ?? []), Number(partition)])
  }
  return [...topics].map(([topicId, numbers]) => ({
    topicId,
    partitions: numbers.toSorted((one, other) => one - other),
  }))
}
