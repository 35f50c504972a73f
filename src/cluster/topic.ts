/** A partition by its names. */
export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** A topic as the cluster describes it. */
export interface Topic {
  readonly name: string
  /** Its uuid (KIP-516): a topic deleted and made anew has another. */
  readonly id: string
  /** Kafka's own, as `__consumer_offsets`. */
  readonly isInternal: boolean
  /** In order: partition n is at index n. */
  readonly partitions: readonly TopicPartitionInfo[]
}

/** A partition of a {@link Topic}; brokers are told by their node ids. */
export interface TopicPartitionInfo {
  readonly partition: number
  /** A node id; -1 for none. */
  readonly leader: number
  /** How often leadership has changed; -1 from brokers that do not say. */
  readonly leaderEpoch: number
  readonly replicas: readonly number[]
  readonly inSyncReplicas: readonly number[]
  readonly offline: readonly number[]
}
