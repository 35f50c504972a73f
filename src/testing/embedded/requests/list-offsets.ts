import { CompressionError } from '../../../errors.js'
import { ListOffsets, type ListOffsetsRequest } from '../../../protocol/messages/list-offsets.js'
import { recordBatches } from '../../../protocol/records/record-batches.js'
import { code } from '../error-code.js'
import { handler, type RequestContext } from '../handler.js'
import type { StoredBatch } from '../log.js'
import type { Partition } from '../partition.js'
import { accessPartition } from '../partition-access.js'

type Asked = ListOffsetsRequest['topics'][number]['partitions'][number]

/** Finds offsets: the first, the last, by timestamp. */
export const listOffsets = handler(ListOffsets, {
  respond(request, context) {
    const seen = new Set<string>()
    const twice = new Set<string>()
    for (const { topic, partition } of places(request)) {
      const key = `${topic} ${partition}`
      if (seen.has(key)) twice.add(key)
      seen.add(key)
    }
    return {
      topics: request.topics.map(({ name, partitions }) => ({
        name,
        // What comes twice is answered once.
        partitions: [...new Map(partitions.map(asked => [asked.partitionIndex, asked])).values()].map(asked => {
          const { partitionIndex } = asked
          const isTwice = twice.has(`${name} ${partitionIndex}`)
          const errorCode = context.refusal(name, partitionIndex) || (isTwice ? code('INVALID_REQUEST') : 0)
          return errorCode === 0 ? find(name, asked, request, context) : { ...nowhere, partitionIndex, errorCode }
        }),
      })),
    }
  },
  places,
})

function* places(request: ListOffsetsRequest) {
  for (const { name, partitions } of request.topics) {
    for (const { partitionIndex } of partitions) yield { topic: name, partition: partitionIndex }
  }
}

/** What is asked for by a timestamp that is none, and the version that brought it. */
const special = {
  latest: -1n,
  earliest: -2n,
  maxTimestamp: -3n,
  earliestLocal: -4n,
  latestTiered: -5n,
  earliestPending: -6n,
}
const since = new Map([
  [special.latest, 0],
  [special.earliest, 0],
  [special.maxTimestamp, 7],
  [special.earliestLocal, 8],
  [special.latestTiered, 9],
  [special.earliestPending, 11],
])

const debugging = -2

function find(name: string, asked: Asked, request: ListOffsetsRequest, context: RequestContext) {
  const { partitionIndex, timestamp, currentLeaderEpoch } = asked
  if (timestamp < 0n && (since.get(timestamp) ?? Number.POSITIVE_INFINITY) > context.version) {
    return { ...nowhere, partitionIndex, errorCode: code('UNSUPPORTED_VERSION') }
  }
  const access = { leaderEpoch: currentLeaderEpoch, fromFollower: request.replicaId === debugging }
  const partition = accessPartition(context, context.cluster.topics.get(name), partitionIndex, access)
  if (typeof partition === 'string') return { ...nowhere, partitionIndex, errorCode: code(partition) }
  const found = lookUp(partition, timestamp, request.isolationLevel === 1)
  const { offset, timestamp: at, leaderEpoch } = found ?? nowhere
  return { partitionIndex, errorCode: 0, offset, timestamp: at, leaderEpoch: context.version >= 4 ? leaderEpoch : -1 }
}

interface Found {
  readonly offset: bigint
  readonly timestamp: bigint
  readonly leaderEpoch: number
}

const nowhere: Found = { offset: -1n, timestamp: -1n, leaderEpoch: -1 }

function lookUp(partition: Partition, timestamp: bigint, committedOnly: boolean): Found | undefined {
  const { log, leaderEpoch } = partition
  const end = committedOnly ? partition.lastStableOffset : partition.highWatermark
  const at = (offset: bigint, epoch: number) => ({ offset, timestamp: -1n, leaderEpoch: epoch })
  switch (timestamp) {
    case special.latest:
      return at(end, leaderEpoch)
    case special.earliest:
    case special.earliestLocal:
      return at(log.startOffset, log.epochAt(log.startOffset))
    case special.latestTiered:
    case special.earliestPending:
      // Nothing is ever tiered.
      return undefined
    case special.maxTimestamp:
      return earliestOf(partition, end, latestOf(log.batches))
    default:
      return earliestOf(partition, end, timestamp)
  }
}

function latestOf(batches: readonly StoredBatch[]): bigint {
  return batches.reduce((latest, batch) => (batch.maxTimestamp > latest ? batch.maxTimestamp : latest), -1n)
}

/** The first record before `end` whose timestamp is not before the given one. */
function earliestOf({ log }: Partition, end: bigint, timestamp: bigint): Found | undefined {
  const stored = log.batches.find(batch => batch.maxTimestamp >= timestamp)
  if (stored === undefined || timestamp < 0n) return undefined
  const record = firstAtOrAfter(stored, timestamp)
  if (record === undefined || record.offset >= end) return undefined
  return { ...record, leaderEpoch: log.epochAt(record.offset) }
}

function firstAtOrAfter(stored: StoredBatch, timestamp: bigint) {
  try {
    for (const batch of recordBatches(stored.bytes, { checkCrc: false })) {
      for (const record of batch) {
        if (record.timestamp >= timestamp) return { offset: record.offset, timestamp: record.timestamp }
      }
    }
  } catch (error) {
    // Without the codec's package the batch is as far as one can see.
    if (!(error instanceof CompressionError)) throw error
    return { offset: stored.baseOffset, timestamp: stored.maxTimestamp }
  }
  return undefined
}
