import { code } from './error-code.js'
import type { WantedPartition } from './fetch-session.js'
import type { Partition } from './partition.js'

/** What there is to read of a partition. */
export interface Readable {
  /** Why there is nothing; 0 where that is no error. */
  readonly errorCode: number
  /** The client has read what no leader has: where what it has in common with this log ends (KIP-595). */
  readonly diverges: { readonly epoch: number; readonly endOffset: bigint } | undefined
  /** How far it may be read. */
  readonly end: bigint
  /** How many bytes there are. */
  readonly available: number
}

/** Looks how much there is for a client to read, without reading it. */
export function readPartition(partition: Partition, wanted: WantedPartition, committedOnly: boolean): Readable {
  const { log } = partition
  const { fetchOffset, lastFetchedEpoch } = wanted
  const end = committedOnly ? partition.lastStableOffset : partition.highWatermark
  const failed = { errorCode: code('OFFSET_OUT_OF_RANGE'), diverges: undefined, end, available: 0 }
  if (lastFetchedEpoch >= 0) {
    const known = log.endOfEpoch(lastFetchedEpoch)
    if (known.epoch < 0) return failed
    if (fetchOffset < log.startOffset) return failed
    const diverges = known.epoch < lastFetchedEpoch || known.endOffset < fetchOffset
    if (diverges) return { errorCode: 0, diverges: known, end, available: 0 }
  }
  if (fetchOffset < log.startOffset || fetchOffset > log.endOffset) return failed
  return { errorCode: 0, diverges: undefined, end, available: log.available(fetchOffset, end) }
}
