import type { BatchV2 } from '../protocol/records/batch-v2.js'
import { readControlRecord } from '../protocol/records/control-record.js'
import type { LegacyBatch } from '../protocol/records/legacy-batch.js'
import { batchesIn } from '../protocol/records/record-batches.js'
import { FetchedBatch } from './fetched-batch.js'
import { Portion, type PortionOwner } from './portion.js'

/** One partition of a Fetch answer, where reading stood when it was asked for. */
export interface Fetched {
  readonly records: Buffer
  /** Null where all transactions are read, whatever becomes of them. */
  readonly abortedTransactions: readonly { readonly producerId: bigint; readonly firstOffset: bigint }[] | null
  readonly highWatermark: bigint
  readonly startOffset: bigint
  /** From here on records are left out; undefined for all. */
  readonly to?: bigint | undefined
}

/** The most that a batch may decompress to, as in Java. */
const MOST = 0x7fffffff
/** What a portion costs beside its bytes: many small ones would else cost nothing. */
const OVERHEAD = 512

/**
 * The batches that are for users; those of aborted transactions and control batches are passed by. Undefined where no
 * whole batch came.
 *
 * Throws ProtocolError where the bytes are no batches.
 */
export function readFetched(owner: PortionOwner, fetched: Fetched): Portion | undefined {
  const { records, startOffset, to, highWatermark } = fetched
  const isAborted = abortedAmong(fetched.abortedTransactions ?? [])
  const kept: (BatchV2 | LegacyBatch)[] = []
  let last: BatchV2 | LegacyBatch | undefined
  for (const batch of batchesIn(records, false, MOST)) {
    last = batch
    const isPassedBy = isAborted(batch) || batch.isControl || batch.lastOffset < startOffset
    if (!isPassedBy) kept.push(batch)
  }
  if (last === undefined) return undefined
  const behind = last.lastOffset + 1n
  const endOffset = behind > startOffset ? behind : startOffset
  const bytes = records.length + OVERHEAD
  const leaderEpoch = last.partitionLeaderEpoch
  const portion = new Portion({ owner, startOffset, endOffset, to, highWatermark, bytes, leaderEpoch })
  let base: bigint | undefined
  let index = 0
  for (const batch of kept) {
    base ??= batch.baseOffset
    const one = new FetchedBatch(portion, batch, index, base)
    index += one.count
    portion.add(one)
  }
  return portion
}

/** Whether a batch, asked for each in the order of the log, is of a transaction that was aborted (KIP-98). */
function abortedAmong(transactions: readonly { producerId: bigint; firstOffset: bigint }[]) {
  const begun = [...transactions].sort((a, b) => (a.firstOffset < b.firstOffset ? -1 : 1))
  const open = new Set<bigint>()
  let next = 0
  return (batch: BatchV2 | LegacyBatch): boolean => {
    for (let one = begun[next]; one !== undefined && one.firstOffset <= batch.lastOffset; one = begun[++next]) {
      open.add(one.producerId)
    }
    if (open.size === 0 || !open.has(batch.producerId)) return false
    if (batch.isControl) {
      if (isAbortMarker(batch)) open.delete(batch.producerId)
      return true
    }
    return batch.isTransactional
  }
}

function isAbortMarker(batch: BatchV2 | LegacyBatch): boolean {
  for (const record of batch) return readControlRecord(record).type === 'abort'
  return false
}
