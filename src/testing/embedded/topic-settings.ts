import { type BrokerConfigName, brokerConfigDefaults } from './broker-config.js'
import type { EmbeddedBrokerSettings } from './options.js'
import type { Topic } from './topic.js'
import { brokerConfigOfTopicConfig, configType, topicConfigs } from './topic-config.js'

/** A setting as DescribeConfigs shows it. */
export interface DescribedConfig {
  readonly name: string
  readonly value: string
  readonly readOnly: boolean
  readonly configSource: number
  readonly isSensitive: boolean
  readonly configType: number
  readonly synonyms: readonly { readonly name: string; readonly value: string; readonly source: number }[]
}

/** Where a value comes from, by Kafka's numbers. */
const source = { topic: 1, broker: 4, default: 5 } as const

/** All settings of a topic: its own, else those of the brokers, else Kafka's. */
export function describeTopicConfig(topic: Topic, { configured }: EmbeddedBrokerSettings): DescribedConfig[] {
  return Object.entries(topicConfigs).map(([name, [kind, standard]]) => {
    const value = topic.setting(name)
    const broker: string | undefined = brokerConfigOfTopicConfig[name as keyof typeof brokerConfigOfTopicConfig]
    const fromBroker = broker !== undefined && configured.has(broker as BrokerConfigName)
    const configSource = topic.config.has(name) ? source.topic : fromBroker ? source.broker : source.default
    const own =
      configSource === source.default
        ? []
        : [{ name: configSource === source.topic ? name : (broker as string), value, source: configSource }]
    const synonyms = [...own, { name: broker ?? name, value: standard, source: source.default }]
    return { name, value, readOnly: false, configSource, isSensitive: false, configType: configType[kind], synonyms }
  })
}

/** All settings of a broker that have a meaning here. */
export function describeBrokerConfig({ config, configured }: EmbeddedBrokerSettings): DescribedConfig[] {
  return Object.entries(config).map(([name, value]) => {
    const standard = { name, value: String(brokerConfigDefaults[name as BrokerConfigName]), source: source.default }
    const isGiven = configured.has(name as BrokerConfigName)
    const own = { name, value: String(value), source: source.broker }
    return {
      name,
      value: String(value),
      readOnly: true,
      configSource: isGiven ? source.broker : source.default,
      isSensitive: false,
      configType: typeof value === 'boolean' ? configType.boolean : configType.int,
      synonyms: isGiven ? [own, standard] : [standard],
    }
  })
}
