import { combineLatest, concat, concatMap, EMPTY, ignoreElements, map, NEVER, type Observable } from 'rxjs'
import type { Cluster } from '../cluster/cluster.js'
import type { TopicPartition } from '../cluster/topic.js'
import type { Holder } from '../group/membership.js'
import { subscribedTopics } from '../group/subscription.js'
import { partitionKey } from './committed-offsets.js'

/** All partitions of topics, for who is in no group: those there at first together, others as they come. */
export function wholeTopics(cluster: Cluster, topics: readonly string[] | RegExp, holder: Holder): Observable<never> {
  const known = new Set<string>()
  let isFirst = true
  const names = subscribedTopics(cluster, topics)
  const wanted = { topics: topics instanceof RegExp ? ('all' as const) : topics, create: false }
  return combineLatest([names, cluster.metadata.watch(wanted)]).pipe(
    map(([list, view]) => list.flatMap(name => view.topics.get(name) ?? [])),
    concatMap(list => {
      const added: TopicPartition[] = []
      for (const { name: topic, partitions } of list) {
        for (const { partition } of partitions) {
          const key = partitionKey({ topic, partition })
          if (known.has(key)) continue
          known.add(key)
          added.push({ topic, partition })
        }
      }
      if (added.length === 0 && !isFirst) return EMPTY
      isFirst = false
      return holder.assigned(added, 0)
    }),
    ignoreElements(),
  )
}

/** Partitions that the user names: all at once, and for good. */
export function givenPartitions(partitions: readonly TopicPartition[], holder: Holder): Observable<never> {
  return concat(holder.assigned(partitions, 0).pipe(ignoreElements()), NEVER)
}
