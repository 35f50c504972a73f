import { defer, distinctUntilChanged, EMPTY, ignoreElements, interval, map, merge, type Observable, tap } from 'rxjs'
import { brokerError } from '../broker/broker-error.js'
import type { Cluster } from '../cluster/cluster.js'
import type { View } from '../cluster/view.js'
import { warnUnheard } from '../cluster/warn-unheard.js'
import { errorOf } from '../protocol/error-codes.js'
import { Metadata } from '../protocol/messages/metadata.js'

/** How often it is told that a topic is not there, in ms. */
const MINUTE = 60_000

/**
 * The topics to read, by name and in order, and again whenever others are: those given, or of all topics but Kafka's own
 * those that match.
 *
 * A topic that is given and not there is waited for, and told by `topic-missing`, at once and every minute. Errors with
 * what no waiting would mend: a topic that may not be read, or has no possible name; and, where nothing was known of the
 * cluster yet, with what kept it from being reached within `requestTimeout`.
 */
export function subscribedTopics(cluster: Cluster, topics: readonly string[] | RegExp): Observable<readonly string[]> {
  const listed = topics instanceof RegExp ? matchingTopics(cluster, topics) : givenTopics(cluster, topics)
  return merge(reached(cluster), listed.pipe(distinctUntilChanged(isSame)))
}

function matchingTopics(cluster: Cluster, pattern: RegExp): Observable<readonly string[]> {
  // With g or y, a RegExp remembers where it was, and the next test begins there.
  const matcher = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''))
  return cluster.metadata.watch({ topics: 'all', create: false }).pipe(
    map(view =>
      [...view.topics.values()]
        .filter(({ name, isInternal }) => !isInternal && matcher.test(name))
        .map(({ name }) => name)
        .sort(),
    ),
  )
}

function givenTopics(cluster: Cluster, topics: readonly string[]): Observable<readonly string[]> {
  const names = [...new Set(topics)].sort()
  return defer(() => {
    const missing = new Map<string, number>()
    const tell = (topic: string) => {
      const since = missing.get(topic)
      if (since !== undefined) cluster.events.tell({ type: 'topic-missing', topic, since })
    }
    const watching = cluster.metadata.watch({ topics: names, create: false }).pipe(
      tap(view => {
        for (const name of namesGone(view, names, missing)) {
          missing.set(name, cluster.settings.wallClock.now())
          warnUnheard(
            cluster.events,
            `the topic ${name} is not there: it is read when somebody makes it, and a consumer does not`,
            'KAFKA_TOPIC_MISSING',
          )
          tell(name)
        }
      }),
      map(() => names),
    )
    const reminding = interval(MINUTE, cluster.scheduler).pipe(tap(() => names.forEach(tell)))
    return merge(watching, reminding.pipe(ignoreElements()))
  })
}

/** Which are missing that were not; those that have come are taken out of `missing`. Throws for what will not come. */
function namesGone(view: View, names: readonly string[], missing: Map<string, number>): readonly string[] {
  return names.filter(name => {
    const code = view.missing.get(name)
    if (code === undefined) missing.delete(name)
    else if (errorOf(code)?.retriable !== true) throw brokerError(code, `the topic ${name}`)
    return code !== undefined && !missing.has(name)
  })
}

/** Emits nothing; errors where the cluster cannot be reached in time and never was. */
function reached(cluster: Cluster): Observable<never> {
  return defer(() => {
    if (cluster.metadata.view.nodes.size > 0) return EMPTY
    const timeout = cluster.settings.requestTimeout
    return cluster
      .request(Metadata, { body: { topics: [], allowAutoTopicCreation: false }, to: 'any', timeout })
      .pipe(ignoreElements())
  })
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, index) => name === other[index])
}
