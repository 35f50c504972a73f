import type { Kafka } from 'kafka-rx'
import { OffsetFetch } from 'kafka-rx/protocol'
import { map, mergeMap, type Observable } from 'rxjs'

/** What somebody should look at, as it happens. */
export function warnings(kafka: Kafka): Observable<string> {
  return kafka.events.pipe(
    mergeMap(event => {
      switch (event.type) {
        case 'stalled':
          return [
            `${event.topic}-${event.partition}@${event.offset} is not acknowledged since ${new Date(event.since).toISOString()}`,
          ]
        case 'commit-failed':
          return [`group ${event.group} cannot commit: ${event.cause.code}`]
        case 'skipped':
          return [`${event.topic}-${event.partition} goes on at ${event.to} instead of ${event.from}: ${event.reason}`]
        case 'lost':
          return [`group ${event.group} has lost ${event.partitions.length} partitions: ${event.cause.code}`]
        default:
          return []
      }
    }),
  )
}

/** How far a group is that somebody else runs: its committed offsets, by partition. */
export function committedBy(kafka: Kafka, group: string): Observable<ReadonlyMap<string, bigint>> {
  const body = { groups: [{ groupId: group, topics: null }], requireStable: true }
  // From version 10 on topics have ids there, and no names.
  return kafka.request(OffsetFetch, body, { to: { coordinator: { group } }, version: 8 }).pipe(
    map(({ groups: [found] }) => {
      const offsets = (found?.topics ?? []).flatMap(({ name, partitions }) =>
        partitions.map(
          ({ partitionIndex, committedOffset }) => [`${name}-${partitionIndex}`, committedOffset] as const,
        ),
      )
      return new Map(offsets)
    }),
  )
}
