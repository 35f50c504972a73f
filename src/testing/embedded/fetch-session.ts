/** A partition that a client wants to read. */
export interface WantedPartition {
  /** Empty where a topic goes by its id. */
  readonly topic: string
  readonly topicId: string
  /** The name that its id had when this session first saw it; undefined where it had none. */
  readonly knownAs: string | undefined
  readonly partition: number
  fetchOffset: bigint
  currentLeaderEpoch: number
  lastFetchedEpoch: number
  maxBytes: number
  /** As it was told last; -1 makes it be told again. */
  toldHighWatermark: bigint
  toldStartOffset: bigint
}

/** What a broker remembers for a client, so that it need not name all partitions each time (KIP-227). */
export interface FetchSession {
  readonly id: number
  readonly usesTopicIds: boolean
  /** Of the next request. */
  epoch: number
  /** In the order in which they are read. */
  readonly partitions: Map<string, WantedPartition>
}
