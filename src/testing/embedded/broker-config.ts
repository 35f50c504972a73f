import { describe } from '../../errors/check-options.js'
import { nearestName } from '../../errors/nearest-name.js'
import { ArgumentError } from '../../errors.js'

/**
 * The settings of a Kafka broker that the embedded one follows, with their defaults: Kafka's own, but for
 * `default.replication.factor` (3, or as many brokers as there are; Kafka: 1) and `group.initial.rebalance.delay.ms`
 * (0; Kafka: 3000).
 */
export const brokerConfigDefaults = {
  /** Whether Metadata creates the topics it is asked about. */
  'auto.create.topics.enable': true,
  'num.partitions': 1,
  'default.replication.factor': 3,
  'min.insync.replicas': 1,
  /** The largest batch, in bytes. */
  'message.max.bytes': 1_048_588,
  /** Partitions of the topic by which groups are spread over the brokers. */
  'offsets.topic.num.partitions': 50,
  /** The longest text beside a committed offset, in bytes. */
  'offset.metadata.max.bytes': 4096,
  /** How long a group that was empty waits for more members, in ms. */
  'group.initial.rebalance.delay.ms': 0,
  'group.min.session.timeout.ms': 6000,
  'group.max.session.timeout.ms': 1_800_000,
  'group.max.size': 2_147_483_647,
  /** Of groups of the new protocol (KIP-848), in ms. */
  'group.consumer.session.timeout.ms': 45_000,
  'group.consumer.heartbeat.interval.ms': 5000,
  'group.consumer.max.size': 2_147_483_647,
  /** Partitions of the topic by which transactional ids are spread over the brokers. */
  'transaction.state.log.num.partitions': 50,
  /** The longest that a transaction may take, in ms. */
  'transaction.max.timeout.ms': 900_000,
}

/** Settings of a Kafka broker, by Kafka's names, that the embedded one follows. */
export type BrokerConfig = Readonly<typeof brokerConfigDefaults>

/** Some of them. */
export type BrokerConfigOptions = { readonly [Name in keyof BrokerConfig]?: BrokerConfig[Name] | undefined }

/** Kafka's name of one of them. */
export type BrokerConfigName = keyof BrokerConfig

/** Checks and completes the settings of a cluster of so many brokers. Throws ArgumentError. */
export function brokerConfig(given: BrokerConfigOptions, brokers: number): BrokerConfig {
  const own: Record<string, unknown> = {}
  for (const name of configured(given)) {
    const value = given[name]
    own[name] = value
    const known = brokerConfigDefaults[name]
    if (known === undefined) {
      const nearest = nearestName(name, Object.keys(brokerConfigDefaults))
      const instead = nearest === undefined ? 'it would do nothing' : `did you mean ${nearest}?`
      throw new ArgumentError(`${name} is no setting of the embedded broker: ${instead}`)
    }
    const isRight =
      typeof known === 'number' ? Number.isSafeInteger(value) && Number(value) >= 0 : typeof value === 'boolean'
    if (!isRight) {
      throw new ArgumentError(
        `${name} must be ${typeof known === 'number' ? '0 or a positive integer' : 'true or false'}; got ${describe(value)}`,
      )
    }
  }
  const replicas = Math.min(brokerConfigDefaults['default.replication.factor'], brokers)
  return { ...brokerConfigDefaults, 'default.replication.factor': replicas, ...own }
}

/** The names of those that are given. */
export function configured(given: BrokerConfigOptions): BrokerConfigName[] {
  const names = Object.keys(given) as BrokerConfigName[]
  return names.filter(name => given[name] !== undefined)
}
