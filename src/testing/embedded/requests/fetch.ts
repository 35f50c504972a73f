import type { ErrorName } from '../../../protocol/error-codes.js'
import { Fetch, type FetchRequest } from '../../../protocol/messages/fetch.js'
import { code } from '../error-code.js'
import type { WantedPartition } from '../fetch-session.js'
import { handler, type RequestContext } from '../handler.js'
import { nodeEndpoints } from '../node-endpoints.js'
import { type Fetching, isCurrent, openFetch, tell } from '../open-fetch.js'
import { Wait } from '../outcome.js'
import type { Partition } from '../partition.js'
import { accessPartition } from '../partition-access.js'
import { readPartition } from '../read-partition.js'
import type { Topic } from '../topic.js'

/** The most that one answer has, whatever is asked for: Kafka's `fetch.max.bytes`. Less when others have not taken theirs. */
const maxResponseBytes = 57_671_680

const sessionErrors = [
  code('FETCH_SESSION_ID_NOT_FOUND'),
  code('INVALID_FETCH_SESSION_EPOCH'),
  code('FETCH_SESSION_TOPIC_ID_ERROR'),
]

const isolationLevels = [0, 1]

/** Reads records, waiting for as many bytes as the client wants (KIP-74, KIP-227). */
export const fetch = handler(Fetch, {
  isIdle: true,
  respond(request, context) {
    if (!isolationLevels.includes(request.isolationLevel)) return unexpected(request, context)
    const fetching = openFetch(request, context)
    if (typeof fetching === 'string') return { errorCode: code(fetching), sessionId: 0, responses: [] }
    const answer = () => respond(fetching, request, context)
    if (request.maxWaitMs <= 0 || hasEnough(fetching, request, context)) return answer()
    return new Wait(
      context.now + request.maxWaitMs,
      () => (hasEnough(fetching, request, context) ? answer() : undefined),
      answer,
    )
  },
  // Errors of sessions are the fetch's, all others its partitions'.
  refuse: (_request, errorCode) =>
    sessionErrors.includes(errorCode) ? { errorCode, sessionId: 0, responses: [] } : undefined,
  *places(request, context) {
    for (const { topic, topicId, partitions } of request.topics) {
      const name = topicOf({ topic, topicId }, context)?.name ?? topic
      for (const { partition } of partitions) yield { topic: name, partition }
    }
    // What a session remembers is not in the request.
    for (const wanted of context.node.fetchSessions.get(request.sessionId)?.partitions.values() ?? []) {
      yield { topic: topicOf(wanted, context)?.name ?? wanted.topic, partition: wanted.partition }
    }
  },
})

/** What Kafka does not expect to be asked. */
function unexpected({ sessionId, topics }: FetchRequest, { version }: RequestContext) {
  const errorCode = code('UNKNOWN_SERVER_ERROR')
  if (version >= 13) return { errorCode, sessionId, responses: [] }
  const responses = topics.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map(({ partition }) => ({ ...nothing, ...nowhere, partitionIndex: partition, errorCode })),
  }))
  return { errorCode, sessionId, responses }
}

/** From version 13 on topics go by their ids. */
function topicOf({ topic, topicId }: { topic: string; topicId: string }, context: RequestContext): Topic | undefined {
  const { topics, topicsById } = context.cluster
  return context.version >= 13 ? topicsById.get(topicId) : topics.get(topic)
}

/** A partition that can be read, or the error code that it is answered with. */
function access(wanted: WantedPartition, request: FetchRequest, context: RequestContext): Partition | number {
  const { version } = context
  const topic = topicOf(wanted, context)
  const refused = context.refusal(topic?.name ?? wanted.topic, wanted.partition)
  if (refused !== 0) return refused
  if (topic === undefined && version >= 13) return code(missing(wanted, context))
  // Those that know of racks may read from followers (KIP-392).
  const fromFollower = version >= 11 && request.replicaId === -1
  // Whatever is below 0 is no epoch here, unlike elsewhere.
  const leaderEpoch = Math.max(wanted.currentLeaderEpoch, -1)
  const partition = accessPartition(context, topic, wanted.partition, { leaderEpoch, fromFollower })
  if (typeof partition === 'string') return code(partition)
  const isUnreadable = version < 10 && partition.topic.setting('compression.type') === 'zstd'
  return isUnreadable ? code('UNSUPPORTED_COMPRESSION_TYPE') : partition
}

/** A session goes on with the name that it knows. */
function missing({ knownAs }: WantedPartition, { cluster }: RequestContext): ErrorName {
  if (knownAs === undefined) return 'UNKNOWN_TOPIC_ID'
  return cluster.topics.has(knownAs) ? 'INCONSISTENT_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION'
}

/** The replica in the client's own rack, where it is not the leader who is asked; -1 for none (KIP-392). */
function closerReplica(
  { leader, isr }: Partition,
  { rackId }: FetchRequest,
  { node, cluster }: RequestContext,
): number {
  if (rackId === '' || node.id !== leader || node.rack === null || node.rack === rackId) return -1
  return isr.find(id => cluster.nodes.get(id)?.rack === rackId) ?? -1
}

/** Whether there is something to answer: an error, nothing that was asked for, or as many bytes as are wanted. */
function hasEnough({ wanted }: Fetching, request: FetchRequest, context: RequestContext): boolean {
  if (wanted.length === 0) return true
  let bytes = 0
  for (const one of wanted) {
    const partition = access(one, request, context)
    if (typeof partition === 'number' || closerReplica(partition, request, context) !== -1) return true
    const { errorCode, diverges, available } = readPartition(partition, one, request.isolationLevel === 1)
    if (errorCode !== 0 || diverges !== undefined) return true
    // Kafka does not expect to read less than nothing.
    if (available > 0 && Math.min(one.maxBytes, request.maxBytes) < 0) return true
    bytes += Math.min(available, one.maxBytes)
  }
  return bytes >= Math.min(request.minBytes, request.maxBytes)
}

function respond(fetching: Fetching, request: FetchRequest, context: RequestContext) {
  const { session } = fetching
  if (session !== undefined && !isCurrent(session, request.sessionEpoch)) {
    return { errorCode: code('INVALID_FETCH_SESSION_EPOCH'), sessionId: session.id, responses: [] }
  }
  let room = Math.min(request.maxBytes, maxResponseBytes, context.room())
  let isFirst = true
  const read = fetching.wanted.map(one => {
    const data = readOne(one, request, context, Math.min(room, one.maxBytes), isFirst)
    room = Math.max(room - data.records.length, 0)
    isFirst &&= data.records.length === 0
    return [one, data] as const
  })
  const told = tell(fetching, read)
  return {
    errorCode: 0,
    sessionId: session?.id ?? 0,
    responses: byTopic(told),
    nodeEndpoints: nodeEndpoints(
      context.cluster,
      told.flatMap(one => one.currentLeader?.leaderId ?? []),
    ),
  }
}

function readOne(
  one: WantedPartition,
  request: FetchRequest,
  context: RequestContext,
  maxBytes: number,
  atLeastOne: boolean,
) {
  const base = { topic: one.topic, topicId: one.topicId, partitionIndex: one.partition }
  const failed = (errorCode: number) => ({
    ...base,
    ...nothing,
    ...(notHere.includes(errorCode) && nowhere),
    errorCode,
  })
  const partition = access(one, request, context)
  if (typeof partition === 'number') {
    const isMisled = partition === code('NOT_LEADER_OR_FOLLOWER') || partition === code('FENCED_LEADER_EPOCH')
    const at = isMisled && context.version >= 16 ? topicOf(one, context)?.partitions[one.partition] : undefined
    return { ...failed(partition), currentLeader: at && { leaderId: at.leader, leaderEpoch: at.leaderEpoch } }
  }
  const { log, highWatermark, lastStableOffset } = partition
  const logStartOffset = log.startOffset
  const preferredReadReplica = closerReplica(partition, request, context)
  if (preferredReadReplica !== -1) {
    const known = { highWatermark, lastStableOffset, logStartOffset, preferredReadReplica }
    return { ...base, ...nothing, ...known, errorCode: 0 }
  }
  const committedOnly = request.isolationLevel === 1
  const { errorCode, diverges, end, available } = readPartition(partition, one, committedOnly)
  if (errorCode !== 0) return failed(errorCode)
  if (available > 0 && maxBytes < 0) return failed(code('UNKNOWN_SERVER_ERROR'))
  const batches = diverges === undefined ? log.read(one.fetchOffset, end, maxBytes, atLeastOne) : []
  const upTo = batches.at(-1)?.lastOffset ?? -1n
  const aborted = partition.aborted
    .filter(({ firstOffset, lastOffset }) => lastOffset >= one.fetchOffset && firstOffset <= upTo)
    .map(({ producerId, firstOffset }) => ({ producerId, firstOffset }))
  return {
    ...base,
    errorCode: 0,
    highWatermark,
    lastStableOffset,
    logStartOffset,
    divergingEpoch: diverges,
    currentLeader: undefined,
    preferredReadReplica,
    abortedTransactions: committedOnly ? aborted : null,
    records:
      batches.length === 1 ? (batches[0] as { bytes: Buffer }).bytes : Buffer.concat(batches.map(batch => batch.bytes)),
    hasRecords: batches.length > 0,
    diverges: diverges !== undefined,
  }
}

const nothing = {
  highWatermark: -1n,
  lastStableOffset: -1n,
  logStartOffset: -1n,
  divergingEpoch: undefined,
  currentLeader: undefined,
  preferredReadReplica: -1,
  abortedTransactions: null,
  records: Buffer.alloc(0),
  hasRecords: false,
  diverges: false,
}

/** Where it is known before reading that there is nothing to be read. */
const notHere = [code('UNKNOWN_TOPIC_ID'), code('UNKNOWN_TOPIC_OR_PARTITION')]
const nowhere = { abortedTransactions: [] }

/** What belongs to one topic is told together, topics and partitions in the order of what was read. */
function byTopic<T extends { readonly topic: string; readonly topicId: string }>(told: readonly T[]) {
  const topics = new Map<string, { topic: string; topicId: string; partitions: T[] }>()
  for (const one of told) {
    const { topic, topicId } = one
    const key = `${topicId}/${topic}`
    const known = topics.get(key)
    if (known === undefined) topics.set(key, { topic, topicId, partitions: [one] })
    else known.partitions.push(one)
  }
  return [...topics.values()]
}
