/** Partitions as requests have them: topic by topic. */
export function byName<P extends { readonly topic: string }, T>(
  partitions: readonly P[],
  toPartition: (one: P) => T,
): { readonly topic: string; readonly partitions: T[] }[] {
  const topics = new Map<string, { topic: string; partitions: T[] }>()
  for (const one of partitions) {
    let of = topics.get(one.topic)
    if (of === undefined) {
      of = { topic: one.topic, partitions: [] }
      topics.set(one.topic, of)
    }
    of.partitions.push(toPartition(one))
  }
  return [...topics.values()]
}
