import { concatMap, defer, type Observable, of, retry, take, throwError, timer } from 'rxjs'
import { brokerError } from '../broker/broker-error.js'
import type { Broker } from '../broker/index.js'
import type { Cluster } from '../cluster/cluster.js'
import type { TopicPartition } from '../cluster/topic.js'
import { KafkaError } from '../errors.js'
import type { MemberIdentity } from '../group/membership.js'
import { errors } from '../protocol/error-codes.js'
import { OffsetFetch, type OffsetFetchResponse } from '../protocol/messages/offset-fetch.js'
import { zeroUuid } from '../protocol/uuid.js'
import { byName } from './by-name.js'
import type { Committed } from './offset-timestamp.js'

/** By {@link partitionKey}. */
export type CommittedOffsets = ReadonlyMap<string, Committed>

/** What passes when metadata is news. */
const ofTopic: ReadonlySet<number> = new Set([errors.UNKNOWN_TOPIC_ID.code, errors.UNKNOWN_TOPIC_OR_PARTITION.code])
/** What passes, beside what the router waits out: a transaction that has not ended (KIP-447), an epoch that moves on. */
const passing: ReadonlySet<number> = new Set([
  errors.UNSTABLE_OFFSET_COMMIT.code,
  errors.STALE_MEMBER_EPOCH.code,
  errors.UNKNOWN_MEMBER_ID.code,
  ...ofTopic,
])

/** The last version in which topics go by name: that of one may be known when its id is not, or not yet. */
const BY_NAME = 9
/** The version from which many groups are asked for at once (KIP-709). */
const MANY = 8

/** A partition as one word. */
export function partitionKey({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}

/**
 * What the group has committed of these partitions, those without an offset left out; emits once and completes. Waits for
 * what passes; errors with what does not.
 */
export function committedOffsets(
  cluster: Cluster,
  identity: () => Pick<MemberIdentity, 'group' | 'memberId' | 'generation' | 'protocol'>,
  partitions: readonly TopicPartition[],
): Observable<CommittedOffsets> {
  const topics = [...new Set(partitions.map(({ topic }) => topic))]
  const known = cluster.metadata.watch({ topics, create: false }).pipe(take(1))
  const ask = defer(() =>
    known.pipe(
      concatMap(() => {
        const areKnown = topics.every(topic => cluster.metadata.topic(topic) !== undefined)
        const { group, ...member } = identity()
        const body = (broker: Broker) => bodyOf(broker, cluster, { group, ...member }, partitions)
        const timeout = Number.POSITIVE_INFINITY
        const routed = { body, to: { coordinator: { group } }, timeout, maxVersion: areKnown ? undefined : BY_NAME }
        return cluster
          .request(OffsetFetch, routed)
          .pipe(concatMap(response => offsetsIn(cluster, response, group, topics)))
      }),
    ),
  )
  return ask.pipe(
    retry({
      delay: (error, attempt) => {
        if (!(error instanceof KafkaError && 'number' in error && passing.has(error.number as number))) throw error
        // It may be of another id by now.
        if (ofTopic.has(error.number as number)) for (const topic of topics) cluster.metadata.stale(topic)
        const delay = cluster.backoff(attempt)
        cluster.events.tell({ type: 'retrying', what: 'OffsetFetch', attempt, delay, cause: error })
        return timer(delay, cluster.scheduler)
      },
    }),
  )
}

function bodyOf(
  broker: Broker,
  { metadata }: Cluster,
  { group, memberId, generation, protocol }: Pick<MemberIdentity, 'group' | 'memberId' | 'generation' | 'protocol'>,
  partitions: readonly TopicPartition[],
) {
  const topics = byName(partitions, ({ partition }) => partition).map(
    ({ topic: name, partitions: partitionIndexes }) => ({
      name,
      topicId: metadata.topic(name)?.id ?? zeroUuid,
      partitionIndexes,
    }),
  )
  // Only the new protocol's members are known by their epoch.
  const member = protocol === 'consumer' ? { memberId, memberEpoch: generation } : {}
  const isMany = (broker.versions.get(OffsetFetch.key)?.max ?? 0) >= MANY
  if (!isMany) return { groupId: group, topics, requireStable: true }
  return { groups: [{ groupId: group, ...member, topics }], requireStable: true }
}

function offsetsIn(
  { metadata }: Cluster,
  response: OffsetFetchResponse,
  group: string,
  names: readonly string[],
): Observable<CommittedOffsets> {
  const { errorCode, topics } = response.groups[0] ?? response
  const nameOf = (id: string | undefined) => names.find(name => metadata.topic(name)?.id === id)
  const fail = (code: number) => throwError(() => brokerError(code, `OffsetFetch of group ${group}`))
  if (errorCode !== errors.NONE.code) return fail(errorCode)
  const offsets = new Map<string, Committed>()
  for (const { partitions, ...topic } of topics) {
    const { name = '', topicId } = topic as { readonly name?: string; readonly topicId?: string }
    const topicName = name === '' ? nameOf(topicId) : name
    // Made anew since it was asked for.
    if (topicName === undefined) return fail(errors.UNKNOWN_TOPIC_ID.code)
    for (const { partitionIndex, committedOffset, committedLeaderEpoch, errorCode } of partitions) {
      if (errorCode !== errors.NONE.code) return fail(errorCode)
      if (committedOffset < 0n) continue
      const key = partitionKey({ topic: topicName, partition: partitionIndex })
      offsets.set(key, { offset: committedOffset, leaderEpoch: committedLeaderEpoch })
    }
  }
  return of(offsets)
}
