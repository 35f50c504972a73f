import { type Broker, type BrokerOptions, broker, type SaslOptions } from 'kafka-rx'
import { ApiVersions, CreateTopics, Fetch, ListOffsets, Metadata, Produce } from 'kafka-rx/protocol'
import {
  catchError,
  concatMap,
  filter,
  lastValueFrom,
  map,
  mergeMap,
  type Observable,
  of,
  range,
  repeat,
  take,
  tap,
  toArray,
} from 'rxjs'
import { describe, expect, test } from 'vitest'
import { RecordBatchWriter } from '../../src/protocol/records/index.js'
import { cluster, credentials, echo, failure, host, mechanisms } from './asking.js'
import type { Listener } from './harness/server-properties.js'
import { useKafka } from './harness/use-kafka.js'

const listeners = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const

type Way = readonly [listener: Listener, mechanism: (typeof mechanisms)[number] | undefined]

/** Every way in: a listener and, where it asks for SASL, a mechanism. */
const ways: readonly Way[] = listeners.flatMap((listener): Way[] =>
  listener.startsWith('SASL') ? mechanisms.map(mechanism => [listener, mechanism]) : [[listener, undefined]],
)

describe.each(['4.4.0', '4.3.0', '3.9.1'])('a real Kafka %s', version => {
  const kafka = useKafka({ version, listeners })
  const to = (listener: Listener, sasl?: SaslOptions): BrokerOptions => ({
    host,
    port: kafka().nodes[0].port(listener),
    timeout: 10_000,
    ...(listener.endsWith('SSL') && { tls: { ca: kafka().ca } }),
    ...(sasl !== undefined && { sasl }),
  })

  test.each(ways)('answers on %s, %s', async (listener, mechanism) => {
    const names = broker(to(listener, mechanism && credentials(mechanism)), it =>
      range(0, 500).pipe(mergeMap(index => echo(it, `${listener}-${index}`))),
    )
    expect(await lastValueFrom(names.pipe(toArray()))).toEqual(
      Array.from({ length: 500 }, (_, index) => `${listener}-${index}`),
    )
  })

  test('says in which versions it speaks, and is asked in the highest that both know', async () => {
    const [versions, answer] = await lastValueFrom(
      broker(to('PLAINTEXT'), it => cluster(it).pipe(map(answer => [it.versions, answer] as const))),
    )
    expect(versions.get(Metadata.key)).toEqual({ min: 0, max: version === '3.9.1' ? 12 : 13 })
    expect(versions.get(ApiVersions.key)?.min).toBe(0)
    expect(answer.brokers).toEqual([{ nodeId: 1, host, port: kafka().nodes[0].port('PLAINTEXT'), rack: null }])
  })

  test('is asked in the version that is wanted, and not in one that it does not know', async () => {
    const old = await lastValueFrom(broker(to('PLAINTEXT'), it => cluster(it, { version: 1 })))
    // Version 1 has no cluster id yet.
    expect(old.clusterId).toBeNull()
    const tooNew = broker(to('PLAINTEXT'), it => it.request(Produce, produce(1), { version: 2 }))
    await expect(lastValueFrom(tooNew)).rejects.toMatchObject({ name: 'UnsupportedVersionError', outcome: 'unsent' })
  })

  describe('SASL', () => {
    test.each(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const)('%s with a wrong password', async mechanism => {
      const sasl = { mechanism, username: 'alice', password: 'not-this' }
      const error = await failure(broker(to('SASL_PLAINTEXT', sasl)))
      expect(error).toMatchObject({ name: 'AuthenticationError', mechanism, retriable: false })
      expect(error.message).toContain('check username and password')
      expect(error.message).not.toContain('not-this')
    })

    test('OAUTHBEARER with a token that is not for it', async () => {
      const sasl = { mechanism: 'OAUTHBEARER', token: () => of('not-a-json-web-token') } as const
      const error = await failure(broker(to('SASL_PLAINTEXT', sasl)))
      expect(error).toMatchObject({ name: 'AuthenticationError', mechanism: 'OAUTHBEARER' })
      expect(error.message).toContain('what the token was issued for')
      expect(error.message).not.toContain('not-a-json-web-token')
    })

    test('on a listener that does not ask for it', async () => {
      const error = await failure(broker(to('PLAINTEXT', credentials('PLAIN'))))
      expect(error).toMatchObject({ name: 'AuthenticationError', cause: { code: 'ILLEGAL_SASL_STATE', number: 34 } })
      expect(error.message).toContain('leave out `sasl`')
    })

    test.each(['SASL_PLAINTEXT', 'SASL_SSL'] as const)('left out on %s: the first request says so', async listener => {
      const error = await failure(broker(to(listener), it => cluster(it)))
      expect(error).toMatchObject({ name: 'ConnectionError', outcome: 'unknown' })
      expect(error.message).toContain('does the listener ask for SASL? Then give `sasl`')
    })
  })

  test('TLS left out on SSL: says so', async () => {
    const { tls: _, ...plain } = to('SSL')
    expect((await failure(broker(plain))).message).toContain('looks like a TLS alert')
  })

  test('Produce with acks=0 completes without a value, and what it wrote is there', async () => {
    const topic = `acks-0-${version}`
    const end = broker(to('PLAINTEXT'), it =>
      create(it, topic).pipe(
        concatMap(() => it.request(Produce, produce(0, topic), { version: 9 }).pipe(toArray())),
        tap(values => expect(values).toEqual([])),
        concatMap(() =>
          endOf(it, topic).pipe(
            repeat({ delay: 20 }),
            filter(offset => offset > 0n),
            take(1),
          ),
        ),
      ),
    )
    expect(await lastValueFrom(end)).toBe(1n)
  })

  test('a long poll holds up what is behind it, and a deadline there fails alone', async () => {
    const topic = `poll-${version}`
    const events = broker(to('PLAINTEXT'), it =>
      create(it, topic).pipe(
        concatMap(() => {
          const poll = it.request(Fetch, longPoll(topic, 2_000), { version: 12 }).pipe(map(() => 'polled'))
          const late = cluster(it, { timeout: 200 }).pipe(
            map(() => 'answered'),
            catchError(error => of(`${error.name} ${error.outcome}`)),
          )
          return [poll, late]
        }),
        mergeMap(request => request),
        toArray(),
        // The connection lives, and its answers still belong to their requests.
        concatMap(seen => echo(it, 'after').pipe(map(name => [...seen, name]))),
      ),
    )
    expect(await lastValueFrom(events)).toEqual(['RequestTimeoutError unknown', 'polled', 'after'])
  })
})

function create(it: Broker, name: string): Observable<unknown> {
  const topic = { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }
  return it.request(CreateTopics, { topics: [topic], timeoutMs: 10_000, validateOnly: false }).pipe(
    tap(({ topics }) => expect(topics[0]).toMatchObject({ errorCode: 0 })),
    // Created is not led yet.
    concatMap(() =>
      endOf(it, name).pipe(
        repeat({ delay: 50 }),
        filter(offset => offset === 0n),
        take(1),
      ),
    ),
  )
}

function endOf(it: Broker, name: string): Observable<bigint> {
  const partitions = [{ partitionIndex: 0, timestamp: -1n }]
  const body = { replicaId: -1, isolationLevel: 0, topics: [{ name, partitions }] }
  return it
    .request(ListOffsets, body, { version: 7 })
    .pipe(map(({ topics }) => topics[0]?.partitions[0]?.offset ?? -1n))
}

function produce(acks: number, name = 'none') {
  const writer = new RecordBatchWriter()
  writer.append({ value: Buffer.from('value'), timestamp: 1n })
  const records = writer.close()
  return {
    acks,
    timeoutMs: 1_000,
    transactionalId: null,
    topicData: [{ name, partitionData: [{ index: 0, records }] }],
  }
}

function longPoll(topic: string, maxWaitMs: number) {
  const partitions = [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 1 << 20 }]
  return { maxWaitMs, minBytes: 1, maxBytes: 1 << 20, isolationLevel: 0, topics: [{ topic, partitions }] }
}
