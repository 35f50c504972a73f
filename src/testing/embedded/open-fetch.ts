import type { ErrorName } from '../../protocol/error-codes.js'
import type { FetchRequest } from '../../protocol/messages/fetch.js'
import { zeroUuid } from '../../protocol/uuid.js'
import type { FetchSession, WantedPartition } from './fetch-session.js'
import type { RequestContext } from './handler.js'

/** What one fetch is about. */
export interface Fetching {
  readonly session: FetchSession | undefined
  /** Only what is new about them is told. */
  readonly isIncremental: boolean
  readonly wanted: readonly WantedPartition[]
}

/** How many sessions a broker keeps; the one that was used the longest ago makes room. */
const maxSessions = 1000
/** The epoch of a request that wants no session, and of the first of one that does. */
const final = -1
const initial = 0

/** Finds, begins, goes on with or ends the session of a fetch. */
export function openFetch(request: FetchRequest, context: RequestContext): Fetching | ErrorName {
  const { node, version, cluster } = context
  const { sessionId, sessionEpoch } = request
  const sessions = node.fetchSessions
  const usesTopicIds = version >= 13
  const named = partitionsOf(request, context)
  if (sessionEpoch === final || sessionEpoch === initial) {
    sessions.delete(sessionId)
    if (sessionEpoch === final) return { session: undefined, isIncremental: false, wanted: [...named.values()] }
    const session: FetchSession = { id: newId(sessions, cluster.random), usesTopicIds, epoch: 1, partitions: named }
    const [oldest] = sessions.keys()
    if (sessions.size >= maxSessions && oldest !== undefined) sessions.delete(oldest)
    sessions.set(session.id, session)
    return { session, isIncremental: false, wanted: [...named.values()] }
  }
  const session = sessions.get(sessionId)
  if (session === undefined) return 'FETCH_SESSION_ID_NOT_FOUND'
  if (session.epoch !== sessionEpoch) return 'INVALID_FETCH_SESSION_EPOCH'
  if (session.usesTopicIds !== usesTopicIds) return 'FETCH_SESSION_TOPIC_ID_ERROR'
  update(session, named, request)
  sessions.delete(sessionId)
  if (session.partitions.size === 0) return { session: undefined, isIncremental: false, wanted: [...named.values()] }
  // Put back, it is the one that was used last.
  sessions.set(sessionId, session)
  session.epoch = nextEpoch(session.epoch)
  return { session, isIncremental: true, wanted: [...session.partitions.values()] }
}

/** Whether the session has not moved on since the request with this epoch. */
export function isCurrent(session: FetchSession, sessionEpoch: number): boolean {
  return session.epoch === (sessionEpoch === initial ? 1 : nextEpoch(sessionEpoch))
}

/** Those that go into the answer; what had records goes behind the others, so that each gets its turn. */
export function tell<T extends Told>(
  { session, isIncremental }: Fetching,
  told: readonly (readonly [WantedPartition, T])[],
): T[] {
  const chosen: T[] = []
  for (const [wanted, data] of told) {
    const hasFailed = data.errorCode !== 0
    const isNews =
      data.hasRecords ||
      hasFailed ||
      wanted.toldHighWatermark !== data.highWatermark ||
      wanted.toldStartOffset !== data.logStartOffset ||
      data.diverges ||
      data.preferredReadReplica !== -1
    wanted.toldHighWatermark = hasFailed ? -1n : data.highWatermark
    wanted.toldStartOffset = data.logStartOffset
    if (isNews || !isIncremental) chosen.push(data)
    if (!data.hasRecords || !isIncremental || session === undefined) continue
    const key = keyOf(wanted)
    session.partitions.delete(key)
    session.partitions.set(key, wanted)
  }
  return chosen
}

/** What decides whether a partition is news. */
interface Told {
  readonly errorCode: number
  readonly highWatermark: bigint
  readonly logStartOffset: bigint
  readonly hasRecords: boolean
  readonly diverges: boolean
  readonly preferredReadReplica: number
}

function partitionsOf(request: FetchRequest, { cluster }: RequestContext): Map<string, WantedPartition> {
  const named = new Map<string, WantedPartition>()
  for (const { topic, topicId, partitions } of request.topics) {
    for (const one of partitions) {
      const wanted: WantedPartition = {
        topic,
        topicId,
        knownAs: cluster.topicsById.get(topicId)?.name,
        partition: one.partition,
        fetchOffset: one.fetchOffset,
        currentLeaderEpoch: one.currentLeaderEpoch,
        lastFetchedEpoch: one.lastFetchedEpoch,
        maxBytes: one.partitionMaxBytes,
        toldHighWatermark: -1n,
        toldStartOffset: -1n,
      }
      named.set(keyOf(wanted), wanted)
    }
  }
  return named
}

function update(session: FetchSession, named: ReadonlyMap<string, WantedPartition>, request: FetchRequest): void {
  for (const [key, wanted] of named) {
    const known = session.partitions.get(key)
    if (known === undefined) {
      session.partitions.set(key, wanted)
      continue
    }
    known.fetchOffset = wanted.fetchOffset
    known.currentLeaderEpoch = wanted.currentLeaderEpoch
    known.lastFetchedEpoch = wanted.lastFetchedEpoch
    known.maxBytes = wanted.maxBytes
  }
  for (const { topic, topicId, partitions } of request.forgottenTopicsData) {
    for (const partition of partitions) session.partitions.delete(keyOf({ topic, topicId, partition }))
  }
}

function keyOf({ topic, topicId, partition }: Pick<WantedPartition, 'topic' | 'topicId' | 'partition'>): string {
  return `${topicId === zeroUuid ? topic : topicId}/${partition}`
}

function newId(sessions: ReadonlyMap<number, FetchSession>, random: () => number): number {
  for (;;) {
    const id = 1 + Math.floor(random() * 0x7ffffffe)
    if (!sessions.has(id)) return id
  }
}

function nextEpoch(epoch: number): number {
  return epoch === 0x7fffffff ? 1 : epoch + 1
}
