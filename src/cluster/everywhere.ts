import { defer, forkJoin, map, type Observable, retry, timer } from 'rxjs'
import type { MetadataResponse } from '../protocol/messages/metadata.js'
import type { Cluster } from './cluster.js'
import { describeTopics } from './topics.js'

/**
 * Emits once every broker that is up answers as it should about these topics, each asked again until it does: what one
 * broker has done, the others learn a little later.
 *
 * @param isRight  whether an answer is as it should be
 */
export function everywhere(
  cluster: Cluster,
  names: readonly string[],
  timeout: number,
  isRight: (response: MetadataResponse) => boolean,
): Observable<MetadataResponse> {
  const askOf = (broker: number) =>
    defer(() => describeTopics(cluster, names, { to: { broker }, timeout })).pipe(
      map(response => {
        if (isRight(response)) return response
        throw new NotYet()
      }),
      retry({
        delay: (error, attempt) => {
          if (error instanceof NotYet) return timer(cluster.backoff(attempt), cluster.scheduler)
          throw error
        },
      }),
    )
  return defer(() => forkJoin([...cluster.metadata.view.nodes.keys()].map(askOf))).pipe(
    map(answers => answers[0] as MetadataResponse),
  )
}

/** A broker that has not heard of it yet. */
class NotYet extends Error {}
