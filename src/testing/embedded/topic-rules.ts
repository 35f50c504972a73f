import type { BrokerConfig } from './broker-config.js'
import { brokerConfigOfTopicConfig, topicConfigs } from './topic-config.js'
import type { BatchRules } from './validate-batch.js'

/** What a topic is made of. */
export interface TopicFacts {
  readonly name: string
  readonly id: string
  readonly isInternal: boolean
  readonly config: ReadonlyMap<string, string>
  readonly broker: BrokerConfig
  readonly retentionBytes: number
}

/** What a topic is called and how it is set. */
export class TopicRules {
  readonly name: string
  readonly id: string
  /** Kafka's own: not for clients to write to. */
  readonly isInternal: boolean
  /** The settings that it was given. */
  readonly config: ReadonlyMap<string, string>
  readonly #broker: BrokerConfig
  readonly #retentionBytes: number

  constructor(options: TopicFacts) {
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
}
