import { checkFunction, checkInteger, checkTimeout } from '../connection/check-arguments.js'
import { checkOptions, describe, type OptionNames } from '../errors/check-options.js'
import { ArgumentError } from '../errors.js'
import { type At, checkAt, type To } from './at.js'
import type { CommitPolicy, Deserializer, OnRebalance } from './consumer-options.js'

/** How it is read. Bytes and ms. */
export interface ReadConfig {
  readonly offsetReset: 'earliest' | 'latest' | 'error'
  readonly isolation: 'read_committed' | 'read_uncommitted'
  readonly rack: string
  readonly minBytes: number
  readonly maxWait: number
  readonly maxBytes: number
  readonly maxPartitionBytes: number
  readonly prefetch: number
}

/** How it is a member of its group. Times in ms. */
export interface MemberConfig {
  readonly protocol: 'classic' | 'consumer'
  readonly assignors: readonly AssignorName[]
  readonly sessionTimeout: number
  readonly heartbeatInterval: number
  readonly rebalanceTimeout: number
  readonly instanceId: string | undefined
  readonly onAssigned: OnRebalance<unknown, unknown> | undefined
  readonly onRevoked: OnRebalance<unknown, unknown> | undefined
  readonly onLost: OnRebalance<unknown, unknown> | undefined
}

/** When what is handled is committed, beside on revoke and at the end. */
export interface CommitConfig {
  /** In ms. */
  readonly interval: number
  readonly records: number
}

/** A partition that the user gives, and where it starts. */
export interface GivenPartition {
  readonly topic: string
  readonly partition: number
  readonly at: At | 'committed' | undefined
}

/** What is read: one of these. */
export type Source =
  | { readonly kind: 'member'; readonly topics: readonly string[] | RegExp; readonly member: MemberConfig }
  | { readonly kind: 'topics'; readonly topics: readonly string[] | RegExp; readonly at: At | undefined }
  | { readonly kind: 'partitions'; readonly partitions: readonly GivenPartition[] }

/** The options, checked and with their defaults. */
export interface ConsumerConfig {
  readonly source: Source
  readonly read: ReadConfig
  readonly to: To | undefined
  /** Whose offsets are read and, unless `commit` is false, committed. */
  readonly group: string | undefined
  /** False where nothing is committed, and so nothing in work. */
  readonly commit: CommitConfig | false
  readonly key: Deserializer<unknown> | undefined
  readonly value: Deserializer<unknown> | undefined
}

/** Whether its partitions are assigned by their topics' ids (KIP-848), and not by name. */
export function isAssignedById({ source }: ConsumerConfig): boolean {
  return source.kind === 'member' && source.member.protocol === 'consumer'
}

type Times = 'sessionTimeout' | 'heartbeatInterval' | 'rebalanceTimeout'
type AssignorName = 'cooperative-sticky' | 'range' | 'roundrobin'
type Given = { readonly [Name in keyof typeof names]?: unknown }

const names = {
  group: true,
  topics: true,
  partitions: true,
  at: true,
  to: true,
  offsetReset: true,
  isolation: true,
  rack: true,
  minBytes: true,
  maxWait: true,
  maxBytes: true,
  maxPartitionBytes: true,
  prefetch: true,
  key: true,
  value: true,
  commit: true,
  protocol: true,
  assignors: true,
  sessionTimeout: true,
  heartbeatInterval: true,
  rebalanceTimeout: true,
  instanceId: true,
  onAssigned: true,
  onRevoked: true,
  onLost: true,
} as const
const ofMembers = [
  'protocol',
  'assignors',
  'sessionTimeout',
  'heartbeatInterval',
  'rebalanceTimeout',
  'instanceId',
  'onAssigned',
  'onRevoked',
  'onLost',
] as const
const known: readonly unknown[] = ['cooperative-sticky', 'range', 'roundrobin']
const MAX_INT32 = 2 ** 31 - 1

/** Checks and completes the options; `beside` has the names of others that the user may have meant. Throws ArgumentError. */
export function consumerConfig(options: object, at = 'consumer()', beside: object = {}): ConsumerConfig {
  checkOptions(options as Given, { ...names, ...beside } as OptionNames<Given>, at)
  const given: Given = options
  for (const name of ['key', 'value', 'onAssigned', 'onRevoked', 'onLost'] as const) {
    if (given[name] !== undefined) checkFunction(name, given[name])
  }
  if (given.group !== undefined && (typeof given.group !== 'string' || given.group === '')) {
    throw new ArgumentError(`group must be a name; got ${describe(given.group)}`)
  }
  if (given.to !== undefined) checkAt('to', given.to, ['latest'])
  return {
    source: sourceOf(given, at),
    read: readConfig(given),
    to: given.to as To | undefined,
    group: given.group as string | undefined,
    commit: given.group === undefined ? false : commitPolicy(given.commit),
    key: given.key as Deserializer<unknown> | undefined,
    value: given.value as Deserializer<unknown> | undefined,
  }
}

function sourceOf(given: Given, at: string): Source {
  if (given.partitions !== undefined) {
    refuse(given, ['topics', 'at', ...ofMembers], 'beside `partitions`')
    if (given.group === undefined) refuse(given, ['commit'], 'without a `group`')
    return { kind: 'partitions', partitions: givenPartitions(given.partitions, given.group !== undefined) }
  }
  if (given.topics === undefined) throw new ArgumentError(`${at} needs \`topics\`, or \`partitions\`: what to read`)
  const topics = topicsOf(given.topics)
  if (given.group === undefined) {
    refuse(given, ['commit', ...ofMembers], 'without a `group`')
    if (given.at !== undefined) checkAt('at', given.at, ['earliest', 'latest'])
    return { kind: 'topics', topics, at: given.at as At | undefined }
  }
  refuse(given, ['at', 'to'], 'for a member of a group: it starts at what is committed')
  return { kind: 'member', topics, member: memberConfig(given) }
}

function refuse(given: Given, forbidden: readonly (keyof Given)[], where: string): void {
  for (const name of forbidden) {
    if (given[name] !== undefined) throw new ArgumentError(`\`${name}\` has no meaning ${where}`)
  }
}

function topicsOf(topics: unknown): readonly string[] | RegExp {
  if (topics instanceof RegExp) return topics
  const list: readonly unknown[] = Array.isArray(topics) ? topics : [topics]
  for (const name of list) {
    if (typeof name !== 'string' || name === '') {
      throw new ArgumentError(`topics must be a name, a list of names, or a RegExp; got ${describe(name)}`)
    }
  }
  if (list.length === 0) throw new ArgumentError('topics is an empty list: there is nothing to read')
  return [...new Set(list as readonly string[])]
}

function givenPartitions(partitions: unknown, hasGroup: boolean): readonly GivenPartition[] {
  if (!Array.isArray(partitions) || partitions.length === 0) {
    throw new ArgumentError(`partitions must be a list of { topic, partition, at? }; got ${describe(partitions)}`)
  }
  const seen = new Set<string>()
  return (partitions as readonly Partial<GivenPartition>[]).map(one => {
    const { topic, partition, at } = one ?? {}
    if (typeof topic !== 'string' || topic === '' || !Number.isInteger(partition) || (partition as number) < 0) {
      throw new ArgumentError(`partitions must be a list of { topic, partition, at? }; got ${describe(one)} in it`)
    }
    if (at !== undefined) checkAt('at', at, ['earliest', 'latest', ...(hasGroup ? ['committed'] : [])])
    const key = `${topic}-${partition}`
    if (seen.has(key)) throw new ArgumentError(`partitions has ${key} twice`)
    seen.add(key)
    return { topic, partition: partition as number, at }
  })
}

function readConfig(given: Given): ReadConfig {
  const { offsetReset = 'earliest', isolation = 'read_committed', rack = '' } = given
  const { minBytes = 1, maxWait = 500, maxBytes = 8_388_608, maxPartitionBytes = 1_048_576 } = given
  const { prefetch = 16_777_216 } = given
  checkOneOf('offsetReset', offsetReset, ['earliest', 'latest', 'error'])
  checkOneOf('isolation', isolation, ['read_committed', 'read_uncommitted'])
  if (typeof rack !== 'string') throw new ArgumentError(`rack must be a string; got ${describe(rack)}`)
  const numbers = { minBytes, maxWait, maxBytes, maxPartitionBytes, prefetch } as Record<string, number>
  for (const [name, value] of Object.entries(numbers)) {
    checkInteger(name, value, name === 'minBytes' || name === 'maxWait' ? 0 : 1, MAX_INT32)
  }
  return { offsetReset, isolation, rack, minBytes, maxWait, maxBytes, maxPartitionBytes, prefetch } as ReadConfig
}

function commitPolicy(commit: unknown = {}): CommitConfig | false {
  if (commit === false) return false
  if (typeof commit !== 'object' || commit === null) {
    throw new ArgumentError(`commit must be { interval, records } or false; got ${describe(commit)}`)
  }
  checkOptions(commit as CommitPolicy, { interval: true, records: true }, 'commit')
  const { interval = 5000, records = Number.POSITIVE_INFINITY } = commit as CommitPolicy
  checkTimeout(interval, 'commit.interval')
  if (records !== Number.POSITIVE_INFINITY) checkInteger('commit.records', records, 1, Number.MAX_SAFE_INTEGER)
  return { interval, records }
}

function memberConfig(given: Given): MemberConfig {
  const { protocol = 'classic', assignors = ['cooperative-sticky'], instanceId } = given
  const { sessionTimeout = 45_000, heartbeatInterval = 3000, rebalanceTimeout = 300_000 } = given
  checkOneOf('protocol', protocol, ['classic', 'consumer'])
  if (protocol === 'consumer') {
    refuse(given, ['assignors', 'sessionTimeout', 'heartbeatInterval'], "with protocol 'consumer': the broker decides")
  }
  if (!Array.isArray(assignors) || assignors.length === 0 || assignors.some(name => !known.includes(name))) {
    const list = known.map(name => `'${name}'`).join(', ')
    throw new ArgumentError(`assignors must be a list of ${list}; got ${describe(String(assignors))}`)
  }
  for (const [name, value] of Object.entries({ sessionTimeout, heartbeatInterval, rebalanceTimeout })) {
    checkInteger(name, value as number, 1, MAX_INT32)
  }
  if ((heartbeatInterval as number) >= (sessionTimeout as number)) {
    throw new ArgumentError(
      `heartbeatInterval must be less than sessionTimeout, at most a third of it; got ${heartbeatInterval} of ${sessionTimeout}`,
    )
  }
  if (instanceId !== undefined && (typeof instanceId !== 'string' || instanceId === '')) {
    throw new ArgumentError(`instanceId must be a name; got ${describe(instanceId)}`)
  }
  const { onAssigned, onRevoked, onLost } = given as MemberConfig
  const hooks = { onAssigned, onRevoked, onLost }
  const times = { sessionTimeout, heartbeatInterval, rebalanceTimeout } as Record<Times, number>
  return { protocol, assignors: [...new Set(assignors)], instanceId, ...times, ...hooks } as MemberConfig
}

function checkOneOf(name: string, value: unknown, allowed: readonly string[]): void {
  if (allowed.includes(value as string)) return
  throw new ArgumentError(`${name} must be ${allowed.map(one => `'${one}'`).join(' or ')}; got ${describe(value)}`)
}
