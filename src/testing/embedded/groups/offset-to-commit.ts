import type { RequestContext } from '../handler.js'
import type { CommittedOffset } from './group-offsets.js'

/** An offset as requests have it. */
interface AskedOffset {
  readonly partitionIndex: number
  readonly committedOffset: bigint
  readonly committedLeaderEpoch: number
  readonly committedMetadata: string | null
}

/** What a request commits, or why it must not. */
export function offsetToCommit(
  topic: string,
  asked: AskedOffset,
  { cluster }: RequestContext,
): CommittedOffset | 'OFFSET_METADATA_TOO_LARGE' {
  const { partitionIndex: partition, committedOffset: offset, committedLeaderEpoch: leaderEpoch } = asked
  const metadata = asked.committedMetadata ?? ''
  if (metadata.length > cluster.settings.config['offset.metadata.max.bytes']) return 'OFFSET_METADATA_TOO_LARGE'
  return { topic, partition, offset, leaderEpoch, metadata }
}
