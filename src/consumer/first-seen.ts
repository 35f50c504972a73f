import { ignoreElements, type Observable, take, tap } from 'rxjs'
import type { Cluster } from '../cluster/cluster.js'
import type { Topic } from '../cluster/topic.js'
import type { Held } from './held.js'

/** A member's topics as they were when it began: of partitions made since nothing is to be missed. */
export class FirstSeen {
  #topics: ReadonlyMap<string, Topic> | undefined

  /** Takes note of them; to be subscribed once. */
  look(cluster: Cluster, topics: readonly string[] | RegExp): Observable<never> {
    const wanted = { topics: topics instanceof RegExp ? ('all' as const) : topics, create: false }
    return cluster.metadata.watch(wanted).pipe(
      take(1),
      tap(view => {
        this.#topics = view.topics
      }),
      ignoreElements(),
    )
  }

  /** Whether it was made since, alone or with its topic; false while that is not known. */
  isNew({ topic: name, partition, topicId }: Held): boolean {
    if (this.#topics === undefined) return false
    const topic = this.#topics.get(name)
    return topic === undefined || partition >= topic.partitions.length || (topicId ?? topic.id) !== topic.id
  }
}
