import type { BrokerConfig } from './broker-config.js'
import { Partition } from './partition.js'
import { brokerConfigOfTopicConfig, topicConfigs } from './topic-config.js'
import type { BatchRules } from './validate-batch.js'

/** One topic. */
export class Topic {
  readonly name: string
  readonly id: string
  /** Kafka's own: not for clients to write to. */
  readonly isInternal: boolean
  readonly partitions: Partition[] = []
  /** The settings that it was given. */
  readonly config: ReadonlyMap<string, string>
  readonly #broker: BrokerConfig
  readonly #retentionBytes: number

  constructor(options: {
    name: string
    id: string
    isInternal: boolean
    config: ReadonlyMap<string, string>
    broker: BrokerConfig
    retentionBytes: number
  }) {
    this.name = options.name
    this.id = options.id
    this.isInternal = options.isInternal
    this.config = options.config
    this.#broker = options.broker
    this.#retentionBytes = options.retentionBytes
    this.rules = {
      maxBytes: Number(this.setting('max.message.bytes')),
      isCompacted: this.setting('cleanup.policy').includes('compact'),
      before: BigInt(this.setting('message.timestamp.before.max.ms')),
      after: BigInt(this.setting('message.timestamp.after.max.ms')),
      isAppendTime: this.setting('message.timestamp.type') === 'LogAppendTime',
    }
  }

  /** What it takes. */
  readonly rules: BatchRules

  /** How many bytes each partition keeps. */
  get retentionBytes(): number {
    const own = Number(this.setting('retention.bytes'))
    return own < 0 ? this.#retentionBytes : Math.min(own, this.#retentionBytes)
  }

  get minInsyncReplicas(): number {
    return Number(this.setting('min.insync.replicas'))
  }

  /** The value of a setting: its own, that of the brokers, or Kafka's. */
  setting(name: string): string {
    const own = this.config.get(name)
    if (own !== undefined) return own
    const broker = brokerConfigOfTopicConfig[name as keyof typeof brokerConfigOfTopicConfig]
    return broker === undefined ? (topicConfigs[name]?.[1] ?? '') : String(this.#broker[broker])
  }

  /** Adds a partition on these nodes, which nobody leads yet. */
  addPartition(replicas: readonly number[]): Partition {
    const partition = new Partition(this, this.partitions.length, replicas)
    this.partitions.push(partition)
    return partition
  }
}

/** What is wrong with the name of a topic; undefined when nothing is. */
export function topicNameProblem(name: string): string | undefined {
  if (name === '') return 'the empty string is not allowed'
  if (name === '.' || name === '..') return `'${name}' is not allowed`
  if (name.length > 249) return `the length of '${name}' is longer than the max allowed length 249`
  if (!/^[a-zA-Z0-9._-]+$/.test(name)) {
    return `'${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`
  }
  return undefined
}
