import { lastValueFrom, merge, ReplaySubject, range } from 'rxjs'
import { describe, expect, test, vi } from 'vitest'
import { Kafka } from '../../src/kafka.js'
import type { Producer } from '../../src/producer/producer.js'
import type { ProducerOptions } from '../../src/producer/producer-options.js'
import type { Account } from './account.js'
import { disturb } from './disturb.js'
import { useKafka } from './harness/use-kafka.js'
import { type JavaRecord, javaReads } from './java-records.js'
import { lists, oneByOne, pulled, pushed } from './producer-load.js'

// `CHAOS_SECONDS=300 CHAOS_SEED=7 npx vitest run -c vitest.kafka.config.ts spec/kafka/producer-chaos.spec.ts`
const { CHAOS_SECONDS, CHAOS_SEED } = process.env
const seconds = Number(CHAOS_SECONDS ?? 60)
const seed = Number(CHAOS_SEED ?? Math.floor(Math.random() * 2 ** 32))
const topic = 'chaos'
const partitions = 6

describe.each(['4.4.0', '3.9.1'])(
  'three brokers of Kafka %s, killed, frozen, restarted, their leaders moved',
  version => {
    const cluster = useKafka({ version, nodes: 3 })

    const name = `every acknowledged record is in the log once and in order, ${seconds} s with CHAOS_SEED=${seed}`
    test(name, { timeout: (seconds + 300) * 1000 }, async () => {
      const { bootstrap } = cluster()
      const kafka = new Kafka({ bootstrap })
      const hasty = new Kafka({ bootstrap, requestTimeout: 3_000 })
      await lastValueFrom(kafka.createTopics({ name: topic, partitions }))
      const events = countEvents(kafka, hasty)

      const until = new ReplaySubject<void>(1)
      const keyed = { topic, until, hasKeys: true }
      const unkeyed = { topic, until, hasKeys: false }
      const singleOptions = { maxInFlight: 1 }
      const pulledOptions = { compression: 'gzip', linger: 5 } as const
      const hastyOptions = { deliveryTimeout: 5_000 }
      const [single, pulling] = [kafka.producer(singleOptions), kafka.producer(pulledOptions)]
      const hurried = hasty.producer(hastyOptions)
      const loads = [
        oneByOne('one-by-one', kafka.producer(), keyed),
        oneByOne('one-by-one-unkeyed', kafka.producer(), unkeyed),
        lists('lists', kafka.producer(), keyed),
        pushed('pushed', kafka.producer(), { ...unkeyed, perSecond: 500 }),
        pushed('single', single, { ...keyed, perSecond: 200 }),
        pulled('pulled', pulling, { ...unkeyed, perSecond: 500 }),
        pulled('pulled-keyed', pulling, { ...keyed, perSecond: 200 }),
        pushed('hasty', hurried, { ...keyed, perSecond: 300 }),
        oneByOne('hasty-one-by-one', hurried, unkeyed),
      ]
      const all = lastValueFrom(merge(...loads.map(({ run }) => run)), { defaultValue: undefined })
      const started = performance.now()
      const done = await disturb(cluster(), { topic, partitions, duration: seconds * 1000, seed })
      until.next()
      await all
      const accounts = loads.map(({ account }) => account)
      console.info(report(accounts, performance.now() - started), done, events)

      // A new producer has no more room than these, where they were given back all that they held.
      const rooms = [
        [kafka, kafka.producer(), {}],
        [kafka, single, singleOptions],
        [kafka, pulling, pulledOptions],
        [hasty, hurried, hastyOptions],
      ] as const
      for (const [client, producer, options] of rooms) expect(room(producer)).toBe(newRoom(client, options))
      await lastValueFrom(merge(kafka.released, hasty.released))
      await vi.waitFor(() => expect(openSockets()).toBe(0), 5_000)

      const log = byAccount(await javaReads(bootstrap, topic))
      for (const account of accounts) account.audit(log.get(account.name) ?? [])
      expect(accounts.flatMap(({ breaches }) => breaches.slice(0, 10))).toEqual([])
      expect([...log.keys()].toSorted()).toEqual(accounts.map(({ name }) => name).toSorted())
    })
  },
)

/** How many records a producer has room for. They are withdrawn at once. */
function room(producer: Producer): number {
  let refused = 0
  const record = { topic, partition: 0, value: Buffer.alloc(1 << 16) }
  range(0, 1000)
    .pipe(producer.produce(() => record, { onError: 'emit' }))
    .subscribe(() => refused++)
    .unsubscribe()
  return 1000 - refused
}

function newRoom(kafka: Kafka, options: ProducerOptions): number {
  const rooms = room(kafka.producer(options))
  expect(rooms).toBeGreaterThan(400)
  return rooms
}

function openSockets(): number {
  return process.getActiveResourcesInfo().filter(name => name === 'TCPSocketWrap').length
}

function countEvents(...clients: readonly Kafka[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { events } of clients) {
    events.subscribe(({ type }) => {
      counts[type] = (counts[type] ?? 0) + 1
    })
  }
  return counts
}

function byAccount(log: readonly JavaRecord[]): ReadonlyMap<string, JavaRecord[]> {
  const accounts = new Map<string, JavaRecord[]>()
  for (const record of log) {
    const [name = ''] = String(record.value).split(' ')
    const own = accounts.get(name)
    if (own === undefined) accounts.set(name, [record])
    else own.push(record)
  }
  return accounts
}

function report(accounts: readonly Account[], took: number): string {
  const sent = accounts.reduce((sum, { count }) => sum + count, 0)
  const lines = accounts.map(({ name, outcomes }) => `${name}: ${JSON.stringify(outcomes)}`)
  const rate = Math.round((sent * 1000) / took)
  return [`${sent} records in ${Math.round(took)} ms, ${rate}/s; CHAOS_SEED=${seed}`, ...lines].join('\n  ')
}
