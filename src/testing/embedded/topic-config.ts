/** How Kafka types a setting, by the number it has in DescribeConfigs. */
export const configType = { boolean: 1, string: 2, int: 3, short: 4, long: 5, double: 6, list: 7 } as const

type Kind = keyof typeof configType

const maxLong = '9223372036854775807'

/**
 * The settings of a topic, their types and defaults, as Kafka 4.4 has them. The embedded broker follows `cleanup.policy`
 * (a compacted topic refuses records without a key), `max.message.bytes`, `message.timestamp.type`,
 * `message.timestamp.before.max.ms`, `message.timestamp.after.max.ms`, `min.insync.replicas` and `retention.bytes`; it
 * keeps and shows the others.
 */
export const topicConfigs: Readonly<Record<string, readonly [kind: Kind, value: string]>> = {
  'cleanup.policy': ['list', 'delete'],
  'compression.gzip.level': ['int', '-1'],
  'compression.lz4.level': ['int', '9'],
  'compression.type': ['string', 'producer'],
  'compression.zstd.level': ['int', '3'],
  'delete.retention.ms': ['long', '86400000'],
  'errors.deadletterqueue.group.enable': ['boolean', 'false'],
  'file.delete.delay.ms': ['long', '60000'],
  'flush.messages': ['long', maxLong],
  'flush.ms': ['long', maxLong],
  'follower.replication.throttled.replicas': ['list', ''],
  'index.interval.bytes': ['int', '4096'],
  'leader.replication.throttled.replicas': ['list', ''],
  'local.retention.bytes': ['long', '-2'],
  'local.retention.ms': ['long', '-2'],
  'max.compaction.lag.ms': ['long', maxLong],
  'max.decompressed.message.bytes': ['int', '2147483639'],
  'max.message.bytes': ['int', '1048588'],
  'message.timestamp.after.max.ms': ['long', '3600000'],
  'message.timestamp.before.max.ms': ['long', maxLong],
  'message.timestamp.type': ['string', 'CreateTime'],
  'min.cleanable.dirty.ratio': ['double', '0.5'],
  'min.compaction.lag.ms': ['long', '0'],
  'min.insync.replicas': ['int', '1'],
  preallocate: ['boolean', 'false'],
  'remote.copy.lag.bytes': ['long', '-1'],
  'remote.copy.lag.ms': ['long', '0'],
  'remote.log.copy.disable': ['boolean', 'false'],
  'remote.log.delete.on.disable': ['boolean', 'false'],
  'remote.storage.enable': ['boolean', 'false'],
  'retention.bytes': ['long', '-1'],
  'retention.ms': ['long', '604800000'],
  'segment.bytes': ['int', '1073741824'],
  'segment.index.bytes': ['int', '10485760'],
  'segment.jitter.ms': ['long', '0'],
  'segment.ms': ['long', '604800000'],
  'unclean.leader.election.enable': ['boolean', 'false'],
}

/** The settings of a broker that stand behind a topic's where it has none of its own. */
export const brokerConfigOfTopicConfig = {
  'max.message.bytes': 'message.max.bytes',
  'min.insync.replicas': 'min.insync.replicas',
} as const

/** What is wrong with a setting that a topic is given; undefined when nothing is. */
export function topicConfigProblem(name: string, value: string | null): string | undefined {
  const known = topicConfigs[name]
  if (known === undefined) return `Unknown topic config name: ${name}`
  if (value === null) return `Null value not supported for topic configs: ${name}`
  const [kind] = known
  const invalid = `Invalid value ${value} for configuration ${name}`
  const isInteger = kind === 'int' || kind === 'long' || kind === 'short'
  if (isInteger && !/^[+-]?\d{1,19}$/.test(value.trim()))
    return `${invalid}: Not a number of type ${kind.toUpperCase()}`
  if (kind === 'double' && !Number.isFinite(Number.parseFloat(value))) return `${invalid}: Not a number of type DOUBLE`
  if (kind === 'boolean' && !/^(true|false)$/i.test(value.trim())) {
    return `${invalid}: Expected value to be either true or false`
  }
  const allowed = choices[name]
  const parts = kind === 'list' ? value.split(',').map(part => part.trim()) : [value]
  const wrong = allowed && parts.find(part => !allowed.includes(part))
  return wrong === undefined ? undefined : `${invalid}: String must be one of: ${allowed?.join(', ')}`
}

const choices: Readonly<Record<string, readonly string[]>> = {
  'cleanup.policy': ['compact', 'delete'],
  'compression.type': ['uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'],
  'message.timestamp.type': ['CreateTime', 'LogAppendTime'],
}
