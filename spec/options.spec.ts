import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { brokerSettings } from '../src/broker/broker-options.js'
import { kafkaSettings } from '../src/cluster/kafka-options.js'
import { connectSettings } from '../src/connection/connect-options.js'
import { consumeBatchesConfig, consumeConfig } from '../src/consumer/consume-options.js'
import { type ConsumerConfig, consumerConfig } from '../src/consumer/consumer-config.js'
import type { ConsumerOptions } from '../src/consumer/consumer-options.js'
import { producerConfig } from '../src/producer/producer-options.js'
import { namesOf } from './option-types.js'
import { root } from './user-project.js'

// docs/options.md against the code: every option has a row, and the row has the default that the code takes.

interface Row {
  readonly name: string
  /** As it is written: a literal in backticks, or words. */
  readonly byDefault: string
}

/** The rows of the page, by heading; where a section has a table for each of two, by whose options they are. */
const tables = new Map<string, readonly Row[]>()
const page = readFileSync(join(root, 'docs/options.md'), 'utf8')
for (const section of page.split(/^## /m).slice(1)) {
  const [title = ''] = section.split('\n')
  for (const [table, taker = title] of section.matchAll(/^\| option(?: of `(\w+)`)?.*(?:\n\|.*)*/gm)) {
    const rows = [...table.matchAll(/^\| `(\w+)` \| (.*?) \| /gm)]
    tables.set(
      title === 'consume and consumeBatches' ? taker : title,
      rows.map(([, name = '', byDefault = '']) => ({ name, byDefault })),
    )
  }
}

const rowsOf = (...titles: string[]): Row[] => titles.flatMap(title => tables.get(title) ?? [])
const read = 'consumer: how it is read'
const member = 'consumer: as a member of a group'

/** What the settings below are made of, since it has no default. */
const given = ['host', 'bootstrap', 'group', 'topics']
const asMember = memberOf(consumerConfig({ group: 'a', topics: 'b' }))
const connect = connectSettings({ host: 'a' })
const broker = { ...brokerSettings({ host: 'a' }), timeout: connect.timeout }
const kafka = kafkaSettings({ bootstrap: 'a' })

function memberOf(config: ConsumerConfig): object {
  if (config.source.kind !== 'member') throw new Error('not a member')
  return { ...config, ...config.read, ...config.source.member }
}

describe.each<[taker: string, type: string, rows: Row[], defaults: object]>([
  ['connect and open', 'OpenOptions', rowsOf('connect'), connect],
  ['broker', 'BrokerOptions', rowsOf('broker'), broker],
  ['Kafka', 'KafkaOptions', rowsOf('Kafka'), { ...kafka, timeout: kafka.broker.timeout }],
  ['producer', 'SafeProducerOptions', rowsOf('producer'), { ...producerConfig({}), acks: 'all' }],
  ['consumer', 'GroupOptions', rowsOf('consumer: what is read', read, member, 'consumer: what is committed'), asMember],
  ['consume', 'ConsumeOptions', rowsOf('consume'), consumeConfig({})],
  ['consumeBatches', 'ConsumeBatchesOptions', rowsOf('consumeBatches'), consumeBatchesConfig({})],
])('docs/options.md of %s', (taker, type, rows, defaults) => {
  it('has a row for each option', () => {
    const below = taker === 'Kafka' ? rowsOf('broker', 'connect') : taker === 'broker' ? rowsOf('connect') : []
    const named = [...rows, ...below].map(({ name }) => name)
    expect(namesOf(type)).not.toEqual([])
    expect(namesOf(type).filter(name => !named.includes(name))).toEqual([])
  })

  it.each(rows.filter(({ name }) => !given.includes(name)).map(({ name, byDefault }) => [name, byDefault] as const))(
    'says the default of %s',
    (name, byDefault) => {
      const actual = (defaults as Record<string, unknown>)[name]
      const [, literal] = /^`((?:['{[]|\d|true|false).*)`$/.exec(byDefault) ?? []
      if (literal !== undefined) expect(inspect(actual, { breakLength: Number.POSITIVE_INFINITY })).toBe(literal)
      // Words stand for what cannot be written down: code, or nothing.
      else expect(['function', 'object', 'undefined']).toContain(typeof actual)
    },
  )
})

describe('docs/options.md of the five forms of a consumer', () => {
  const partition = { topic: 'b', partition: 0 }
  const sample: Record<string, unknown> = {
    ...{ group: 'a', topics: 'b', partitions: [partition], at: 'earliest', to: 'latest' },
    ...{ offsetReset: 'latest', isolation: 'read_committed', rack: 'a', minBytes: 1, maxWait: 1, maxBytes: 1 },
    ...{ maxPartitionBytes: 1, prefetch: 1, key: String, value: String, commit: {} },
    ...{
      protocol: 'classic',
      assignors: ['range'],
      sessionTimeout: 9000,
      heartbeatInterval: 1000,
      rebalanceTimeout: 1,
    },
    ...{ instanceId: 'a', onAssigned: () => [], onRevoked: () => [], onLost: () => [] },
  }
  const ofClassic = ['assignors', 'sessionTimeout', 'heartbeatInterval']
  const ofMembers = rowsOf(member).map(({ name }) => name)
  const ofAll = rowsOf(read).map(({ name }) => name)

  it.each<[form: string, options: object, beside: string[]]>([
    ['a member', { group: 'a', topics: 'b' }, ['commit', ...ofMembers]],
    [
      'a member of the new protocol',
      { group: 'a', topics: 'b', protocol: 'consumer' },
      ['commit', ...ofMembers.filter(name => !ofClassic.includes(name))],
    ],
    ['topics', { topics: 'b' }, ['group', 'at', 'to']],
    ['partitions', { partitions: [partition] }, ['group', 'to']],
    ['partitions of a group', { partitions: [partition], group: 'a' }, ['commit', 'to']],
  ])('say what may stand beside %s', (form, options, beside) => {
    const documented = [...tables.values()].flat()
    const names = Object.keys(sample).filter(name => !(name in options))
    expect(documented.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(sample)))
    expect(names.filter(name => isTaken({ ...options, [name]: sample[name] })).toSorted()).toEqual(
      [...ofAll, ...beside].filter(name => !(name in options)).toSorted(),
    )
    expect(form).toBeTruthy()
  })

  function isTaken(options: object): boolean {
    try {
      consumerConfig(options as ConsumerOptions)
      return true
    } catch {
      return false
    }
  }
})
