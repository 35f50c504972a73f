import { asyncScheduler, type SchedulerLike } from 'rxjs'
import { checkBoolean, checkInteger, checkScheduler } from '../../connection/check-arguments.js'
import { checkOptions, describe, type OptionNames } from '../../errors/check-options.js'
import { ArgumentError } from '../../errors.js'
import {
  type BrokerConfig,
  type BrokerConfigName,
  type BrokerConfigOptions,
  brokerConfig,
  configured,
} from './broker-config.js'
import { type SaslListenerOptions, type SaslSettings, saslSettings } from './sasl-options.js'

/** A topic that is there from the start. */
export interface TopicOptions {
  /** Default: the cluster's `partitions`. */
  readonly partitions?: number | undefined
  /** Default: `default.replication.factor`. */
  readonly replicationFactor?: number | undefined
  /** As `kafka-topics --config` takes it: `{ 'cleanup.policy': 'compact' }`. */
  readonly config?: Readonly<Record<string, string | undefined>> | undefined
}

/** What {@link embeddedBroker} starts; everything has a default. */
export interface EmbeddedBrokerOptions {
  /** How many brokers the cluster has; default 1. Their node ids are 1, 2, 3 and so on. */
  readonly brokers?: number | undefined
  /** The racks that the brokers are in, in turn; default: none. With racks, consumers are sent to their own (KIP-392). */
  readonly racks?: readonly string[] | undefined
  /** For how many ms a new topic has no leaders, and a coordinator that has moved is loading; default 0. */
  readonly settling?: number | undefined
  /** The address to listen on; default 127.0.0.1. */
  readonly host?: string | undefined
  /** The port of the first broker, the others follow; default 0: any that are free. */
  readonly port?: number | undefined
  /** The name that clients are told to connect to; default: `host`. */
  readonly advertise?: string | undefined
  /** Whether to listen on TCP; default true. Without, only `transport` leads to the cluster, as in marble tests. */
  readonly listen?: boolean | undefined
  /** How many partitions a topic gets where nobody says, at most 10000; default 1. */
  readonly partitions?: number | undefined
  /** Topics that are there from the start: how many partitions, or more about them. */
  readonly topics?: Readonly<Record<string, number | TopicOptions | undefined>> | undefined
  /** How many bytes of batches each partition keeps, the newest; default 67108864 (64 MiB). */
  readonly retentionBytes?: number | undefined
  /** Clients must authenticate; default: they need not. */
  readonly sasl?: SaslListenerOptions | undefined
  /** Kafka's own settings by name, those that have a meaning here: see {@link BrokerConfig}. */
  readonly config?: BrokerConfigOptions | undefined
  /** Of all that is by chance: ids of topics, members and sessions; default 1. The same seed gives the same ids. */
  readonly seed?: number | undefined
  /** Whose clock and timers it runs on; default asyncScheduler, which is virtual inside `TestScheduler.run`. */
  readonly scheduler?: SchedulerLike | undefined
}

/** {@link EmbeddedBrokerOptions} checked and complete. */
export interface EmbeddedBrokerSettings {
  readonly brokers: number
  readonly racks: readonly string[]
  readonly settling: number
  readonly host: string
  readonly port: number
  readonly advertise: string
  readonly listen: boolean
  readonly topics: ReadonlyMap<string, TopicOptions>
  readonly retentionBytes: number
  readonly sasl: SaslSettings | undefined
  readonly config: BrokerConfig
  /** The names of `config` that were given, the rest being defaults. */
  readonly configured: ReadonlySet<BrokerConfigName>
  readonly seed: number
  readonly scheduler: SchedulerLike
}

const optionNames: OptionNames<EmbeddedBrokerOptions> = {
  brokers: true,
  racks: true,
  settling: true,
  host: true,
  port: true,
  advertise: true,
  listen: true,
  partitions: true,
  topics: true,
  retentionBytes: true,
  sasl: true,
  config: true,
  seed: true,
  scheduler: true,
}

const topicOptionNames: OptionNames<TopicOptions> = { partitions: true, replicationFactor: true, config: true }

/** Checks and completes the options. Throws ArgumentError. */
export function embeddedBrokerSettings(options: EmbeddedBrokerOptions = {}): EmbeddedBrokerSettings {
  checkOptions(options, optionNames, 'embeddedBroker()')
  const {
    brokers = 1,
    racks = [],
    settling = 0,
    host = '127.0.0.1',
    port = 0,
    seed = 1,
    retentionBytes = 64 * 1024 * 1024,
  } = options
  const { advertise = host, listen = true } = options
  checkInteger('brokers', brokers, 1, 1000)
  checkInteger('port', port, 0, 65_536 - brokers)
  checkInteger('retentionBytes', retentionBytes, 1, Number.MAX_SAFE_INTEGER)
  checkInteger('seed', seed, -(2 ** 31), 2 ** 32)
  if (!Array.isArray(racks) || racks.some(rack => typeof rack !== 'string' || rack === '')) {
    throw new ArgumentError(`racks must be a list of names; got ${describe(racks)}`)
  }
  if (!(typeof settling === 'number' && settling >= 0 && settling < Number.POSITIVE_INFINITY)) {
    throw new ArgumentError(`settling must be 0 or a positive number of ms; got ${describe(settling)}`)
  }
  const { partitions, config: given = {} } = options
  if (partitions !== undefined) checkInteger('partitions', partitions, 1, 10_000)
  const own = partitions === undefined ? given : { 'num.partitions': partitions, ...given }
  const topics = new Map<string, TopicOptions>()
  for (const [name, topic] of Object.entries(options.topics ?? {})) {
    if (topic === undefined) continue
    if (typeof topic !== 'number' && (typeof topic !== 'object' || topic === null)) {
      throw new ArgumentError(`topic ${name} must be a number of partitions or an object; got ${describe(topic)}`)
    }
    if (typeof topic === 'object') checkOptions(topic, topicOptionNames, `topic ${name}`)
    topics.set(name, typeof topic === 'number' ? { partitions: topic } : topic)
  }
  if (typeof host !== 'string' || host === '') {
    throw new ArgumentError(`host must be an address to listen on; got ${describe(host)}`)
  }
  if (typeof advertise !== 'string' || advertise === '') {
    throw new ArgumentError(`advertise must be a name that clients can connect to; got ${describe(advertise)}`)
  }
  checkBoolean('listen', listen)
  checkScheduler(options.scheduler)
  return {
    brokers,
    racks,
    settling,
    host,
    port,
    advertise,
    listen,
    topics,
    retentionBytes,
    sasl: options.sasl && saslSettings(options.sasl),
    config: brokerConfig(own, brokers),
    configured: new Set(configured(own)),
    seed,
    scheduler: options.scheduler ?? asyncScheduler,
  }
}
